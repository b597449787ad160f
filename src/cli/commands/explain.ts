import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { refuseAbsent } from "../../audit/deletion.ts";
import { readDecisionLeaf } from "../../audit/entry.ts";
import { openAuditStore } from "../../audit/open.ts";
import type { AuditStore } from "../../audit/store.ts";
import { findConfig } from "../../config/load.ts";
import type { Decision, DecisionGate } from "../../decision/types.ts";
import type { PlacedViolation } from "../../decision/violations.ts";
import { sha256 } from "../../evidence/canonical.ts";
import type { ReadableDocument } from "../../evidence/items.ts";
import { EVIDENCE_ITEMS } from "../../evidence/types.ts";
import { type AskableRule, explain, type Material, type RulesOfGate } from "../../explain/explain.ts";
import { formatExplanation } from "../../explain/human.ts";
import type { EvidencePlace } from "../../explain/model.ts";
import { locateItem, type SourceFile } from "../../explain/places/locate.ts";
import type { OpenPolicies } from "../../impact/assess.ts";
import { ingest } from "../../ingest/index.ts";
import { attributeRules } from "../../policy/attribution.ts";
import { bundleDigest } from "../../policy/bundle.ts";
import { bundleInputs, openToolchain } from "../../policy/load.ts";
import type { PolicyRuntime } from "../../policy/runtime/runtime.ts";
import { type Recorded, readRecorded } from "../../replay/recorded.ts";
import { GateError } from "../../util/errors.ts";
import { DEFAULT_LIMITS } from "../../util/limits.ts";
import type { CommandContext } from "../context.ts";
import { decisionEntryOf } from "../decision-entry.ts";
import { ownPolicies } from "../own-policies.ts";
import { refuseTampered } from "../sound-store.ts";
import { type StoreFlags, storePath } from "../store-path.ts";
import { configuredPolicies } from "./policy/selection.ts";
import { openSession } from "./policy/session.ts";

export interface ExplainFlags extends StoreFlags {
  readonly decision?: string;
  readonly all: boolean;
  readonly json: boolean;
}

/** Violations of which the place in the file is looked up, unless all are asked for. */
const PLACES = 3;

/** A file beyond this is not searched for a place: it would be read again for each. */
const MOST_BYTES = 8 << 20;

/** `gate explain`: why a recorded decision came out as it did, and what would change it. */
export async function explainCommand(
  what: string | undefined,
  flags: ExplainFlags,
  context: CommandContext,
): Promise<void> {
  const path = await storePath(flags, context);
  await refuseTampered(path, context);
  const store = await openAuditStore({ path, mode: "read" });
  const own = ownPolicies(store, context);
  const opened: PolicyRuntime[] = [];
  try {
    const { entry, gate, fingerprint } = await targetOf(what, flags.decision, store);
    const recorded = await readRecorded(entry, store);
    const { decision } = recorded;
    if (decision === undefined) return await refuseAbsent(store, readDecisionLeaf(entry).decision, entry.index);
    const policies = await own.of(decision);
    const material: Material = {
      index: entry.index,
      decision,
      made: madeOf(recorded, policies),
      rulesOf: (asked) => rulesOf(asked, decision, policies, flags, context, opened),
      placeOf: async (placed) => placeOf(placed, decision, recorded, folderOf(flags, context)),
    };
    const explanation = await explain(material, {
      ...(gate === undefined ? {} : { gate }),
      ...(fingerprint === undefined ? {} : { fingerprint }),
      places: flags.all ? Number.POSITIVE_INFINITY : PLACES,
    });
    context.out(flags.json ? `${JSON.stringify(explanation, null, 2)}\n` : formatExplanation(explanation, flags.all));
  } finally {
    await Promise.all([own.close(), store.close(), ...opened.map(async (runtime) => runtime.close())]);
  }
}

interface Target {
  readonly entry: Awaited<ReturnType<typeof decisionEntryOf>>;
  readonly gate?: string;
  readonly fingerprint?: string;
}

const FINGERPRINT = /^(?:sha256:)?([0-9a-f]{4,64})$/i;

/**
 * What is to be explained: a gate of the decision, one of its violations, or a decision.
 *
 * @throws {GateError} `usage` where there is none, or more than one
 */
async function targetOf(what: string | undefined, reference: string | undefined, store: AuditStore): Promise<Target> {
  if (what === undefined) return { entry: await decisionEntryOf(reference, store) };
  const named = reference === undefined && !what.startsWith("sha256:") ? await decisionNamed(what, store) : undefined;
  const entry = await decisionEntryOf(reference, store);
  const { decision } = await readRecorded(entry, store);
  const gates = decision?.gates ?? [];
  if (gates.some(({ id }) => id === what)) return { entry, gate: what };
  const [, prefix] = FINGERPRINT.exec(what) ?? [];
  const found = prefix === undefined ? [] : violationsNamed(gates, `sha256:${prefix.toLowerCase()}`);
  const [first, second] = found;
  if (named !== undefined && first === undefined) return { entry: named };
  if (named === undefined && first !== undefined && second === undefined) return { entry, ...first };
  if (first !== undefined) {
    throw new GateError("usage", `"${what}" is the start of more than one fingerprint or id`, {
      hint: "Give more of it, after `sha256:` for a fingerprint.",
    });
  }
  throw new GateError("usage", `there is no decision, gate or violation "${what}"`, {
    hint: `The decision has the gates ${gates.map(({ id }) => id).join(", ")}; \`gate audit list\` lists decisions.`,
  });
}

