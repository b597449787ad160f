import { describe, expect, it } from "vitest";
import { fixture, read, readAs, refusalOf } from "./support.ts";

describe("the fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("statement", fixture("statement.json"), "x.json");
    expect(document.summary).toEqual({
      type: "penetration-test",
      statedBy: "Zoë Müller <zoe@example.org>",
      role: "security officer",
      statedAt: "2026-03-01T08:00:00.000Z",
      expiresAt: "2027-03-01T00:00:00.000Z",
      result: "conditional",
      verified: "unchecked",
    });
    expect(document.body.claims).toEqual([
      { name: "scope", value: "checkout and login" },
      { name: "high findings", value: "0" },
      { name: "report filed", value: "true" },
    ]);
    expect(document.subject).toEqual({
      repository: "https://example.org/shop",
      commit: "0123456789abcdef0123456789abcdef01234567",
    });
    expect([document.status, document.producedAt, document.source.formatVersion]).toEqual([
      "unknown",
      "2026-03-01T08:00:00.000Z",
      "1",
    ]);
  });
});

const LINES = [
  "schema: gate/statement/v1",
  "type: access-review",
  "statedBy: Zoë",
  "statedAt: 2026-03-01T09:00:00Z",
  "result: passed",
];

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(":"));
}

/** The statement in YAML with lines more, or in place of those of the same name. */
function yaml(...changes: readonly string[]): string {
  const kept = LINES.filter((line) => !changes.some((change) => nameOf(change) === nameOf(line)));
  return [...kept, ...changes].filter((line) => !line.endsWith(": (none)")).join("\n");
}

describe("a statement in YAML", () => {
  it("is the same as in JSON", () => {
    const json = readAs("statement", fixture("statement.json"), "x.json");
    const text = [
      "# reviewed",
      "---",
      "schema: 'gate/statement/v1' # ours",
      "type: penetration-test",
      "statedBy: Zoë Müller <zoe@example.org>",
      "role: security officer",
      "statedAt: 2026-03-01T09:00:00+01:00",
      "expiresAt: 2027-03-01T00:00:00Z",
      "result: conditional",
      "subject:",
      "  repository: https://example.org/shop",
      "  commit: 0123456789ABCDEF0123456789abcdef01234567",
      "claims: {scope: checkout and login, high findings: '0', report filed: true}",
    ].join("\n");
    const document = readAs("statement", text, "statement.yaml");
    expect({ ...document, id: json.id, source: json.source }).toEqual(json);
  });

  it("needs neither role, expiry, subject nor claims", () => {
    const { summary, body, subject } = readAs("statement", yaml(), "x.yaml");
    expect(summary).toEqual({
      type: "access-review",
      statedBy: "Zoë",
      statedAt: "2026-03-01T09:00:00.000Z",
      result: "passed",
      verified: "unchecked",
    });
    expect([body.claims, subject]).toEqual([[], {}]);
  });

  it.each(["passed", "failed", "conditional"])("keeps the result %s", (result) => {
    expect(readAs("statement", yaml(`result: ${result}`), "x.yaml").summary.result).toBe(result);
  });

  it("may have claims of any name", () => {
    const { body } = readAs("statement", yaml("claims: {__proto__: x, constructor: y}"), "x.yaml");
    expect(body.claims).toEqual([
      { name: "__proto__", value: "x" },
      { name: "constructor", value: "y" },
    ]);
  });

  it("is never read where it is cut inside its members", () => {
    const text = yaml();
    const whole = Buffer.from(text);
    for (let length = 0; length < whole.length; length++) {
      const outcome = outcomeOf(whole.subarray(0, length));
      expect(outcome, `${length}`).toMatch(/^(refused|evidence-unrecognised)$/);
    }
    expect(outcomeOf(whole)).toBe("unknown");
  });

  it.each([
    ["a name with a slip", yaml("expiresAtt: 2027-01-01T00:00:00Z"), "malformed at /expiresAtt"],
    ["a name that is not known", yaml("signature: x"), "malformed at /signature"],
    ["a member of the prototype", yaml("__proto__: {result: passed}"), "malformed at /__proto__"],
    ["a member of the subject that is not known", yaml("subject: {sha: x}"), "malformed at /subject/sha"],
    ["a day for an instant", yaml("statedAt: 2026-03-01"), "malformed at /statedAt"],
    ["a local time", yaml("statedAt: 2026-03-01T09:00:00"), "malformed at /statedAt"],
    ["a day that does not exist", yaml("statedAt: 2026-02-30T09:00:00Z"), "malformed at /statedAt"],
    ["an expiry that is no instant", yaml("expiresAt: never"), "malformed at /expiresAt"],
    ["an expiry of nothing", yaml("expiresAt:"), "malformed at /expiresAt"],
    ["an expiry at the same time", yaml("expiresAt: 2026-03-01T10:00:00+01:00"), "malformed at /expiresAt"],
    ["an expiry beyond the year 9999", yaml("expiresAt: 9999-12-31T23:00:00-05:00"), "malformed at /expiresAt"],
    ["no type", yaml("type: (none)"), "malformed at /type"],
    ["a type in capitals", yaml("type: DPIA"), "malformed at /type"],
    ["nobody", yaml("statedBy: ' '"), "malformed at /statedBy"],
    ["a result that is none", yaml("result: ok"), "malformed at /result"],
    ["no result", yaml("result: (none)"), "malformed at /result"],
    ["no time", yaml("statedAt: (none)"), "malformed at /statedAt"],
    ["an empty role", yaml("role: ''"), "malformed at /role"],
    ["half a commit", yaml("subject: {commit: abcdef0}"), "malformed at /subject/commit"],
    ["a subject that is none", yaml("subject: x"), "malformed at /subject"],
    ["claims that are a list", yaml("claims: [a]"), "malformed at /claims"],
    ["a claim that is a number", yaml("claims: {version: 1.10}"), "malformed at /claims/version"],
    ["a claim that is an object", yaml("claims: {a/b: {c: d}}"), "malformed at /claims/a~1b"],
    ["a later version", yaml("schema: gate/statement/v2"), "unsupported-version at /schema"],
    ["a second statement", `${yaml()}\n---\n${yaml()}`, "malformed"],
    ["an alias", yaml("statedBy: &a x", "role: *a"), "malformed at line 6"],
    ["a result that is there twice", `${yaml()}\nresult: failed\n`, "malformed at line 6"],
  ])("with %s is refused", (_, text, refusal) => expect(refusalOf(text, "x.yaml")).toBe(refusal));

  it("says what a slip was meant to be", () => {
    const document = read(yaml("expiresAtt: 2027-01-01T00:00:00Z"), "x.yaml");
    expect(document.statusReasons[0]?.message).toBe("the name is not known; did you mean expiresAt?");
  });
});

function outcomeOf(bytes: Uint8Array): string {
  try {
    const { kind, status } = read(bytes, "x.yaml");
    return kind === "unreadable" ? "refused" : status;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}
