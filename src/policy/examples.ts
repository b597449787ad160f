import { EVIDENCE_LISTS, type EvidenceDocument, READABLE_KINDS } from "../evidence/types.ts";
import { shapeProblem } from "../evidence/validate.ts";
import { GateError, type Issue } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { nearest } from "../util/nearest.ts";
import { exampleDocument, type Part } from "./example-evidence.ts";
import type { GateSubject } from "./input.ts";
import type { PolicyFile } from "./sources.ts";
import { type ReportProblem, reportUnknownKeys } from "./unknown-keys.ts";
import { readPolicyYaml } from "./yaml.ts";

/**
 * An executed example of a gate: what it is shown and what it must say. Examples are tests, documentation and, where
 * `canary` is set, the proof before each check that the gate can still deny.
 */
export interface GateExample {
  readonly name: string;
  /** Where it starts in its file, 1-based. */
  readonly row: number;
  readonly canary: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What is being gated; of an example that does not say so, nothing is known. */
  readonly subject: Partial<GateSubject>;
  readonly evidence: readonly EvidenceDocument[];
  /** The evidence as it is written in the file, for documentation. */
  readonly written: readonly Part[];
  readonly expect: {
    readonly result: (typeof EXAMPLE_RESULTS)[number];
    /** The messages, in the order of the decision. */
    readonly violations?: readonly string[];
    /** A part of the reason. */
    readonly reason?: string;
    /** Members of the answer. */
    readonly answer?: Readonly<Record<string, unknown>>;
  };
}

const EXAMPLE_RESULTS = ["pass", "fail", "not-applicable", "not-evaluated"] as const;

/** Reads an `examples.yaml`. */
export function parseExamples(file: PolicyFile): { readonly gate: string; readonly examples: readonly GateExample[] } {
  const issues: Issue[] = [];
  const { value, rowOf } = readPolicyYaml(file, { strict: false });
  const reportAt =
    (row?: number): ReportProblem =>
    (message, hint) => {
      const place = row === undefined ? { file: file.path } : { file: file.path, row };
      issues.push({ message, ...place, ...(hint === undefined ? {} : { hint }) });
    };
  const report = reportAt();
  const cases = isRecord(value) && Array.isArray(value["cases"]) ? value["cases"] : [];
  const gate = isRecord(value) && typeof value["gate"] === "string" ? value["gate"] : "";
  if (gate === "" || cases.length === 0) report("it must have `gate` and `cases`");
  if (isRecord(value)) reportUnknownKeys(value, FILE_KEYS, "it", report);
  const examples = cases.map((element: unknown, index) => {
    const row = rowOf(["cases", index]);
    return parseExample(element, index, row, reportAt(row));
  });
  if (issues.length > 0) throw new GateError("policy-invalid", `${file.path} is not valid`, { issues });
  return { gate, examples };
}

const FILE_KEYS = ["gate", "cases"];
const CASE_KEYS = ["name", "canary", "parameters", "subject", "evidence", "expect"];
const SUBJECT_KEYS = ["repository", "commit", "ref", "artifacts", "change"];
const EXPECT_KEYS = ["result", "violations", "reason", "answer"];
/** What a document of an example may have beside the lists of its kind. */
const EVIDENCE_KEYS = ["kind", "path", "status", "artifacts", "summary"];

function parseExample(value: unknown, index: number, row: number, report: ReportProblem): GateExample {
  const example = isRecord(value) ? value : {};
  const name = typeof example["name"] === "string" ? example["name"] : `case ${index + 1}`;
  const where = `"${name}"`;
  reportUnknownKeys(example, CASE_KEYS, where, report);
  const expected = isRecord(example["expect"]) ? example["expect"] : {};
  reportUnknownKeys(expected, EXPECT_KEYS, `expect of ${where}`, report);
  const result = EXAMPLE_RESULTS.find((known) => known === expected["result"]);
  if (result === undefined) {
    report(`${where} has no valid expect.result`, `It is one of ${EXAMPLE_RESULTS.join(", ")}.`);
  }
  const written = records(example["evidence"]);
  return {
    name,
    row,
    canary: example["canary"] === true,
    parameters: isRecord(example["parameters"]) ? example["parameters"] : {},
    subject: subjectOf(example["subject"], where, report),
    evidence: written.flatMap((part, position) => checkedDocument(part, position, where, report) ?? []),
    written,
    expect: {
      result: result ?? "not-evaluated",
      ...(Array.isArray(expected["violations"]) ? { violations: expected["violations"].map(String) } : {}),
      ...(typeof expected["reason"] === "string" ? { reason: expected["reason"] } : {}),
      ...(isRecord(expected["answer"]) ? { answer: expected["answer"] } : {}),
    },
  };
}

/** What an example says of its subject. */
function subjectOf(value: unknown, where: string, report: ReportProblem): Partial<GateSubject> {
  if (value === undefined) return {};
  if (!isRecord(value)) {
    report(`the subject of ${where} is no object`);
    return {};
  }
  reportUnknownKeys(value, SUBJECT_KEYS, `the subject of ${where}`, report);
  const { artifacts, change } = value;
  const wrong = ["repository", "commit", "ref"].find((key) => !["undefined", "string"].includes(typeof value[key]));
  if (wrong !== undefined) report(`${wrong} of the subject of ${where} is no text`);
  if (artifacts !== undefined && !(Array.isArray(artifacts) && artifacts.every(isArtifact)))
    report(`artifacts of the subject of ${where} must be a list of objects with \`name\` and \`digest\``);
  if (change !== undefined && !(isRecord(change) && typeof change["id"] === "string"))
    report(`change of the subject of ${where} must be an object with \`id\``);
  return value;
}

function isArtifact(value: unknown): boolean {
  return isRecord(value) && typeof value["name"] === "string" && typeof value["digest"] === "string";
}

/** A document of an example; undefined where a problem with it was reported. */
function checkedDocument(
  part: Part,
  position: number,
  where: string,
  report: ReportProblem,
): EvidenceDocument | undefined {
  const kind = EVIDENCE_KINDS.find((known) => known === part["kind"]);
  if (kind === undefined) {
    const suggestion = nearest(String(part["kind"]), EVIDENCE_KINDS);
    const hint = suggestion === undefined ? `Kinds: ${EVIDENCE_KINDS.join(", ")}.` : `Did you mean "${suggestion}"?`;
    report(`${where}: there is no evidence of kind "${String(part["kind"])}"`, hint);
    return undefined;
  }
  const lists = kind === "unreadable" ? [] : EVIDENCE_LISTS[kind];
  reportUnknownKeys(part, [...EVIDENCE_KEYS, ...lists], `${kind} evidence of ${where}`, report);
  const document = exampleDocument(part, position);
  const problem = kind === "unreadable" ? undefined : shapeProblem({ ...document });
  if (problem !== undefined) report(`${kind} evidence of ${where}, ${problem.pointer}: ${problem.message}`);
  return document;
}

const EVIDENCE_KINDS = [...READABLE_KINDS, "unreadable"] as const;

function records(value: unknown): readonly Part[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
