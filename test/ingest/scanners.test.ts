import { describe, expect, it } from "vitest";
import { detectFormat } from "../../src/ingest/index.ts";
import { fixture, read, readAs } from "./support.ts";

const SCANNERS = [
  ["trivy", "trivy.json"],
  ["grype", "grype.json"],
  ["npm-audit", "npm-audit.json"],
  ["osv-scanner", "osv-scanner.json"],
  ["pip-audit", "pip-audit.json"],
  ["gitleaks", "gitleaks.json"],
  ["trufflehog", "trufflehog.json"],
  ["detect-secrets", "detect-secrets.json"],
] as const;

function attemptsOf(text: string, name = "report") {
  const { attempts } = detectFormat(Buffer.from(text), name);
  return attempts
    .filter(({ confidence }) => confidence !== "no")
    .map(({ adapter, confidence }) => [adapter.id, confidence]);
}

function idsOf(content: string, name: string): readonly string[] {
  return readAs("findings", content, name).body.findings.map(({ id }) => id);
}

describe.each(SCANNERS)("a report of %s", (id, name) => {
  const text = fixture(name).toString("utf8");

  it("is told by its content alone, and by no other reader", () => {
    expect(attemptsOf(text)).toEqual([[id, "certain"]]);
  });

  it("has findings with ids that do not depend on lines", () => {
    const ids = idsOf(text, name);
    expect(new Set(ids).size).toBe(ids.length);
    expect(idsOf(text.replaceAll(/(?<="[sS]tartLine": |"line_number": |"line":)/g, "1"), name)).toEqual(ids);
  });

  it("is no evidence of another kind", () => {
    expect(read(text, name, "coverage").kind).toBe("unreadable");
  });
});

describe("what looks like such a report but is none", () => {
  it.each([
    ["results of something else", '{"results":[],"errors":[]}'],
    ["dependencies of a package", '{"name":"x","dependencies":{"a":"1"}}'],
    ["an array of objects", '[{"name":"x"}]'],
    ["a schema version", '{"SchemaVersion":2}'],
    ["an error of something else", '{"error":"no"}'],
    ["a log", '{"level":"info","msg":"hello"}'],
  ])("%s is nobody's", (_, text) => expect(attemptsOf(text)).toEqual([]));

  it.each([
    ['{"actions":[{"action":"update","resolves":[{"id":1}]}]}', [["npm-audit", "certain"]]],
    ['{"advisories":{}}', [["npm-audit", "likely"]]],
    ['{"message":"x","error":{"summary":"","detail":""}}', [["npm-audit", "likely"]]],
    ['{"matches":[]}', [["grype", "likely"]]],
    ['{"results":[],"experimental_config":{}}', [["osv-scanner", "certain"]]],
    ['{"dependencies":[],"fixes":[]}', [["pip-audit", "certain"]]],
    ['[{"name":"a","skip_reason":"b"}]', [["pip-audit", "certain"]]],
    ['{"level":"info-0","logger":"trufflehog","msg":"x"}', [["trufflehog", "certain"]]],
    ['[{"Target":"a","Vulnerabilities":null}]', [["trivy", "certain"]]],
  ])("%s is told apart", (text, expected) => expect(attemptsOf(text)).toEqual(expected));

  it.each([
    ["[]", "leaks.json", [["gitleaks", "likely"]]],
    ['{"results":[]}', "osv.json", [["osv-scanner", "likely"]]],
    ['{"results":{}}', ".secrets.baseline", [["detect-secrets", "likely"]]],
  ])("%s in %s is told by the name", (text, name, expected) => expect(attemptsOf(text, name)).toEqual(expected));
});
