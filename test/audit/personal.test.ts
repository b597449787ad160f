import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openDecision, readDecision } from "../../src/audit/entry.ts";
import { mentionFinder, peopleIn } from "../../src/audit/mentions.ts";
import { obligationEntry, reviewEntry } from "../../src/audit/obligations.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import {
  commitmentTo,
  digestOfPrinted,
  openDocument,
  opens,
  recordedForm,
  sealAgain,
  sealDocument,
} from "../../src/audit/personal.ts";
import { collectEntry, readSpool, spoolDocument } from "../../src/audit/spool.ts";
import { SCHEMA_VERSION, schemaOf } from "../../src/audit/sqlite/schema.ts";
import type { Blob } from "../../src/audit/store.ts";
import { verifyStore } from "../../src/audit/verify.ts";
import type { Obligation } from "../../src/decision/obligations.ts";
import type { Decision } from "../../src/decision/types.ts";
import { canonicalJson, sha256 } from "../../src/evidence/canonical.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import { ROOT } from "../support.ts";
import {
  collect,
  ORIGIN,
  sampleDecision,
  sampleSalts,
  sampleTime,
  sealedSample,
  tamper,
  temporaryDirectory,
  ZERO_DIGEST,
} from "./fixtures.ts";

const CANARY = "Zoë Canary <zoe@canary.example>";
const HMAC_OF_ADA = "hmac-sha256:7bfcedc23866006535a15849212946952624b0b793ab2f19376f1ec783c273ac";
const MENTION = "approved by zoe@canary.example, who is the author";

/** Members that stay as they are in a decision, whatever they say; everything else is committed to, where it names somebody. */
const KEPT = [
  "/approvals/0/expires",
  "/approvals/0/gate",
  "/approvals/0/via",
  "/baseline/decision",
  "/bypass/expires",
  "/bypass/gates/0",
  "/bypass/reviewDue",
  "/engine/version",
  "/environment",
  "/evaluatedAt",
  "/evidence/0/format",
  "/evidence/0/kind",
  "/evidence/0/producedAt",
  "/gates/0/controls/0",
  "/gates/0/id",
  "/gates/0/title",
  "/gates/0/unasked/0",
  "/gates/0/violations/0/waiver",
  "/id",
  "/integrity/reasons/0/code",
  "/policy/toolchain",
  "/risk/gate",
  "/signer",
  "/stages/0/gates/0",
  "/stages/0/name",
  "/subject/artifacts/0/digest",
  "/subject/artifacts/0/name",
  "/subject/change/id",
  "/subject/commit",
  "/subject/component",
  "/subject/repository",
  "/subject/run/attempt",
  "/subject/run/id",
  "/subject/run/provider",
  ...["expired", "expiring", "refused", "unused", "used"].flatMap((list) =>
    ["expires", "gate", "id"].map((member) => `/waivers/${list}/0/${member}`),
  ),
].toSorted();

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const SCHEMA = JSON.parse(readFileSync(join(ROOT, "schemas/decision.v1.schema.json"), "utf8")) as Schema;

/** A value with every member that the schema knows, and with the text wherever a text can be. */
function filled(schema: Schema, text: string): unknown {
  if (schema.$ref !== undefined)
    return filled(SCHEMA.definitions?.[schema.$ref.slice("#/definitions/".length)] ?? {}, text);
  const choice = (schema.anyOf ?? schema.oneOf ?? []).find(({ type }) => type !== "null");
  if (choice !== undefined) return filled(choice, text);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  switch ([schema.type ?? "string"].flat().find((type) => type !== "null") ?? "string") {
    case "object": {
      const members = Object.entries(schema.properties ?? {}).map(([name, member]) => [name, filled(member, text)]);
      const { additionalProperties: other } = schema;
      const others =
        typeof other === "object" ? [["any", filled(other, text)]] : members.length === 0 ? [["any", text]] : [];
      return Object.fromEntries([...members, ...others]);
    }
    case "array":
      return [filled(schema.items ?? {}, text)];
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return true;
    default:
      return schema.pattern?.startsWith("^sha256:") === true ? ZERO_DIGEST : text;
  }
}

