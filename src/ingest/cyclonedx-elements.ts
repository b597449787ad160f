import type { Limits } from "../util/limits.ts";
import { type Detection, FormatError, type Head } from "./adapter.ts";
import type { Content } from "./content.ts";
import { bomOf, type CycloneBom, detectCycloneJson, readCycloneJson } from "./cyclonedx.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { wholeDocument } from "./json.ts";
import { headOf } from "./text.ts";
import type { JsonObject } from "./values.ts";
import { readXml, type XmlElement } from "./xml.ts";
import { xmlRootOf } from "./xml-root.ts";

/** A document, and what is to be said of the text that it was read from. */
export interface ReadBom {
  readonly bom: CycloneBom;
  readonly warnings: DiagnosticList;
}

/** Whether a file is CycloneDX in either of its forms; what is in it, only the whole file tells. */
export function detectCyclone(head: Head): Detection {
  return head.text.startsWith("<") ? detectCycloneXml(head) : detectCycloneJson(head);
}

/** As {@link detectCyclone}, of XML alone. */
export function detectCycloneXml({ text }: Head): Detection {
  const root = xmlRootOf(text);
  if (root === undefined) return { confidence: "no", reason: "it does not start with an XML element" };
  if (root.name !== "bom") return { confidence: "no", reason: "its root element is not bom" };
  if (/\/\/cyclonedx\.org\/schema\/bom\//.test(root.attributes)) {
    return { confidence: "certain", reason: "its root element is bom of CycloneDX" };
  }
  return { confidence: "likely", reason: "its root element is bom" };
}

/**
 * Reads a document with vulnerabilities in either form. Places in it are those of the JSON form.
 *
 * @throws {FormatError} of every reason
 */
export function readCyclone(bytes: Content, limits: Limits): ReadBom {
  if (!headOf(bytes, "").text.startsWith("<")) {
    return { bom: readCycloneJson(bytes, limits), warnings: createDiagnostics() };
  }
  const read = readCycloneXml(bytes, limits);
  const { version, document } = read.bom;
  // An extension with names of its own, which says otherwise what is affected.
  if (/^1\.[0-3]$/.test(version) && document["vulnerabilities"] !== undefined) {
    throw new FormatError("unsupported-version", `vulnerabilities of CycloneDX ${version} in XML; 1.4 has the first`);
  }
  return read;
}

/** An element with what is looked at inside it. */
interface BomElement {
  readonly name: string;
  readonly attributes: XmlElement["attributes"];
  readonly children: BomElement[];
  /** Its own character data, without white space around it where it is used. */
  text: string;
}

/** Everything else, such as model cards and the texts of licences, is passed over with all that is in it: it may be large. */
const LOOKED_AT = new Set(
  `bom metadata timestamp tools tool authors author manufacturer supplier component components services service
  publisher group name version email scope purl hashes hash licenses license id expression expression-detailed
  dependencies dependency compositions composition aggregate vulnerabilities vulnerability
  source references reference ratings rating score severity method vector cwes cwe recommendation workaround
  analysis state justification responses response detail firstIssued lastUpdated
  affects target ref versions range status`.split(/\s+/),
);

const NAMESPACE = /^https?:\/\/cyclonedx\.org\/schema\/bom\/(\d+\.\d+)$/;

/**
 * Reads a CycloneDX XML document, specification 1.0 to 1.7, whose namespace carries the version, in the shape of its JSON
 * form.
 *
 * @throws {FormatError} of every reason
 */
export function readCycloneXml(bytes: Content, limits: Limits): ReadBom {
  const top: BomElement = { name: "", attributes: {}, children: [], text: "" };
  const open = [top];
  let passedOver = 0;
  let version = "";
  const said = readXml(bytes, limits, {
    open(element) {
      if (open.length === 1) version = versionOf(element);
      if (passedOver > 0 || !LOOKED_AT.has(element.name)) {
        passedOver++;
        return;
      }
      const found: BomElement = { name: element.name, attributes: element.attributes, children: [], text: "" };
      open.at(-1)?.children.push(found);
      open.push(found);
    },
    text(piece) {
      const element = open.at(-1);
      if (passedOver === 0 && element !== undefined && element.text.length <= limits.stringLength)
        element.text += piece;
    },
    close() {
      if (passedOver > 0) passedOver--;
      else open.pop();
    },
  });
  const warnings = createDiagnostics();
  for (const { code, message, place } of said) warnings.add(code, message, place);
  const document = documentOf(top.children[0] ?? top);
  return { bom: bomOf(wholeDocument(document), document, version), warnings };
}

function versionOf({ name, attributes, line }: XmlElement): string {
  const names = Object.entries(attributes).flatMap(([key, value]) => (/^xmlns(?::|$)/.test(key) ? [value.trim()] : []));
  const version = names.map((uri) => NAMESPACE.exec(uri)?.[1]).find((found) => found !== undefined);
  if (name !== "bom" || version === undefined) {
    throw new FormatError("not-this-format", "the root element is not bom of CycloneDX", `line ${line}`);
  }
  if (/^1\.[0-7]$/.test(version)) return version;
  throw new FormatError("unsupported-version", `CycloneDX ${version}; 1.0 to 1.7 are supported`, `line ${line}`);
}

/** The document in the shape of its JSON form, as far as that is looked at. */
function documentOf(bom: BomElement): JsonObject {
  const metadata = childOf(bom, "metadata");
  const found = listOf(bom, "vulnerabilities", "vulnerability");
  return {
    ...(metadata === undefined ? {} : { metadata: metadataOf(metadata) }),
    components: listOf(bom, "components", "component").map(componentOf),
    dependencies: listOf(bom, "dependencies", "dependency").map(dependencyOf),
    compositions: listOf(bom, "compositions", "composition").map((one) => textsOf(one, ["aggregate"])),
    services: listOf(bom, "services", "service").map(serviceOf),
    // Without the list nobody has looked for any.
    ...(childOf(bom, "vulnerabilities") === undefined ? {} : { vulnerabilities: found.map(vulnerabilityOf) }),
  };
}

