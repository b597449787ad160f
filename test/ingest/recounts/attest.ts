import { readFileSync } from "node:fs";

/** A report of the corpus, counted as simply as can be. */
type Count = (path: string) => object;

function textOf(path: string): string {
  return readFileSync(path, "utf8").replace(/^\ufeff/, "");
}

interface Found {
  readonly predicateType: string;
  readonly predicate?: { readonly attestations?: readonly { readonly type: string }[] };
}

/** Every payload of a file is one statement, found by nothing but its place behind `"payload":"` and its being JSON. */
function countPayloads(path: string) {
  const text = textOf(path);
  const payloads = [...text.matchAll(/"payload"\s*:\s*"([^"]+)"/g)].map(([, payload = ""]): Found => {
    return JSON.parse(Buffer.from(payload, "base64").toString("utf8"));
  });
  const statements: readonly Found[] = payloads.length === 0 ? [JSON.parse(text)] : payloads;
  const types = statements.flatMap(({ predicateType, predicate }) => {
    const parts = predicateType.includes("attestation-collection") ? (predicate?.attestations ?? []) : [];
    return [predicateType, ...parts.map(({ type }) => type)];
  });
  return {
    statements: types.length,
    signed: payloads.length === 0 ? 0 : types.length,
    verified: 0,
    predicateTypes: [...new Set(types)],
  };
}

function countScorecard(path: string) {
  const { checks, score } = JSON.parse(textOf(path));
  const scores: readonly number[] = checks.map((check: { score: number }) => check.score);
  return {
    controls: scores.length,
    satisfied: scores.filter((value) => value === 10).length,
    notSatisfied: scores.filter((value) => value >= 0 && value < 10).length,
    unknown: scores.filter((value) => value < 0).length,
    score,
  };
}

interface Checked {
  readonly id: string;
  readonly impact: number;
  readonly results: readonly { readonly status: string }[];
}

/** In the corpus no two profiles have different controls of one id, so an id is a control. */
function countInspec(path: string) {
  const all: readonly Checked[] = JSON.parse(textOf(path)).profiles.flatMap(
    ({ controls }: { controls: readonly Checked[] }) => controls,
  );
  const ids = [...new Set(all.map(({ id }) => id))];
  const words = ids.map((id) => {
    const copies = all.filter((one) => one.id === id);
    const statuses = copies.flatMap(({ results }) => results.map(({ status }) => status));
    if (copies.some(({ impact }) => impact === 0)) return "notApplicable";
    if (statuses.includes("failed")) return "notSatisfied";
    return statuses.length === 0 || statuses.includes("skipped") ? "unknown" : "satisfied";
  });
  return { controls: ids.length, ...tally(words, ["satisfied", "notSatisfied", "notApplicable", "unknown"]) };
}

function countOscal(path: string) {
  const text = textOf(path);
  const found = [...text.matchAll(/"state":\s*"((?:not-)?satisfied)"|<status state="((?:not-)?satisfied)">/g)].map(
    ([, json, xml]) => ((json ?? xml) === "satisfied" ? "satisfied" : "notSatisfied"),
  );
  return { controls: found.length, ...tally(found, ["satisfied", "notSatisfied"]) };
}

function tally(words: readonly string[], names: readonly string[]): object {
  return Object.fromEntries(names.map((name) => [name, words.filter((word) => word === name).length]));
}

/** By the id of the adapter. */
export const ATTEST_COUNTS: ReadonlyMap<string, Count> = new Map<string, Count>([
  ["in-toto", countPayloads],
  ["sigstore-bundle", countPayloads],
  ["gcb-provenance", countPayloads],
  ["scorecard", countScorecard],
  ["hdf", countInspec],
  ["oscal-ar", countOscal],
  ["oscal-ar-xml", countOscal],
]);
