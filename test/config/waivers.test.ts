import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseWaivers } from "../../src/config/waivers.ts";
import { GateError } from "../../src/util/errors.ts";
import { installation } from "../support.ts";

const schema = JSON.parse(readFileSync(join(installation.schemas, "waivers.v1.schema.json"), "utf8")) as object;
const read = (text: string) => parseWaivers(Buffer.from(text), "waivers.yaml", schema).waivers;

const FINGERPRINT = `sha256:${"a".repeat(64)}`;

/** One waiver; `lines` are added, and an empty one of a key of the sample takes it away. */
function file(lines: readonly string[] = [], replaced: Readonly<Record<string, string | undefined>> = {}): string {
  const sample: Record<string, string | undefined> = {
    gate: "sast",
    fingerprint: FINGERPRINT,
    severity: "high",
    reason: "the fix is on its way",
    ticket: "SEC-1",
    owner: "payments",
    requested_by: "rita@example.com",
    approved_by: "[alice@example.com]",
    created: "2026-01-01",
    expires: "2026-01-20",
    ...replaced,
  };
  const own = Object.entries(sample).flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}`]));
  return ["version: 1", "waivers:", "  - id: w1", ...[...own, ...lines].map((line) => `    ${line}`), ""].join("\n");
}

it("reads a waiver with its place", () => {
  expect(read(file())).toEqual([
    {
      id: "w1",
      gate: "sast",
      fingerprint: FINGERPRINT,
      severity: "high",
      occurrences: 1,
      reason: "the fix is on its way",
      ticket: "SEC-1",
      owner: "payments",
      requestedBy: "rita@example.com",
      approvedBy: ["alice@example.com"],
      created: "2026-01-01",
      expires: "2026-01-20",
      scope: { environments: [], paths: [] },
      source: "waivers.yaml:3",
    },
  ]);
});

it("reads everything that can be there", () => {
  const text = file(
    [
      "match: { rule: r, package: pkg:npm/lodash, path: 'src/**' }",
      "occurrences: 3",
      "value: 72.5",
      "scope: { environments: [staging], paths: ['src/*.ts'], versions: '>=4 <5' }",
    ],
    { fingerprint: undefined },
  );
  expect(read(text)[0]).toMatchObject({
    match: { rule: "r", package: "pkg:npm/lodash", path: "src/**" },
    occurrences: 3,
    value: 72.5,
    scope: { environments: ["staging"], paths: ["src/*.ts"], versions: ">=4 <5" },
  });
});

it("leaves dates to the decision, in which a malformed one has expired", () => {
  expect(read(file([], { expires: "soon", created: "2026-02-30" }))[0]).toMatchObject({
    expires: "soon",
    created: "2026-02-30",
  });
});

it("reads a file without waivers", () => {
  expect(read("version: 1\nwaivers: []\n")).toEqual([]);
});

const twice = `${file()}${file().split("\n").slice(2).join("\n")}`;

describe.each([
  {
    name: "a misspelt key",
    text: file(["aproved_by: [x]"]),
    row: 14,
    message: /unknown key "aproved_by"/,
    hint: 'Did you mean "approved_by"?',
  },
  { name: "a key that is missing", text: file([], { ticket: undefined }), row: 3, message: /"ticket" is missing/ },
  { name: "no severity", text: file([], { severity: undefined }), row: 3, message: /"severity" is missing/ },
  {
    name: "a misspelt severity",
    text: file([], { severity: "hihg" }),
    row: 6,
    message: /must be one of critical/,
    hint: 'Did you mean "high"?',
  },
  { name: "a key twice", text: file(["gate: sast"]), row: 14, message: /unique/ },
  { name: "two with one id", text: twice, row: 14, message: /the id is of another one already/ },
  {
    name: "neither fingerprint nor match",
    text: file([], { fingerprint: undefined }),
    row: 3,
    message: /either `fingerprint` or `match`/,
  },
  { name: "both", text: file(["match: { rule: r }"]), row: 3, message: /either `fingerprint` or `match`/ },
  {
    name: "a match of nothing",
    text: file(["match: {}"], { fingerprint: undefined }),
    row: 13,
    message: /fewer than 1/,
  },
  { name: "a fingerprint that is cut", text: file([], { fingerprint: "sha256:abc" }), row: 5, message: /pattern/ },
  {
    name: "a date that YAML takes for a number",
    text: file([], { expires: "2026" }),
    row: 13,
    message: /must be string/,
  },
  { name: "an empty reason", text: file([], { reason: '""' }), row: 7, message: /fewer than 1/ },
  { name: "no occurrence", text: file(["occurrences: 0"]), row: 14, message: />= 1/ },
  {
    name: "a pattern without its end",
    text: file(["scope: { paths: ['src/{a'] }"]),
    row: 14,
    message: /no pattern for paths/,
  },
  {
    name: "a path that leads out",
    text: file(["match: { path: ../x }"], { fingerprint: undefined }),
    row: 13,
    message: /no pattern for paths/,
  },
  {
    name: "a version in the package",
    text: file(["match: { package: 'pkg:npm/a@1' }"], { fingerprint: undefined }),
    row: 13,
    message: /scope\.versions/,
  },
  { name: "a range that is none", text: file(["scope: { versions: ^1 }"]), row: 14, message: /no range of versions/ },
  {
    name: "an empty scope of environments",
    text: file(["scope: { environments: [] }"]),
    row: 14,
    message: /fewer than 1/,
  },
  { name: "an alias", text: file(["scope: &s { versions: '1' }"]).concat("  - *s\n"), row: 15, message: /aliases/ },
  { name: "another version of the format", text: "version: 2\nwaivers: []\n", row: 1, message: /must be 1/ },
])("$name", ({ text, row, message, hint }) => {
  it("is an error with its line", () => {
    let thrown: unknown;
    try {
      read(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(GateError);
    const { code, issues } = thrown as GateError;
    expect(code).toBe("waivers-invalid");
    expect(issues.find((issue) => message.test(issue.message))).toMatchObject({
      file: "waivers.yaml",
      row,
      ...(hint === undefined ? {} : { hint }),
    });
  });
});
