import { licenceOf } from "../evidence/licence.ts";
import type { BomRoot, Component, Licence, ParsedEvidence, Tool } from "../evidence/types.ts";
import type { Limits } from "../util/limits.ts";
import { type Detection, FormatError, type Head } from "./adapter.ts";
import { assertedOf, bomSummary } from "./bom.ts";
import type { Content } from "./content.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { objectsAt, objectsIn } from "./findings.ts";
import { createIds, pairOf } from "./ids.ts";
import { type SplitJson, splitJson } from "./json.ts";
import { instantOf, isObject, type JsonObject, kept, objectOf, objectsOf, stringsOf, textOf } from "./values.ts";

/** The parts of a CycloneDX document that are looked at, in the shape of its JSON form. */
export interface CycloneBom {
  /** Such as `1.6`. */
  readonly version: string;
  readonly document: JsonObject;
  readonly metadata: JsonObject;
  /** All components with those inside them, in document order; not the one that the document describes. */
  components(): Iterable<JsonObject>;
  /** Each with its JSON pointer. */
  vulnerabilities(): Iterable<readonly [vulnerability: JsonObject, place: string]>;
  dependencies(): Iterable<unknown>;
}

/** What there may be much of; the last ones are not looked at. */
const CUTS = [
  ["components"],
  ["metadata", "component", "components"],
  ["vulnerabilities"],
  ["dependencies"],
  ["annotations"],
  ["declarations"],
  ["definitions"],
  ["formulation"],
];

const SCOPES = ["required", "optional", "excluded"] as const;

/** Whether a file is CycloneDX in JSON; what is in it, only the whole file tells. */
export function detectCycloneJson({ text, name }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"bomFormat"\s*:\s*"CycloneDX"/.test(text)) return { confidence: "certain", reason: "bomFormat is CycloneDX" };
  if (/"\$schema"\s*:\s*"[^"]*cyclonedx/i.test(text))
    return { confidence: "certain", reason: "its schema is CycloneDX" };
  if (/"specVersion"\s*:\s*"1\./.test(text) || /\.(?:cdx|bom)\.json$|^bom\.json$/.test(name)) {
    return { confidence: "likely", reason: "it has a specVersion or the name of a CycloneDX file" };
  }
  return { confidence: "no", reason: "it has no bomFormat" };
}

/**
 * Reads a CycloneDX JSON document, ECMA-424, specification 1.2 (the first with JSON) to 1.7.
 *
 * @throws {FormatError} of every reason
 */
export function readCycloneJson(bytes: Content, limits: Limits): CycloneBom {
  const json = splitJson(bytes, limits, ...CUTS);
  const { document } = json;
  if (!isObject(document) || document["bomFormat"] !== "CycloneDX") {
    throw new FormatError("not-this-format", "bomFormat is not CycloneDX", "/bomFormat");
  }
  const version = document["specVersion"];
  if (typeof version !== "string") throw new FormatError("malformed", "specVersion is not a string", "/specVersion");
  if (!/^1\.[2-7]$/.test(version)) {
    const found = version.slice(0, 32);
    throw new FormatError("unsupported-version", `CycloneDX ${found}; 1.2 to 1.7 are supported`, "/specVersion");
  }
  return bomOf(json, document, version);
}

/** The parts of a document in the shape of the JSON form. What is asked for may throw a {@link FormatError}. */
export function bomOf(json: SplitJson, document: JsonObject, version: string): CycloneBom {
  const metadata = objectOf(document["metadata"]);
  return {
    version,
    document,
    metadata,
    *components() {
      for (const [value, pointer] of [
        [document["components"], "/components"],
        [objectOf(metadata["component"])["components"], "/metadata/component/components"],
      ] as const) {
        for (const [component, place] of objectsIn(json, value, pointer)) yield* withInner(component, place);
      }
    },
    vulnerabilities: () => objectsIn(json, document["vulnerabilities"], "/vulnerabilities"),
    dependencies: () => json.elements("/dependencies"),
  };
}

