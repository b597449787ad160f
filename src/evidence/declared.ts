import type { Category, ReadableKind, TestSuiteName } from "./types.ts";

/** What a user means by a name such as `sast` in `gate.yaml` or in `--evidence sast=report.sarif`. */
export interface DeclaredEvidence {
  readonly kind: ReadableKind;
  readonly category?: Category;
  readonly suite?: TestSuiteName;
}

/** The names of evidence that a user may give; the keys are part of the configuration's contract. */
export const DECLARED_EVIDENCE = {
  findings: { kind: "findings" },
  sast: { kind: "findings", category: "sast" },
  dast: { kind: "findings", category: "dast" },
  sca: { kind: "findings", category: "sca" },
  container: { kind: "findings", category: "container" },
  secrets: { kind: "findings", category: "secret" },
  iac: { kind: "findings", category: "iac" },
  quality: { kind: "findings", category: "quality" },
  content: { kind: "findings", category: "content" },
  "breaking-changes": { kind: "findings", category: "compatibility" },
  coverage: { kind: "coverage", suite: "unit" },
  "unit-coverage": { kind: "coverage", suite: "unit" },
  "integration-coverage": { kind: "coverage", suite: "integration" },
  tests: { kind: "tests", suite: "unit" },
  "unit-tests": { kind: "tests", suite: "unit" },
  "integration-tests": { kind: "tests", suite: "integration" },
  "e2e-tests": { kind: "tests", suite: "e2e" },
  "smoke-tests": { kind: "tests", suite: "smoke" },
  "acceptance-tests": { kind: "tests", suite: "acceptance" },
  "compatibility-tests": { kind: "tests", suite: "compatibility" },
  mutation: { kind: "mutation" },
  sbom: { kind: "sbom" },
  vex: { kind: "vex" },
  performance: { kind: "performance" },
  "web-quality": { kind: "web-quality" },
  metrics: { kind: "metrics" },
  attestation: { kind: "attestation" },
  "audit-log": { kind: "audit-log" },
  change: { kind: "change" },
  deployment: { kind: "deployment" },
  incident: { kind: "incident" },
  repository: { kind: "repository" },
  dockerfile: { kind: "dockerfile" },
  documentation: { kind: "documentation" },
  maintainability: { kind: "maintainability" },
  build: { kind: "build" },
  assessment: { kind: "assessment" },
  statement: { kind: "statement" },
  document: { kind: "document" },
} as const satisfies Record<string, DeclaredEvidence>;

export type DeclaredEvidenceName = keyof typeof DECLARED_EVIDENCE;

/** Whether `name` is a key of {@link DECLARED_EVIDENCE}. */
export function isDeclaredEvidenceName(name: string): name is DeclaredEvidenceName {
  return Object.hasOwn(DECLARED_EVIDENCE, name);
}