function filledDecision(text: string): Decision {
  const decision = filled(SCHEMA, text) as Decision;
  const author = { id: text, base: text, author: CANARY };
  return { ...decision, subject: { ...decision.subject, change: author }, audit: null };
}

/** The JSON pointers of the strings that name the canary. */
function placesIn(value: unknown, pointer = ""): readonly string[] {
  if (typeof value === "string") return /canary/i.test(value) ? [pointer] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => placesIn(member, `${pointer}/${name}`));
}

const seal = (decision: Decision, people: readonly string[] = []) =>
  sealDocument("decision", decision, { random: sampleSalts(), people });

function documentOf([blob]: readonly Blob[]): string {
  return Buffer.from(blob?.data ?? []).toString("utf8");
}

describe("a decision that names somebody wherever it can", () => {
  test.each([
    ["by name", CANARY],
    ["in words", MENTION],
  ])("is recorded without it, %s, but for what a log has to say", (_, text) => {
    const decision = filledDecision(text);
    expect(placesIn(decision).length).toBeGreaterThan(80);
    expect(placesIn(seal(decision).sealed).toSorted()).toEqual(KEPT);
  });

  test("is the same again with its salts", () => {
    const decision = filledDecision(CANARY);
    const { sealed, openings, salts } = seal(decision);
    const opened = openDocument(sealed, openings);
    expect(opened).toEqual({ document: decision, salts, erased: 0 });
    expect(sealAgain(opened.document, opened.salts)).toEqual(sealed);
    expect(openings.every(opens)).toBe(true);
  });
});

describe("personal data", () => {
  test("of an obligation and of its review is in neither of their documents", () => {
    const obligation: Obligation = {
      id: sampleDecision(1).id,
      repository: ORIGIN,
      environment: "production",
      commit: "0".repeat(40),
      gates: ["sast"],
      reason: CANARY,
      ticket: MENTION,
      requestedBy: CANARY,
      identities: ["zoe@canary.example"],
      approvers: [CANARY],
      createdAt: sampleTime(1).toISOString(),
      dueAt: sampleTime(2).toISOString(),
    };
    const review = {
      obligation: obligation.id,
      outcome: "justified",
      findings: MENTION,
      reviewer: CANARY,
      reviewedAt: sampleTime(3).toISOString(),
      actions: [MENTION],
    } as const;
    const options = { random: sampleSalts() };
    for (const { entry, blobs } of [obligationEntry(obligation, options), reviewEntry(review, options)])
      expect(documentOf(blobs) + canonicalJson(entry)).not.toMatch(/canary/i);
  });

  test("has one commitment for one value in a document, and another in the next document", () => {
    const approval = { ...sampleDecision(1), approvals: [note("ada"), note("ada"), note("bob")] };
    const { sealed } = seal(approval);
    const [first, second, third] = sealed.approvals.map(({ approver }) => approver);
    expect(first).toBe(second);
    expect(first).toBe(sealed.subject.change?.author);
    expect(third).not.toBe(first);
    const salts = sampleSalts();
    const two = [1, 2].map((number) => sealDocument("decision", sampleDecision(number), { random: salts }).sealed);
    expect(two[0]?.subject.change?.author).not.toBe(two[1]?.subject.change?.author);
  });

  test("that looks like a commitment is committed to, so that nobody takes it for one", () => {
    const forged = commitmentTo("ada", Buffer.alloc(32));
    const component = { ...sampleDecision(1).subject, component: forged };
    const { sealed, openings } = seal(sampleDecision(1, { subject: component }));
    expect(sealed.subject.component).not.toBe(forged);
    expect(openDocument(sealed, openings).document.subject.component).toBe(forged);
  });

  test("is told apart by 32 bytes of salt, and by none that is shorter", () => {
    const salt = Buffer.alloc(31, 1);
    expect(opens({ commitment: commitmentTo("ada", salt), salt, value: "ada" })).toBe(false);
  });

  // RFC 4231 has no key of 32 bytes, so this one is from `openssl dgst -sha256 -mac HMAC`.
  test("is committed to with HMAC-SHA-256", () => {
    expect(commitmentTo("ada", Buffer.alloc(32, 0x0b))).toBe(HMAC_OF_ADA);
  });

  test("that was erased stays a commitment", () => {
    const { sealed, openings } = seal(sampleDecision(1, { approvals: [note("bob")] }));
    const left = openings.filter(({ value }) => value !== "bob");
    const { document, erased } = openDocument(sealed, left);
    expect(document.approvals[0]?.approver).toBe(sealed.approvals[0]?.approver);
    expect(document.subject.change?.author).toBe("ada");
    expect(erased).toBe(1);
  });

  test("that was exchanged is not believed", () => {
    const { sealed, openings } = seal(sampleDecision(1));
    const exchanged = openings.map((opening) => ({ ...opening, value: "bob" }));
    expect(() => openDocument(sealed, exchanged)).toThrow(expect.objectContaining({ code: "audit-corrupt" }));
  });
});