function* withInner(component: JsonObject, place: string): Generator<JsonObject, void, undefined> {
  yield component;
  const inner = objectsAt(component["components"], `${place}/components`);
  for (const [index, one] of inner.entries()) yield* withInner(one, `${place}/components/${index}`);
}

/**
 * The bill of materials that a document is.
 *
 * @param warnings about the text that it was read from
 * @throws {FormatError} `not-this-format` where it lists vulnerabilities and no components
 */
export function sbomEvidence(bom: CycloneBom, warnings: DiagnosticList, limits: Limits): ParsedEvidence {
  const { metadata, document } = bom;
  const inconsistencies = createDiagnostics();
  const reasons = createDiagnostics();
  const components = mapComponents(bom.components(), limits, inconsistencies);
  let vulnerabilities = 0;
  for (const _ of bom.vulnerabilities()) vulnerabilities++;
  if (components.length === 0 && vulnerabilities > 0) {
    throw new FormatError("not-this-format", "it lists vulnerabilities and no components: VEX, not an SBOM");
  }
  if (components.length === 0) reasons.add("no-components", "the bill of materials lists no components");
  for (const { aggregate } of objectsOf(document["compositions"])) {
    if (typeof aggregate !== "string" || !aggregate.startsWith("incomplete")) continue;
    warnings.add("composition-incomplete", `its author calls a part of it ${aggregate}`, "/compositions");
  }
  const producedAt = instantOf(metadata["timestamp"]);
  const described = metadata["component"];
  return {
    kind: "sbom",
    formatVersion: bom.version,
    tools: toolsOf(metadata, limits),
    subject: {},
    ...(producedAt === undefined ? {} : { producedAt }),
    // The format has no room for the outcome of the tool's run.
    status: components.length === 0 ? "empty" : "unknown",
    statusReasons: reasons.list(),
    quality: { warnings: warnings.list(), inconsistencies: inconsistencies.list(), redactions: 0 },
    summary: bomSummary(
      {
        specification: "CycloneDX",
        authors: authorsOf(metadata, limits),
        dependencyEdges: countEdges(bom.dependencies()),
        root: isObject(described) ? identityOf(described, limits) : undefined,
      },
      components,
    ),
    body: { components },
  };
}

/** The components in document order, with references made unique. */
function mapComponents(
  components: Iterable<JsonObject>,
  limits: Limits,
  inconsistencies: DiagnosticList,
): readonly Component[] {
  const seen = new Map<string, number>();
  return Array.from(components, (component) => {
    const { ref, ...rest } = mapComponent(component, limits);
    const before = seen.get(ref) ?? 0;
    seen.set(ref, before + 1);
    if (before === 0) return { ref, ...rest };
    if (component["bom-ref"] !== undefined) inconsistencies.add("bom-ref-twice", `the bom-ref ${ref} occurs twice`);
    return { ref: `${ref}#${before + 1}`, ...rest };
  });
}

function mapComponent(component: JsonObject, limits: Limits): Component {
  const identity = identityOf(component, limits);
  const { name, version, purl } = identity;
  const ref = textOf(component["bom-ref"]) ?? purl ?? (version === undefined ? name : `${name}@${version}`);
  const scope = SCOPES.find((known) => known === component["scope"]);
  const supplier = [nameIn(component["supplier"]), nameIn(component["manufacturer"]), textOf(component["publisher"])]
    .map(assertedOf)
    .find((asserted) => asserted !== undefined);
  return {
    ref: kept(ref, limits),
    ...identity,
    type: kept(textOf(component["type"]) ?? "unknown", limits),
    ...(scope === undefined ? {} : { scope }),
    ...(supplier === undefined ? {} : { supplier: kept(supplier, limits) }),
    ...licencesOf(component, limits),
    hashes: objectsOf(component["hashes"]).length,
  };
}

function nameIn(organisation: unknown): string | undefined {
  return textOf(objectOf(organisation)["name"]);
}

/** What a component, a service or the thing that the document describes is called. */
function identityOf(component: JsonObject, limits: Limits): BomRoot {
  const purl = textOf(component["purl"]);
  const version = textOf(component["version"]);
  return {
    name: kept(fullNameOf(component) ?? purl ?? "(no name)", limits),
    ...(version === undefined ? {} : { version: kept(version, limits) }),
    ...(purl === undefined ? {} : { purl: kept(purl, limits) }),
  };
}

