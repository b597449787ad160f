import type { EvidenceAdapter } from "../ingest/adapter.ts";
import { ADAPTERS } from "../ingest/registry.ts";
import type { BundledGate } from "../policy/bundle.ts";
import type { GateExample } from "../policy/examples.ts";
import { defaultParameters, type EvidenceNeed, strictnessOf } from "../policy/gate.ts";
import { isRecord } from "../util/json.ts";

/** A parameter of a gate, for people. */
export interface ParameterProfile {
  readonly name: string;
  readonly description: string;
  /** Such as `number, 0 to 100` or `list of critical, high`. */
  readonly type: string;
  readonly unit?: string;
  readonly default: unknown;
  /** Which values are stricter, such as `higher` or `allow, block`; missing where the gate does not say. */
  readonly stricter?: string;
}

/** Evidence that a gate needs, and what it is read from. */
export interface NeedProfile {
  readonly need: EvidenceNeed;
  /** The formats that become evidence of this kind, in the order of their ids; none of what gate reads by itself. */
  readonly formats: readonly Pick<EvidenceAdapter, "id" | "title">[];
}

/** Everything that is known of a gate without asking it. */
export interface GateProfile {
  readonly gate: BundledGate;
  readonly parameters: readonly ParameterProfile[];
  readonly needs: readonly NeedProfile[];
  readonly examples: readonly GateExample[];
}

/** Puts together what the metadata of a gate, its examples and the registry of formats say. */
export function profileOf(gate: BundledGate, examples: readonly GateExample[]): GateProfile {
  return { gate, parameters: parametersOf(gate), needs: gate.evidence.map(needProfile), examples };
}

/** `unit tests`, `findings of category sast`. */
export function needText({ kind, category, suite }: EvidenceNeed): string {
  const what = suite === undefined ? kind : `${suite} ${kind}`;
  return category === undefined ? what : `${what} of category ${category}`;
}

function needProfile(need: EvidenceNeed): NeedProfile {
  const formats = ADAPTERS.filter(({ kind }) => need.kind !== "history" && (kind === need.kind || kind === "any"));
  return {
    need,
    formats: formats.map(({ id, title }) => ({ id, title })).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

function parametersOf(gate: BundledGate): readonly ParameterProfile[] {
  const properties = gate.parameters["properties"];
  return Object.entries(defaultParameters(gate)).map(([name, value]) => {
    const schema = isRecord(properties) && isRecord(properties[name]) ? properties[name] : {};
    const unit = schema["unit"];
    const stricter = strictnessOf(gate, name);
    return {
      name,
      description: String(schema["description"]),
      type: typeText(schema),
      ...(typeof unit === "string" ? { unit } : {}),
      default: value,
      ...(stricter === undefined
        ? {}
        : { stricter: typeof stricter === "string" ? stricter : stricter.map(String).join(", ") }),
    };
  });
}

function typeText(schema: Readonly<Record<string, unknown>>): string {
  const { enum: values, type, items } = schema;
  if (Array.isArray(values)) return `one of ${values.map(String).join(", ")}`;
  if (type === "array") return `list of ${isRecord(items) ? elementText(items) : "anything"}`;
  return `${typeof type === "string" ? type : "anything"}${rangeText(schema)}`;
}

function elementText(schema: Readonly<Record<string, unknown>>): string {
  const { enum: values } = schema;
  return Array.isArray(values) ? values.map(String).join(", ") : typeText(schema);
}

function rangeText({ minimum, maximum }: Readonly<Record<string, unknown>>): string {
  if (typeof minimum === "number" && typeof maximum === "number") return `, ${minimum} to ${maximum}`;
  if (typeof minimum === "number") return `, at least ${minimum}`;
  return typeof maximum === "number" ? `, at most ${maximum}` : "";
}