describe("a text mentions somebody", () => {
  test.each([
    ["by name", "Zoë Canary wrote it", true],
    ["in capitals", "ZOË CANARY wrote it", true],
    ["with the accent written apart", "Zoe\u0308 Canary wrote it", true],
    ["by address", "mail zoe@canary.example.", true],
    ["between signs", "(zoe@canary.example)", true],
    ["by half a name", "Canary is away", false],
    ["as a part of a word", "zoe@canary.examples", false],
    ["not at all", "SQL injection", false],
  ])("%s", (_, text, expected) => {
    expect(mentionFinder([CANARY])(text)).toBe(expected);
  });

  test("by a login of a forge", () => {
    expect(mentionFinder(["github:zoe"])("zoe approved it")).toBe(true);
  });

  test("whom only the evidence names", () => {
    const document = { kind: "change", body: { commits: [{ author: CANARY, message: "x" }] } };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of a document is looked at
    const people = peopleIn([document as unknown as EvidenceDocument]);
    expect([...people]).toEqual([CANARY]);
    const violation = { fingerprint: ZERO_DIGEST, severity: "high", message: MENTION } as const;
    const [gate] = sampleDecision(1).gates;
    if (gate === undefined) throw new Error("the sample has a gate");
    const decision = sampleDecision(1, { gates: [{ ...gate, violations: [violation] }] });
    expect(placesIn(seal(decision, [...people]).sealed)).toEqual([]);
    expect(placesIn(seal(decision).sealed)).toEqual(["/gates/0/violations/0/message"]);
  });
});