function metadataOf(metadata: BomElement): JsonObject {
  const component = childOf(metadata, "component");
  const tools = childOf(metadata, "tools");
  return {
    ...textsOf(metadata, ["timestamp"]),
    ...organisationsOf(metadata),
    authors: listOf(metadata, "authors", "author").map((author) => textsOf(author, ["name", "email"])),
    ...(component === undefined ? {} : { component: componentOf(component) }),
    ...(tools === undefined ? {} : { tools: toolsOf(tools) }),
  };
}

/** A list of tools up to 1.4, components and services from 1.5 on. */
function toolsOf(tools: BomElement): readonly JsonObject[] | JsonObject {
  const older = childrenOf(tools, "tool");
  if (older.length > 0) return older.map((tool) => textsOf(tool, ["name", "version"]));
  return {
    components: listOf(tools, "components", "component").map(componentOf),
    services: listOf(tools, "services", "service").map(serviceOf),
  };
}

function componentOf(component: BomElement): JsonObject {
  return {
    ...attributesOf(component, ["type", "bom-ref"]),
    ...textsOf(component, ["group", "name", "version", "scope", "purl", "publisher"]),
    ...organisationsOf(component),
    licenses: (childOf(component, "licenses")?.children ?? []).map(licenceOf),
    hashes: listOf(component, "hashes", "hash").map(() => ({})),
    components: listOf(component, "components", "component").map(componentOf),
  };
}

function serviceOf(service: BomElement): JsonObject {
  return { ...attributesOf(service, ["bom-ref"]), ...textsOf(service, ["group", "name", "version"]) };
}

function organisationsOf(element: BomElement): JsonObject {
  const found = ["supplier", "manufacturer"].flatMap((name) => {
    const organisation = childOf(element, name);
    return organisation === undefined ? [] : [[name, textsOf(organisation, ["name"])] as const];
  });
  return Object.fromEntries(found);
}

/** `expression-detailed` of 1.7 has the expression in an attribute. */
function licenceOf(choice: BomElement): JsonObject {
  const acknowledgement = attributesOf(choice, ["acknowledgement"]);
  if (choice.name === "expression") return { expression: choice.text.trim(), ...acknowledgement };
  if (choice.name === "expression-detailed") return { ...attributesOf(choice, ["expression"]), ...acknowledgement };
  return { license: { ...textsOf(choice, ["id", "name"]), ...acknowledgement } };
}

function dependencyOf(dependency: BomElement): JsonObject {
  const { ref } = dependency.attributes;
  return { ref, dependsOn: childrenOf(dependency, "dependency").flatMap(({ attributes }) => attributes["ref"] ?? []) };
}

function vulnerabilityOf(one: BomElement): JsonObject {
  const analysis = onlyChildOf(one, "analysis");
  return {
    ...textsOf(one, ["id", "recommendation", "workaround"]),
    ...sourceOf(one),
    references: listOf(one, "references", "reference").map((reference) => textsOf(reference, ["id"])),
    ratings: listOf(one, "ratings", "rating").map(ratingOf),
    cwes: listOf(one, "cwes", "cwe").map(({ text }) => Number(text.trim())),
    ...(analysis === undefined ? {} : { analysis: analysisOf(analysis) }),
    affects: listOf(one, "affects", "target").map((target) => ({
      ...textsOf(target, ["ref"]),
      versions: listOf(target, "versions", "version").map((version) =>
        textsOf(version, ["version", "range", "status"]),
      ),
    })),
  };
}

function sourceOf(element: BomElement): JsonObject {
  const source = childOf(element, "source");
  return source === undefined ? {} : { source: textsOf(source, ["name"]) };
}

function ratingOf(rating: BomElement): JsonObject {
  const score = childOf(rating, "score")?.text.trim() ?? "";
  return {
    ...sourceOf(rating),
    ...textsOf(rating, ["severity", "method", "vector"]),
    ...(score === "" ? {} : { score: Number(score) }),
  };
}

function analysisOf(analysis: BomElement): JsonObject {
  onlyChildOf(analysis, "state");
  return {
    ...textsOf(analysis, ["state", "justification", "detail", "firstIssued", "lastUpdated"]),
    response: listOf(analysis, "responses", "response").map(({ text }) => text.trim()),
  };
}

function childrenOf(element: BomElement, name: string): readonly BomElement[] {
  return element.children.filter((child) => child.name === name);
}

function childOf(element: BomElement, name: string): BomElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** As a member that is there twice is damage in JSON: of two analyses none is the right one. */
function onlyChildOf(element: BomElement, name: string): BomElement | undefined {
  const [child, second] = childrenOf(element, name);
  if (second !== undefined) throw new FormatError("malformed", `a ${element.name} has more than one ${name}`);
  return child;
}

function listOf(element: BomElement, list: string, item: string): readonly BomElement[] {
  return childrenOf(element, list).flatMap((found) => childrenOf(found, item));
}

function textsOf(element: BomElement, names: readonly string[]): JsonObject {
  const found = names.flatMap((name) => {
    const child = childOf(element, name);
    return child === undefined ? [] : [[name, child.text.trim()] as const];
  });
  return Object.fromEntries(found);
}

function attributesOf({ attributes }: BomElement, names: readonly string[]): JsonObject {
  const found = names.flatMap((name) => {
    const value = attributes[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}
