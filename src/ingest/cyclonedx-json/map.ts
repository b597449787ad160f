import { licenceOf } from "../../evidence/licence.ts";
import type { Component, Licence, SbomEvidence, Tool } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { isObject, type JsonObject, kept, objectOf, objectsOf, textOf } from "../values.ts";

const SCOPES = ["required", "optional", "excluded"] as const;

/** The components in document order, with references made unique. */
export function mapComponents(
  components: readonly JsonObject[],
  limits: Limits,
  inconsistencies: DiagnosticList,
): readonly Component[] {
  const seen = new Map<string, number>();
  return components.map((component) => {
    const { ref, ...rest } = mapComponent(component, limits);
    const before = seen.get(ref) ?? 0;
    seen.set(ref, before + 1);
    if (before === 0) return { ref, ...rest };
    if (component["bom-ref"] !== undefined) inconsistencies.add("bom-ref-twice", `the bom-ref ${ref} occurs twice`);
    return { ref: `${ref}#${before + 1}`, ...rest };
  });
}

function mapComponent(component: JsonObject, limits: Limits): Component {
  const purl = textOf(component["purl"]);
  const version = textOf(component["version"]);
  const name = fullNameOf(component) ?? purl ?? "(no name)";
  const ref = textOf(component["bom-ref"]) ?? purl ?? (version === undefined ? name : `${name}@${version}`);
  const scope = SCOPES.find((known) => known === component["scope"]);
  const supplier =
    textOf(objectOf(component["supplier"])["name"]) ??
    textOf(objectOf(component["manufacturer"])["name"]) ??
    textOf(component["publisher"]);
  return {
    ref: kept(ref, limits),
    name: kept(name, limits),
    ...(version === undefined ? {} : { version: kept(version, limits) }),
    ...(purl === undefined ? {} : { purl: kept(purl, limits) }),
    type: kept(textOf(component["type"]) ?? "unknown", limits),
    ...(scope === undefined ? {} : { scope }),
    ...(supplier === undefined ? {} : { supplier: kept(supplier, limits) }),
    licences: objectsOf(component["licenses"]).flatMap((choice) => licencesOf(choice, limits)),
    hashes: objectsOf(component["hashes"]).length,
  };
}

/** An npm scope or a Maven group is a part of the name by which people know a component. */
function fullNameOf(component: JsonObject): string | undefined {
  const name = textOf(component["name"]);
  const group = textOf(component["group"]);
  return name === undefined || group === undefined ? name : `${group}/${name}`;
}

/** A licence choice: an expression, or a licence with an SPDX id or a name. */
function licencesOf(choice: JsonObject, limits: Limits): readonly Licence[] {
  const licence = objectOf(choice["license"]);
  const written = textOf(choice["expression"]) ?? textOf(licence["id"]) ?? textOf(licence["name"]);
  if (written === undefined) return [];
  return [licenceOf(kept(written, limits))];
}

/** What the document describes. */
export function rootOf(metadata: JsonObject, limits: Limits): SbomEvidence["summary"]["root"] {
  const component = metadata["component"];
  if (!isObject(component)) return undefined;
  const { name, version, purl } = mapComponent(component, limits);
  return { name, ...(version === undefined ? {} : { version }), ...(purl === undefined ? {} : { purl }) };
}

/** `metadata.tools` is an array up to 1.4, and an object with components and services from 1.5 on. */
export function toolsOf(metadata: JsonObject, limits: Limits): readonly Tool[] {
  const tools = metadata["tools"];
  const listed = isObject(tools)
    ? [...objectsOf(tools["components"]), ...objectsOf(tools["services"])]
    : objectsOf(tools);
  return listed.map((tool) => {
    const name = kept(fullNameOf(tool) ?? "(no name)", limits);
    const version = textOf(tool["version"]);
    return version === undefined ? { name } : { name, version: kept(version, limits) };
  });
}