describe("a recorded decision", () => {
  test("holds no name, and is read with its names", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    const { entry, blobs, disclosures, salts } = sealedSample(1);
    expect(documentOf(blobs) + canonicalJson(entry)).not.toContain('"ada"');
    const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
    await store.append(entry, blobs, disclosures);
    const [recorded] = await collect(store.entries({ kind: "decision" }));
    if (recorded === undefined) throw new Error("it was recorded");
    expect(await openDecision(recorded, store)).toEqual({ decision: sampleDecision(1), salts, erased: 0 });
    await store.close();
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", findings: [] });
  });

  test("is known again from what was printed of it", () => {
    const { blobs, salts } = sealedSample(1);
    const [document] = blobs;
    if (document === undefined || salts === undefined) throw new Error("it has a document");
    const audit = { log: ORIGIN, index: 1, leafHash: ZERO_DIGEST, checkpoint: "", salts };
    const printed = { ...sampleDecision(1), audit };
    expect(sha256(canonicalJson(recordedForm(printed)))).toBe(document.digest);
    const file: unknown = JSON.parse(JSON.stringify(printed, null, 2));
    expect(digestOfPrinted(file)).toBe(document.digest);
    const [pointer = ""] = Object.keys(salts);
    for (const other of [
      { ...printed, outcome: "allow" },
      { ...printed, audit: { ...audit, salts: {} } },
      { ...printed, audit: { ...audit, salts: { [pointer]: Buffer.alloc(32).toString("base64") } } },
      { ...printed, audit: { ...audit, salts: { [pointer]: 7, ["/__proto__/x"]: "AA==" } } },
    ])
      expect(digestOfPrinted(other)).not.toBe(document.digest);
    for (const none of [null, [], {}, "x"]) expect(digestOfPrinted(none)).toBeUndefined();
  });

  test.each([
    ["another value", "UPDATE disclosure SET value = 'bob'", "disclosure-changed", "tampered"],
    ["another salt", "UPDATE disclosure SET salt = randomblob(32)", "disclosure-changed", "tampered"],
    [
      "a commitment that it has not",
      "UPDATE disclosure SET commitment = zeroblob(32)",
      "disclosure-changed",
      "tampered",
    ],
    [
      "a value of no document",
      "INSERT INTO disclosure VALUES (zeroblob(32), zeroblob(32), zeroblob(32), 'eve')",
      "disclosure-extra",
      "tampered",
    ],
    ["no value", "DELETE FROM disclosure", "disclosure-missing", "unknown"],
  ])("with %s is not what was recorded", async (_, statement, code, verdict) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    const { entry, blobs, disclosures } = sealedSample(1);
    const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
    await store.append(entry, blobs, disclosures);
    await store.close();
    const guard = schemaOf(SCHEMA_VERSION).find(({ name }) => name === "disclosure_no_update")?.sql ?? "";
    tamper(path, "DROP TRIGGER disclosure_no_update", statement, guard);
    const report = await verifyStore(path);
    expect(report.verdict).toBe(verdict);
    expect(report.findings.map((finding) => finding.code)).toContain(code);
  });

  test("of which nobody knows the names is still read", async () => {
    const { entry, blobs } = sealedSample(1);
    const [blob] = blobs;
    if (blob === undefined) throw new Error("it has a document");
    const body = { log: ORIGIN, ...entry.content, v: 1, id: entry.id, kind: entry.kind, time: entry.time };
    const stored = {
      index: 1,
      id: entry.id,
      kind: entry.kind,
      body: Buffer.from(canonicalJson(body)),
      leafHash: ZERO_DIGEST,
    };
    expect(readDecision(stored, blob).subject.change?.author).toMatch(/^hmac-sha256:/);
  });
});

describe("a spooled decision", () => {
  test("carries its names, and is the same in the log that it is collected into", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    const { entry, blobs, disclosures } = sealedSample(1);
    const [spooled] = readSpool(spoolDocument([{ entry, blobs, disclosures }])) ?? [];
    if (spooled === undefined) throw new Error("it was spooled");
    const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
    const collection = { at: sampleTime(9).toISOString(), signer: null };
    expect(await collectEntry(store, spooled, collection)).toBe("appended");
    expect(await collectEntry(store, spooled, collection)).toBe("present");
    const [recorded] = await collect(store.entries({ kind: "decision" }));
    if (recorded === undefined) throw new Error("it was collected");
    expect((await openDecision(recorded, store))?.decision).toEqual(sampleDecision(1));
    await store.close();
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", findings: [] });
  });

  test.each([
    ["another name", { value: "bob" }],
    ["a salt of another length", { salt: Buffer.alloc(31) }],
    ["no commitment", { commitment: "hmac-sha256:" as const }],
  ])("with %s is no spooled decision", (_, change) => {
    const { entry, blobs, disclosures } = sealedSample(1);
    const changed = disclosures.map((disclosure) => ({ ...disclosure, ...change }));
    expect(readSpool(spoolDocument([{ entry, blobs, disclosures: changed }]))).toBeUndefined();
  });

  test("of an earlier version, without any, is read", () => {
    const { entry, blobs } = sealedSample(1);
    const document = spoolDocument([{ entry, blobs }]);
    expect(Buffer.from(document).toString()).not.toContain("disclosures");
    expect(readSpool(document)).toHaveLength(1);
  });
});

function note(approver: string): Decision["approvals"][number] {
  return {
    id: ZERO_DIGEST,
    kind: "approval",
    approver,
    roles: [],
    via: "ssh",
    reason: "",
    expires: "2026-02-01",
    counts: true,
  };
}
