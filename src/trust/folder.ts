import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { readSchema } from "../config/load.ts";
import type { Statement } from "../decision/approvals.ts";
import { sha256 } from "../evidence/canonical.ts";
import { GateError, messageOf, systemCodeOf } from "../util/errors.ts";
import { readEnvelope, signersOf } from "./dsse.ts";
import { keyProblem, type Trust } from "./keyring.ts";
import type { StatementReader } from "./parse-statement.ts";
import { keyOf } from "./ssh-key.ts";
import { verifySshSignature } from "./sshsig.ts";
import { STATEMENT_PAYLOAD_TYPE, type StatementDocument } from "./statement.ts";
import { Refusal } from "./wire.ts";

const MAX_FILES = 1_000;
const MAX_BYTES = 64 << 10;

const DOCUMENT = ".json";
const SIGNATURE = ".json.sig";
const ENVELOPE = ".dsse.json";

/** A statement of the folder; reviews close an obligation and are no part of a decision. */
export type SignedStatement = Omit<Statement, "kind"> & { readonly kind: StatementDocument["kind"] };

export interface StatementSources {
  /** Absolute. */
  readonly folder: string;
  /** The folder as it is shown. */
  readonly label: string;
  readonly trust: Trust;
  /** The one time that everything is judged by. */
  readonly now: Date;
  /** Folder of the JSON Schemas. */
  readonly schemas: string;
}

/**
 * Reads every statement of a folder and looks at its signature. One that is damaged, or that the key's owner did not say,
 * has a `problem` and is there all the same. In the order of their ids, so that a decision does not depend on file names.
 *
 * @returns none where there is no such folder
 * @throws {GateError} `statement-invalid` where the folder cannot be read or holds more than 1,000 files
 */
export async function readStatements(sources: StatementSources): Promise<readonly SignedStatement[]> {
  const names = namesIn(sources);
  if (names.length === 0) return [];
  // Most checks have no statements, and the validator takes a while to load.
  const { statementReader } = await import("./parse-statement.ts");
  const read = statementReader(readSchema(sources.schemas, "signed-statement"));
  return names
    .filter((name) => name.endsWith(DOCUMENT) || (name.endsWith(SIGNATURE) && !names.includes(documentOf(name))))
    .map((name) => readStatement(name, sources, read))
    .toSorted((a, b) => compareText(a.id, b.id) || compareText(a.path, b.path));
}

/** Those that a decision is made from. */
export function decisionStatements(statements: readonly SignedStatement[]): readonly Statement[] {
  return statements.flatMap(({ kind, ...statement }) => (kind === "review" ? [] : [{ ...statement, kind }]));
}

function namesIn({ folder, label }: StatementSources): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder).toSorted();
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") return [];
    throw new GateError("statement-invalid", `${label} cannot be read: ${messageOf(cause)}`, { cause });
  }
  if (names.length <= MAX_FILES) return names;
  throw new GateError("statement-invalid", `${label} holds ${names.length} files; ${MAX_FILES} are read at most`, {
    hint: "Remove what has expired.",
  });
}

/** The signed bytes of a file, and what was signed with. */
interface Signed {
  readonly bytes: Uint8Array;
  /** The ids of the keys whose signatures fit. */
  readonly keys: () => readonly string[];
}

/** Of a statement that nobody can read: it is about nothing, and has expired. */
const UNREADABLE = {
  kind: "approval",
  signer: "",
  subject: { commit: "", environment: "" },
  gates: [],
  reason: "",
  createdAt: "",
  expiresAt: "",
} as const;

function readStatement(name: string, sources: StatementSources, read: StatementReader): SignedStatement {
  const from = { path: `${sources.label}/${name}`, via: name.endsWith(ENVELOPE) ? "dsse" : "ssh" } as const;
  let known: SignedStatement = { ...UNREADABLE, ...from, id: sha256("") };
  try {
    const signed = from.via === "dsse" ? openEnvelope(name, sources) : openDocument(name, sources);
    const id = sha256(signed.bytes);
    known = { ...known, id };
    const { schema: _, ...document } = read(signed.bytes);
    known = { ...document, ...from, id };
    const problem = signatureProblem(known, signed.keys(), sources);
    return problem === undefined ? known : { ...known, problem };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ...known, problem: error.message };
  }
}

function signatureProblem(
  { signer, createdAt }: SignedStatement,
  keys: readonly string[],
  { trust, now }: StatementSources,
): string | undefined {
  const [problem = "no key of trust.yaml has signed it, or it was altered", ...others] = keys.map(
    (key) => keyProblem(trust, key, signer, [new Date(createdAt), now]) ?? "",
  );
  return [problem, ...others].includes("") ? undefined : problem;
}

function openDocument(name: string, sources: StatementSources): Signed {
  const document = documentOf(name);
  const bytes = readFile(document, sources);
  const keys = (): readonly string[] => {
    const armoured = readFile(`${document}.sig`, sources).toString("latin1");
    return [verifySshSignature(bytes, armoured).id];
  };
  return { bytes, keys };
}

function openEnvelope(name: string, sources: StatementSources): Signed {
  const envelope = readEnvelope(readFile(name, sources).toString("utf8"));
  const { payload, payloadType } = envelope;
  if (payloadType !== STATEMENT_PAYLOAD_TYPE) {
    throw new Refusal(`its payload is ${JSON.stringify(payloadType.slice(0, 100))}, and no statement`);
  }
  const keys = (): readonly string[] => {
    const known = sources.trust.people.flatMap((person) => person.keys.map(keyOf));
    return signersOf(envelope, known).map(({ id }) => id);
  };
  return { bytes: payload, keys };
}

/** @throws {Refusal} for a file that is missing, too large, or not in the folder */
function readFile(name: string, { folder }: StatementSources): Buffer {
  const path = realPath(join(folder, name), name);
  if (!path.startsWith(`${realpathSync(folder)}${sep}`)) {
    throw new Refusal(`${name} is a symbolic link that leads out of the folder`);
  }
  const found = statSync(path);
  if (!found.isFile()) throw new Refusal(`${name} is no file`);
  if (found.size > MAX_BYTES) throw new Refusal(`${name} has more than ${MAX_BYTES >> 10} KiB`);
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Refusal(`${name} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function realPath(path: string, name: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    if (systemCodeOf(cause) !== "ENOENT") throw new Refusal(`${name} cannot be read: ${messageOf(cause)}`, { cause });
    throw new Refusal(name.endsWith(".sig") ? `it is not signed: ${name} is missing` : `${name} is missing`, { cause });
  }
}

/** The name of the document that a signature file is for, and of a document its own. */
function documentOf(name: string): string {
  return name.endsWith(SIGNATURE) ? name.slice(0, -".sig".length) : name;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
