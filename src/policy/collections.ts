import { Ajv } from "ajv";
import { GateError, type Issue } from "../util/errors.ts";
import { isRecord, isStringArray } from "../util/json.ts";
import { nearest } from "../util/nearest.ts";
import type { GateDefinition } from "./gate.ts";
import type { PolicyFile } from "./sources.ts";
import { type ReportProblem, reportUnknownKeys } from "./unknown-keys.ts";
import { readPolicyYaml } from "./yaml.ts";

/** A list of gates with parameters that environments can take as a whole: what `collections/<id>.yaml` says. */
export interface Collection {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** What it follows: the URI of a standard. */
  readonly resource?: string;
  /** Its file. */
  readonly path: string;
  /** In the order of the file, the mandatory ones first. */
  readonly gates: readonly CollectedGate[];
}

/** A gate of a collection. */
export interface CollectedGate {
  readonly gate: string;
  readonly enforcement: "mandatory" | "advisory";
  /** Only those that differ from the gate's defaults. */
  readonly parameters: Readonly<Record<string, CollectedValue>>;
  /** The file and line, such as `builtin/collections/security.yaml:7`. */
  readonly source: string;
}

/** A value of a parameter, and where it stands. */
export interface CollectedValue {
  readonly value: unknown;
  readonly source: string;
}

const KEYS = ["id", "title", "description", "resource", "mandatory", "advisory", "parameters"];
const TEXTS = ["id", "title", "description"] as const;

/**
 * Reads collections. A gate or a parameter that does not exist is an error wherever the collection is used: what was
 * misspelt must not be taken for something that nobody asked for.
 *
 * @throws {GateError} `policy-invalid` with every problem and its line
 */
export function parseCollections(
  files: readonly PolicyFile[],
  gates: readonly GateDefinition[],
): readonly Collection[] {
  const issues: Issue[] = [];
  const collections = files.map((file) => parseCollection(file, gates, issues));
  for (const [index, { id, path }] of collections.entries()) {
    const other = collections.slice(0, index).find((earlier) => earlier.id === id);
    if (other !== undefined) issues.push({ message: `the collection "${id}" is already in ${other.path}`, file: path });
  }
  if (issues.length > 0) throw new GateError("policy-invalid", "the collections are not valid", { issues });
  return collections.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function parseCollection(file: PolicyFile, gates: readonly GateDefinition[], issues: Issue[]): Collection {
  const { value, rowOf } = readPolicyYaml(file, { strict: true });
  if (!isRecord(value)) throw new GateError("policy-invalid", `${file.path} is no collection`);
  const at = (keys: readonly (string | number)[]): ReportProblem => {
    const place = { file: file.path, row: rowOf(keys) };
    return (message, hint) => issues.push({ message, ...place, ...(hint === undefined ? {} : { hint }) });
  };
  const report = at([]);
  reportUnknownKeys(value, KEYS, "the collection", report);
  const [id, title, description] = TEXTS.map((key) => {
    const text = value[key];
    if (typeof text === "string" && text !== "") return text;
    report(`the collection needs a text \`${key}\``);
    return "";
  });
  const parameters = isRecord(value["parameters"]) ? value["parameters"] : {};
  const collected = (["mandatory", "advisory"] as const).flatMap((enforcement) => {
    const listed = value[enforcement] ?? [];
    if (!isStringArray(listed)) {
      at([enforcement])(`\`${enforcement}\` must be a list of gates`);
      return [];
    }
    return listed.map((gate, index): CollectedGate => {
      const keys = [enforcement, index];
      requireGate(gate, gates, at(keys));
      const own = isRecord(parameters[gate]) ? parameters[gate] : {};
      return {
        gate,
        enforcement,
        parameters: Object.fromEntries(
          Object.entries(own).map(([name, given]) => {
            const row = rowOf(["parameters", gate, name]);
            return [name, { value: given, source: `${file.path}:${row}` }];
          }),
        ),
        source: `${file.path}:${rowOf(keys)}`,
      };
    });
  });
  const named = collected.map(({ gate }) => gate);
  for (const [index, gate] of named.entries()) {
    if (named.indexOf(gate) !== index) report(`the gate "${gate}" is listed twice`);
  }
  if (named.length === 0) report("the collection lists no gate");
  for (const [gate, values] of Object.entries(parameters)) {
    const problem = at(["parameters", gate]);
    const definition = gates.find((known) => known.id === gate);
    if (!named.includes(gate)) problem(`there are parameters of "${gate}", which the collection does not list`);
    else if (!isRecord(values)) problem(`the parameters of "${gate}" must be an object`);
    else if (definition !== undefined) checkParameters(definition, values, problem);
  }
  const { resource } = value;
  if (resource !== undefined && typeof resource !== "string") at(["resource"])("`resource` must be a text");
  return {
    id: id ?? "",
    title: title ?? "",
    description: description ?? "",
    ...(typeof resource === "string" ? { resource } : {}),
    path: file.path,
    gates: collected,
  };
}

function requireGate(gate: string, gates: readonly GateDefinition[], report: ReportProblem): void {
  const ids = gates.map(({ id }) => id);
  if (ids.includes(gate)) return;
  const suggestion = nearest(gate, ids);
  report(`there is no gate "${gate}"`, suggestion === undefined ? undefined : `Did you mean "${suggestion}"?`);
}

function checkParameters(gate: GateDefinition, values: Readonly<Record<string, unknown>>, report: ReportProblem): void {
  const validate = new Ajv({ allErrors: true, strict: false }).compile(gate.parameters);
  if (validate(values)) return;
  for (const { instancePath, message, params } of validate.errors ?? []) {
    const extra: unknown = params["additionalProperty"];
    const what = typeof extra === "string" ? ` (${extra})` : "";
    report(`parameters of ${gate.id}${instancePath.replaceAll("/", ".")} ${message ?? "are not valid"}${what}`);
  }
}
