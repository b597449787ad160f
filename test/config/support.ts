import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfig } from "../../src/config/parse.ts";
import { resolveEnvironments } from "../../src/config/resolve.ts";
import type { Config } from "../../src/config/types.ts";
import type { Environment } from "../../src/decision/environment.ts";
import type { Collection } from "../../src/policy/collections.ts";
import type { GateDefinition } from "../../src/policy/gate.ts";
import type { GateError } from "../../src/util/errors.ts";
import { installation } from "../support.ts";

const schema = JSON.parse(readFileSync(join(installation.schemas, "config.v1.schema.json"), "utf8")) as object;

const severities = { type: "array", items: { type: "string" } };

/** A gate of the given parameters, which nobody evaluates. */
function sampleDefinition(id: string, properties: Readonly<Record<string, unknown>> = {}): GateDefinition {
  return {
    id,
    title: "",
    description: "",
    package: `data.gates.${id.replaceAll("-", "_")}`,
    evidence: [{ kind: "coverage", fields: [] }],
    parameters: { type: "object", additionalProperties: false, properties },
    controls: [],
    remediation: "",
    path: `${id}.rego`,
    severity: "unknown",
    resources: [],
    builtinErrors: "close",
  };
}

export const gates: readonly GateDefinition[] = [
  sampleDefinition("unit-coverage", {
    lines: { description: "", type: "number", minimum: 0, maximum: 100, default: 80, stricter: "higher" },
    branches: { description: "", type: "number", default: 75, stricter: "higher" },
  }),
  sampleDefinition("tests"),
  sampleDefinition("sast", {
    severities: { description: "", ...severities, default: ["critical"], stricter: "more" },
    ignored: { description: "", ...severities, default: [], stricter: "fewer" },
    findings: { description: "", type: "integer", default: 0, stricter: "lower" },
    unknown: {
      description: "",
      enum: ["allow", "warn", "block"],
      default: "block",
      stricter: ["allow", "warn", "block"],
    },
    label: { description: "", type: "string", default: "" },
  }),
  sampleDefinition("dast"),
  sampleDefinition("risk"),
];

/** Two collections that agree on nothing. */
export const collections: readonly Collection[] = [
  {
    id: "careful",
    title: "Careful",
    description: "",
    path: "careful.yaml",
    gates: [
      {
        gate: "unit-coverage",
        enforcement: "mandatory",
        parameters: { lines: { value: 70, source: "careful.yaml:9" } },
        source: "careful.yaml:5",
      },
      { gate: "tests", enforcement: "advisory", parameters: {}, source: "careful.yaml:6" },
    ],
  },
  {
    id: "strict",
    title: "Strict",
    description: "",
    path: "strict.yaml",
    gates: [
      {
        gate: "unit-coverage",
        enforcement: "advisory",
        parameters: { lines: { value: 90, source: "strict.yaml:9" } },
        source: "strict.yaml:5",
      },
      { gate: "tests", enforcement: "mandatory", parameters: {}, source: "strict.yaml:6" },
      {
        gate: "sast",
        enforcement: "mandatory",
        parameters: { label: { value: "b", source: "strict.yaml:11" } },
        source: "strict.yaml:7",
      },
    ],
  },
];

export function parse(text: string | Uint8Array): Config {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return parseConfig(bytes, "gate.yaml", schema);
}

/** The environments of a gate.yaml, or of one of its components. */
export function resolve(text: string, component?: string): Readonly<Record<string, Environment>> {
  return resolveEnvironments(parse(text), { gates, collections }, component);
}

/** Everything for which a gate.yaml is refused, a line each. */
export function problems(text: string): string {
  try {
    resolve(text);
  } catch (error) {
    const { issues } = error as GateError;
    return issues
      .map(({ file, row, message, hint }) => `${file}:${row}: ${message}${hint === undefined ? "" : ` ${hint}`}`)
      .join("\n");
  }
  throw new Error("it was accepted");
}