/** An npm scope or a Maven group is a part of the name by which people know a component. */
function fullNameOf(component: JsonObject): string | undefined {
  const name = textOf(component["name"]);
  const group = textOf(component["group"]);
  return name === undefined || group === undefined ? name : `${group}/${name}`;
}

/** From 1.6 on a licence says whether it is declared or concluded; what says neither applies in any case. */
function licencesOf(component: JsonObject, limits: Limits): Pick<Component, "licences" | "declared"> {
  const stated = objectsOf(component["licenses"]).flatMap((choice) => statedLicence(choice, limits));
  const declared = stated.filter(({ acknowledgement }) => acknowledgement === "declared");
  const others = stated.filter(({ acknowledgement }) => acknowledgement !== "declared");
  if (declared.length === 0 || !others.some(({ acknowledgement }) => acknowledgement === "concluded")) {
    return { licences: stated.map(({ licence }) => licence) };
  }
  return { licences: others.map(({ licence }) => licence), declared: declared.map(({ licence }) => licence) };
}

/** A licence choice: an expression, or a licence with an SPDX id or a name. */
function statedLicence(
  choice: JsonObject,
  limits: Limits,
): readonly { readonly licence: Licence; readonly acknowledgement: string | undefined }[] {
  const licence = objectOf(choice["license"]);
  const written = textOf(choice["expression"]) ?? textOf(licence["id"]) ?? textOf(licence["name"]);
  if (written === undefined) return [];
  const acknowledgement = textOf(choice["acknowledgement"]) ?? textOf(licence["acknowledgement"]);
  return [{ licence: licenceOf(kept(written, limits)), acknowledgement }];
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

/** Who made the document; `manufacture` and `supplier` of the metadata are those of what it describes. */
function authorsOf(metadata: JsonObject, limits: Limits): readonly string[] {
  const tools = toolsOf(metadata, limits).map(({ name, version }) => `tool ${name} ${version ?? ""}`);
  return [...peopleOf(metadata), ...tools];
}

/** The authors of the document, and the organisation that made it. */
export function peopleOf(metadata: JsonObject): readonly string[] {
  const authors = objectsOf(metadata["authors"]).map(({ name, email }) => textOf(name) ?? textOf(email));
  return [...authors, nameIn(metadata["manufacturer"])].flatMap((name) => assertedOf(name) ?? []);
}

function countEdges(dependencies: Iterable<unknown>): number {
  const ids = createIds();
  const edges = new Set<number>();
  for (const dependency of dependencies) {
    const { ref, dependsOn } = objectOf(dependency);
    const targets = stringsOf(dependsOn);
    if (targets.length === 0) continue;
    const source = ids.numberOf(JSON.stringify(ref ?? null));
    for (const target of targets) edges.add(pairOf(source, ids.numberOf(JSON.stringify(target))));
  }
  return edges.size;
}

/** Whether somebody says of a vulnerability what it means for the product, which makes a document VEX. */
export function hasAnalysis(bom: CycloneBom): boolean {
  for (const [{ analysis }] of bom.vulnerabilities()) if (analysis !== undefined && analysis !== null) return true;
  return false;
}

/**
 * What the references in a document stand for. One that occurs twice stands for nothing: a statement must not be taken
 * for one on the wrong component.
 */
export function referencesIn(bom: CycloneBom, limits: Limits): ReadonlyMap<string, BomRoot> {
  const found = new Map<string, BomRoot>();
  const twice = new Set<string>();
  const add = (one: JsonObject): void => {
    const ref = textOf(one["bom-ref"]);
    if (ref !== undefined && found.has(ref)) twice.add(ref);
    if (ref !== undefined) found.set(ref, identityOf(one, limits));
  };
  add(objectOf(bom.metadata["component"]));
  for (const one of bom.components()) add(one);
  for (const one of objectsOf(bom.document["services"])) add(one);
  for (const ref of twice) found.delete(ref);
  return found;
}
