import type { JsonObject } from "../values.ts";
import type { BomElement } from "./parse.ts";

/** The document in the shape of its JSON form, as far as that is looked at. */
export function documentOf(bom: BomElement): JsonObject {
  const metadata = childOf(bom, "metadata");
  return {
    ...(metadata === undefined ? {} : { metadata: metadataOf(metadata) }),
    components: listOf(bom, "components", "component").map(componentOf),
    dependencies: listOf(bom, "dependencies", "dependency").map(dependencyOf),
    compositions: listOf(bom, "compositions", "composition").map((one) => textsOf(one, ["aggregate"])),
    vulnerabilities: listOf(bom, "vulnerabilities", "vulnerability").map((one) => textsOf(one, ["id"])),
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
    services: listOf(tools, "services", "service").map((one) => textsOf(one, ["group", "name", "version"])),
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

function childrenOf(element: BomElement, name: string): readonly BomElement[] {
  return element.children.filter((child) => child.name === name);
}

function childOf(element: BomElement, name: string): BomElement | undefined {
  return element.children.find((child) => child.name === name);
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
