import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { canonicalJson, sha256 } from "../../src/evidence/canonical.ts";
import { parseAllowedSigners } from "../../src/trust/allowed-signers.ts";
import { signEnvelope } from "../../src/trust/dsse.ts";
import { decisionStatements, readStatements, type SignedStatement } from "../../src/trust/folder.ts";
import type { Trust } from "../../src/trust/keyring.ts";
import {
  STATEMENT_PAYLOAD_TYPE,
  STATEMENT_SCHEMA,
  type StatementDocument,
  statementBytes,
} from "../../src/trust/statement.ts";
import { installation, temporaryFolder, writeFiles } from "../support.ts";
import { gateKey, SSH_KEYGEN, sshKey, sshSign, sshVerifies, type TestKey } from "./keys.ts";

const NOW = new Date("2026-06-01T12:00:00Z");
const [ALICE, BOB, EVE] = [gateKey(), gateKey(), gateKey()];

const TRUST: Trust = {
  people: [
    { name: "Alice", roles: ["security"], identities: ["alice@example.com"], keys: [ALICE.id] },
    { name: "Bob", roles: [], identities: [], keys: [BOB.id] },
  ],
  signers: [],
};

function approval(changes: Partial<StatementDocument> = {}): StatementDocument {
  return {
    schema: STATEMENT_SCHEMA,
    kind: "approval",
    subject: { repository: "github.com/acme/shop", commit: "a".repeat(40), environment: "production", gate: "sast" },
    gates: [],
    reason: "False positive",
    signer: "Alice",
    createdAt: "2026-06-01T10:00:00Z",
    expiresAt: "2026-06-02T10:00:00Z",
    ...changes,
  };
}

function envelope(document: StatementDocument | Uint8Array, keys = [ALICE]): string {
  const payload = document instanceof Uint8Array ? document : statementBytes(document);
  return signEnvelope(
    STATEMENT_PAYLOAD_TYPE,
    payload,
    keys.map(({ key }) => key),
  );
}

async function read(
  files: Readonly<Record<string, string | Uint8Array>>,
  trust: Trust = TRUST,
): Promise<readonly SignedStatement[]> {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  return readStatements({ folder, label: "approvals", trust, now: NOW, schemas: installation.schemas });
}

async function problemOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  trust?: Trust,
): Promise<string | undefined> {
  const statements = await read(files, trust);
  expect(statements).toHaveLength(1);
  return statements[0]?.problem;
}

/** With times for the key of Alice. */
function dated(options: string): Trust {
  const line = `alice@example.com ${options} ssh-ed25519 ${ALICE.id}`;
  return { ...TRUST, signers: parseAllowedSigners(Buffer.from(line), "allowed_signers") };
}

function bytes(value: unknown): Uint8Array {
  return Buffer.from(canonicalJson(value));
}

describe("a statement in a DSSE envelope", () => {
  it("is what its signer said", async () => {
    const document = approval({ ticket: "SEC-1" });
    const { schema: _, ...rest } = document;
    const id = sha256(canonicalJson(document));
    expect(await read({ "a.dsse.json": envelope(document) })).toEqual([
      { ...rest, id, via: "dsse", path: "approvals/a.dsse.json" },
    ]);
  });

  it.each([
    ["signed by its signer and by somebody unknown", [EVE, ALICE]],
    ["signed by two people", [BOB, ALICE]],
  ])("counts %s", async (_, keys) => {
    expect(await problemOf({ "a.dsse.json": envelope(approval(), keys) })).toBeUndefined();
  });

  it.each([
    ["signed by an unknown key", envelope(approval(), [EVE]), "no key of trust.yaml has signed it, or it was altered"],
    ["signed by another person", envelope(approval(), [BOB]), "is Bob's, and Alice is said to have signed"],
    ["of somebody unknown", envelope(approval({ signer: "Mallory" })), "Mallory is not in trust.yaml"],
    [
      "with another payload",
      envelope(approval()).replace(
        /"payload":"[^"]*"/,
        `"payload":"${Buffer.from(canonicalJson(approval({ reason: "x" }))).toString("base64")}"`,
      ),
      "was altered",
    ],
    ["without signature", envelope(approval()).replace(/"signatures":\[.*\]/, '"signatures":[]'), "nobody signed"],
    ["of another type", signEnvelope("text/plain", statementBytes(approval()), [ALICE.key]), '"text/plain"'],
    ["that is cut off", envelope(approval()).slice(0, 100), "not JSON"],
    ["that is too large", " ".repeat(64 * 1024) + envelope(approval()), "more than 64 KiB"],
  ])("has a problem %s", async (_, text, message) => {
    expect(await problemOf({ "a.dsse.json": text })).toContain(message);
  });

  it("has a problem with a key whose time is over, or was not there when it was signed", async () => {
    const files = { "a.dsse.json": envelope(approval()) };
    expect(await problemOf(files, dated('valid-before="202606011100Z"'))).toContain("not valid");
    expect(await problemOf(files, dated('valid-after="202606011100Z"'))).toContain("not valid");
    expect(await problemOf(files, dated('valid-after="202606010900Z",valid-before="20260602Z"'))).toBeUndefined();
  });
});

