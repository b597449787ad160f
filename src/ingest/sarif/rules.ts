import { countOf, type JsonObject, objectOf, objectsOf, stringsOf, textOf } from "../values.ts";
import { cweIn } from "../vulnerability.ts";

/** What is known about the rule of one result. */
export interface ResultRule {
  /** The id that the result goes by, as the file writes it. */
  readonly id: string;
  /** The `reportingDescriptor` (section 3.49); empty where the run does not describe the rule. */
  readonly descriptor: JsonObject;
  readonly tags: readonly string[];
  /** As the rule itself says, in the form `CWE-79`. */
  readonly cwe: readonly string[];
  /** The level that an invocation set for the rule (section 3.20.5), if any. */
  readonly override: unknown;
}

/** Finds the rule of a result of one run. */
export type RuleLookup = (result: JsonObject) => ResultRule;

/** A tool component (section 3.19): its rules in order and by id. */
interface RuleSet {
  readonly rules: readonly JsonObject[];
  readonly byId: ReadonlyMap<string, JsonObject>;
}

/** The rules of a tool's driver and of its extensions, where CodeQL keeps all of them. */
export function readRules(tool: JsonObject, invocations: readonly JsonObject[]): RuleLookup {
  const components = [objectOf(tool["driver"]), ...objectsOf(tool["extensions"])].map(readComponent);
  const overrides = readOverrides(invocations, components);
  // Thousands of results share a few rules, and so what is read out of a rule.
  const known = new Map<string, ResultRule>();
  return (result) => {
    const { id, descriptor } = findRule(result, components);
    const before = known.get(id);
    if (before?.descriptor === descriptor) return before;
    const tags = stringsOf(objectOf(descriptor["properties"])["tags"]);
    const rule = { id, descriptor, tags, cwe: cweOfRule(descriptor, tags), override: overrides.get(id) };
    known.set(id, rule);
    return rule;
  };
}

/**
 * The CWE ids of a result, by the three routes that tools take: taxa of the result, relationships of the rule, and tags
 * or a `cwe` property.
 */
export function cweOf(result: JsonObject, rule: ResultRule, run: JsonObject): readonly string[] {
  const taxa = objectsOf(result["taxa"]);
  const stated = stringsOf(objectOf(result["properties"])["cwe"]);
  if (taxa.length + stated.length === 0) return rule.cwe;
  const taxonomies = objectsOf(run["taxonomies"]);
  return cweIn([...rule.cwe, ...taxa.map((taxon) => taxonOf(taxon, taxonomies)), ...stated]);
}

function cweOfRule(descriptor: JsonObject, tags: readonly string[]): readonly string[] {
  const targets = objectsOf(descriptor["relationships"]).map((relationship) => objectOf(relationship["target"]));
  const stated = stringsOf(objectOf(descriptor["properties"])["cwe"]);
  return cweIn([...targets.map((target) => taxonOf(target, [])), ...tags, ...stated]);
}

/** A reference to a taxon (section 3.52); in a taxonomy of the name CWE a bare number will do. */
function taxonOf(reference: JsonObject, taxonomies: readonly JsonObject[]): string {
  const component = objectOf(reference["toolComponent"]);
  const taxonomy = taxonomies[countOf(component["index"]) ?? -1];
  const name = textOf(component["name"]) ?? textOf(taxonomy?.["name"]) ?? "";
  const id = textOf(reference["id"]) ?? "";
  return /cwe/i.test(name) && /^\d+$/.test(id) ? `CWE-${id}` : id;
}

interface FoundRule {
  readonly id: string;
  readonly descriptor: JsonObject;
}

function readComponent(component: JsonObject): RuleSet {
  const rules = Array.isArray(component["rules"]) ? component["rules"].map(objectOf) : [];
  return { rules, byId: new Map(rules.flatMap((rule) => (textOf(rule["id"]) ? [[String(rule["id"]), rule]] : []))) };
}

/** Sections 3.27.7 and 3.52. Several tools write wrong indices, so where index and id disagree the id is right. */
function findRule(result: JsonObject, components: readonly RuleSet[]): FoundRule {
  const reference = objectOf(result["rule"]);
  const extension = countOf(objectOf(reference["toolComponent"])["index"]);
  const component = components[extension === undefined ? 0 : extension + 1];
  const index = countOf(result["ruleIndex"]) ?? countOf(reference["index"]);
  const indexed = index === undefined ? undefined : component?.rules[index];
  const id = textOf(result["ruleId"]) ?? textOf(reference["id"]) ?? textOf(indexed?.["id"]);
  if (id === undefined) return { id: "unnamed", descriptor: indexed ?? {} };
  // Section 3.27.5: a result may name a rule below the one that is described, as in CA1000/1.
  for (let name = id; name !== ""; name = name.slice(0, Math.max(0, name.lastIndexOf("/")))) {
    if (indexed !== undefined && indexed["id"] === name) return { id, descriptor: indexed };
    for (const { byId } of component === undefined ? components : [component, ...components]) {
      const descriptor = byId.get(name);
      if (descriptor !== undefined) return { id, descriptor };
    }
  }
  return { id, descriptor: {} };
}

function readOverrides(invocations: readonly JsonObject[], components: readonly RuleSet[]): Map<string, unknown> {
  const levels = new Map<string, unknown>();
  for (const override of invocations.flatMap((invocation) => objectsOf(invocation["ruleConfigurationOverrides"]))) {
    const descriptor = objectOf(override["descriptor"]);
    const { id } = findRule({ rule: descriptor }, components);
    levels.set(id, objectOf(override["configuration"])["level"]);
  }
  return levels;
}