async function decisionNamed(what: string, store: AuditStore) {
  const entry = await store.find(what);
  return entry?.kind === "decision" ? entry : undefined;
}

function violationsNamed(gates: readonly DecisionGate[], prefix: string) {
  return gates.flatMap((gate) =>
    gate.violations
      .filter(({ fingerprint }) => fingerprint.startsWith(prefix))
      .map(({ fingerprint }) => ({ gate: gate.id, fingerprint })),
  );
}

function madeOf(recorded: Recorded, policies: OpenPolicies | undefined): Material["made"] {
  if (recorded.status === "incomplete") return { unknown: recorded.missing };
  if (policies === undefined) return { unknown: "its policies are not stored, and were not compiled here" };
  return { recorded, session: policies.session, gates: policies.gates };
}

/** The rules of a gate, by the sources of today where they are those of the decision. */
async function rulesOf(
  gate: DecisionGate,
  { policy }: Decision,
  policies: OpenPolicies | undefined,
  flags: ExplainFlags,
  context: CommandContext,
  opened: PolicyRuntime[],
): Promise<RulesOfGate> {
  const bundled = policies?.gates.find(({ id }) => id === gate.id);
  if (bundled === undefined) return { unknown: "it is no gate of the policies" };
  try {
    const inputs = await bundleInputs(await configuredPolicies(flags.config, context), context);
    if (bundleDigest(inputs) !== policy.digest) {
      return { unknown: "the policies here are not those that made the decision" };
    }
    const toolchain = await openToolchain(context);
    try {
      const attributed = await attributeRules(bundled, inputs, toolchain);
      if (attributed === undefined) return { unknown: "a rule `deny` does not begin its line" };
      const { session, runtime } = await openSession(attributed.located, context);
      opened.push(runtime);
      return attributed.rules.map(({ gate: alone, file, row, title, parameters }): AskableRule => {
        const rule = { name: "deny", file, row, ...(title === undefined ? {} : { title }), parameters };
        return { rule, session: { ...session, gate: () => alone } };
      });
    } finally {
      await toolchain.close();
    }
  } catch (error) {
    // Without sources or compiler everything else can still be said.
    if (error instanceof GateError) return { unknown: error.message };
    throw error;
  }
}

/** Paths of evidence are relative to the configuration, where there is one. */
function folderOf({ config }: StoreFlags, { cwd }: CommandContext): string {
  try {
    return dirname(findConfig(cwd, config).path);
  } catch (error) {
    if (error instanceof GateError) return cwd;
    throw error;
  }
}

async function placeOf(
  placed: PlacedViolation,
  decision: Decision,
  recorded: Recorded,
  folder: string,
): Promise<EvidencePlace | undefined> {
  const record = decision.evidence.find(({ id }) => id === placed.violation.evidence);
  if (record === undefined) return undefined;
  const { id, path, sha256: digest, format } = record;
  const documents = recorded.status === "whole" ? recorded.documents : [];
  const document = documents.find((one) => one.id === id);
  const readable = document === undefined || document.kind === "unreadable" ? undefined : document;
  const position = readable === undefined ? undefined : positionOf(readable, placed);
  const normalised = readable === undefined ? undefined : pointerIn(readable, position, placed.key);
  const place = { id, path, sha256: digest, ...(normalised === undefined ? {} : { normalised }) };
  if (path === "-") return { ...place, file: "not-looked-at" };
  const bytes = readFile(resolve(folder, path));
  if (bytes === undefined) return { ...place, file: "gone" };
  if (sha256(bytes) !== digest) return { ...place, file: "changed" };
  const text = bytes.length > MOST_BYTES ? undefined : textOf(bytes);
  if (text === undefined || readable === undefined || position === undefined) return { ...place, file: "same" };
  const original = await locateItem(readable, position, { text, reread: reader(format, folder) });
  return { ...place, file: "same", ...(original === undefined ? {} : { original }) };
}

/** Coverage that several files measured is one list to gates, so that only the path tells which file is meant. */
function positionOf(document: ReadableDocument, { item, violation }: PlacedViolation): number | undefined {
  if (document.kind !== "coverage" || item === undefined) return item;
  const position = document.body.files.findIndex(({ path }) => path === violation.location?.path);
  return position < 0 ? undefined : position;
}

/** A violation that is about no item often has the name of a figure of the summary. */
function pointerIn(document: ReadableDocument, position: number | undefined, key: string | undefined) {
  if (position !== undefined) return `/body/${EVIDENCE_ITEMS[document.kind]}/${position}`;
  return key !== undefined && Object.hasOwn(document.summary, key) ? `/summary/${key}` : undefined;
}

function readFile(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Undefined for what is no UTF-8, such as a packed file. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Reads texts as the file was read; what it was declared as changes neither the number nor the order of items. */
function reader(format: string, cwd: string): SourceFile["reread"] {
  return async (text) => {
    try {
      const request = { pattern: "-", origin: "gate explain", required: true, format };
      const stdin = async (): Promise<Uint8Array> => new TextEncoder().encode(text);
      const { documents } = await ingest([request], { cwd, limits: DEFAULT_LIMITS, stdin });
      return documents[0];
    } catch (error) {
      if (error instanceof GateError) return undefined;
      throw error;
    }
  };
}