describe("what is signed", () => {
  const subject = approval().subject;
  const bypass = sha256("bypass");

  it.each([
    ["no JSON", Buffer.from("hello"), "not JSON"],
    ["not in RFC 8785", Buffer.from(JSON.stringify(approval(), null, 2)), "RFC 8785"],
    ["with a line end after it", Buffer.concat([statementBytes(approval()), Buffer.from("\n")]), "RFC 8785"],
    ["with a member twice", Buffer.from(canonicalJson(approval()).replace("{", '{"kind":"bypass",')), "RFC 8785"],
    ["with an unknown member", bytes({ ...approval(), revoked: true }), 'unknown key "revoked"'],
    ["with an unknown member of its subject", bytes({ ...approval(), subject: { ...subject, ref: "main" } }), '"ref"'],
    ["of another schema", bytes({ ...approval(), schema: "gate/signed-statement/v2" }), "gate/signed-statement/v1"],
    ["of an unknown kind", bytes({ ...approval(), kind: "waiver" }), "must be one of"],
    ["with a short commit", bytes({ ...approval(), subject: { ...subject, commit: "abc" } }), "subject.commit"],
    ["without reason", bytes({ ...approval(), reason: "" }), "reason"],
    ["without expiry", bytes({ ...approval(), expiresAt: undefined }), '"expiresAt" is missing'],
    ["with a day for a time", bytes(approval({ expiresAt: "2026-06-02" })), "expiresAt"],
    ["with a day that there is not", bytes(approval({ expiresAt: "2026-99-02T00:00:00Z" })), "is no time"],
    ["with an expiry before it was made", bytes(approval({ expiresAt: "2026-06-01T10:00:00Z" })), "expires before"],
    ["without the gate", bytes(approval({ subject: { ...subject, gate: undefined } as never })), '"gate" is missing'],
    ["with gates for an approval", bytes(approval({ gates: ["sast"] })), '"gates" has no place'],
    ["with a bypass for an approval", bytes(approval({ subject: { ...subject, bypass } })), '"bypass" has no place'],
    [
      "of a bypass without ticket",
      bytes(approval({ kind: "bypass", subject: { ...subject, gate: undefined } as never })),
      '"ticket" is missing',
    ],
    ["of a bypass with a gate", bytes(approval({ kind: "bypass", ticket: "T" })), '"gate" has no place'],
    [
      "of an approval of no bypass",
      bytes(approval({ kind: "bypass-approval", subject: { ...subject, gate: undefined } as never })),
      '"bypass" is missing',
    ],
  ])("is refused %s", async (_, payload, message) => {
    expect(await problemOf({ "a.dsse.json": envelope(payload) })).toContain(message);
  });

  it("is about nothing and has expired where nobody can read it", async () => {
    const [statement] = await read({ "a.dsse.json": "?" });
    expect(statement).toMatchObject({ signer: "", subject: { commit: "", environment: "" }, expiresAt: "" });
  });

  it("can be a bypass, its approval and its review; a review is no part of a decision", async () => {
    const other = { commit: subject.commit, environment: "production" };
    const statements = await read({
      "a.dsse.json": envelope(approval({ kind: "bypass", subject: other, gates: ["sast"], ticket: "INC-1" })),
      "b.dsse.json": envelope(approval({ kind: "bypass-approval", subject: { ...other, bypass } })),
      "c.dsse.json": envelope(approval({ kind: "review", subject: { ...other, bypass } })),
    });
    expect(statements.map(({ problem }) => problem)).toEqual([undefined, undefined, undefined]);
    expect(
      decisionStatements(statements)
        .map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(["bypass", "bypass-approval"]);
  });
});

describe.skipIf(!SSH_KEYGEN)("a statement with an SSH signature (skipped where ssh-keygen is not installed)", () => {
  let key: TestKey;
  let trust: Trust;
  const text = canonicalJson(approval());
  beforeAll(() => {
    key = sshKey("ed25519");
    trust = { ...TRUST, signers: parseAllowedSigners(Buffer.from(`alice@example.com ${key.line}`), "allowed_signers") };
  });

  it("is what its signer said, to gate and to ssh-keygen", async () => {
    const signature = sshSign(key, text);
    const [statement] = await read({ "a.json": text, "a.json.sig": signature }, trust);
    expect(statement).toMatchObject({ id: sha256(text), via: "ssh", path: "approvals/a.json", signer: "Alice" });
    expect(statement?.problem).toBeUndefined();
    expect(sshVerifies(key.line, text, signature)).toBe(true);
  });

  it("has a problem where anything about it is wrong", async () => {
    const signature = sshSign(key, text);
    const altered = canonicalJson(approval({ reason: "Something else" }));
    expect(await problemOf({ "a.json": altered, "a.json.sig": signature }, trust)).toContain("altered");
    expect(await problemOf({ "a.json": text, "a.json.sig": sshSign(key, text, "git") }, trust)).toContain('"git"');
    expect(await problemOf({ "a.json": text, "a.json.sig": signature })).toContain("nobody's in trust.yaml");
    expect(await problemOf({ "a.json": text, "a.json.sig": "hello" }, trust)).toContain("no SSH signature");
    expect(await problemOf({ "a.json": text }, trust)).toBe("it is not signed: a.json.sig is missing");
    expect(await problemOf({ "a.json.sig": signature }, trust)).toBe("a.json is missing");
    const bobs = canonicalJson(approval({ signer: "Bob" }));
    expect(await problemOf({ "a.json": bobs, "a.json.sig": sshSign(key, bobs) }, trust)).toContain(
      "is Alice's, and Bob",
    );
  });
});

describe("the folder", () => {
  it("need not be there", async () => {
    const folder = join(temporaryFolder(), "none");
    const sources = { folder, label: "approvals", trust: TRUST, now: NOW, schemas: installation.schemas };
    expect(await readStatements(sources)).toEqual([]);
  });

  it("is read in the order of ids, whatever the names", async () => {
    const texts = ["one", "two", "three"].map((reason) => envelope(approval({ reason })));
    const named = async (names: readonly string[]): Promise<readonly string[]> => {
      const files = Object.fromEntries(texts.map((text, index) => [`${names[index]}.dsse.json`, text]));
      return (await read(files)).map(({ id }) => id);
    };
    const ids = await named(["a", "b", "c"]);
    expect(ids).toEqual(ids.toSorted());
    expect(await named(["c", "a", "b"])).toEqual(ids);
  });

  it("may hold other files, which are no statements", async () => {
    expect(await read({ "README.md": "hello", ".gitkeep": "", "nested/a.dsse.json": "?" })).toEqual([]);
  });

  it("lists what is no file, and links that lead out", async () => {
    const [folder, outside] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(join(outside, "a.dsse.json"), envelope(approval()));
    writeFileSync(join(folder, "good.dsse.json"), envelope(approval()));
    mkdirSync(join(folder, "folder.json"));
    symlinkSync(join(outside, "a.dsse.json"), join(folder, "out.dsse.json"));
    symlinkSync("good.dsse.json", join(folder, "in.dsse.json"));
    symlinkSync("nowhere", join(folder, "dead.dsse.json"));
    const statements = await readStatements({
      folder,
      label: "approvals",
      trust: TRUST,
      now: NOW,
      schemas: installation.schemas,
    });
    expect(Object.fromEntries(statements.map(({ path, problem }) => [path, problem]))).toEqual({
      "approvals/good.dsse.json": undefined,
      "approvals/in.dsse.json": undefined,
      "approvals/out.dsse.json": "out.dsse.json is a symbolic link that leads out of the folder",
      "approvals/dead.dsse.json": "dead.dsse.json is missing",
      "approvals/folder.json": "folder.json is no file",
    });
  });

  it("holds at most a thousand files", async () => {
    const files = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`${index}.txt`, ""]));
    await expect(read(files)).rejects.toMatchObject({ code: "statement-invalid" });
  });
});
