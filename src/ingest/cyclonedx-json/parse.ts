import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { parseJsonDocument } from "../json.ts";
import { isObject, type JsonObject, objectOf, objectsOf, stringsOf } from "../values.ts";

/** The parts of a CycloneDX bill of materials that are looked at. */
export interface RawBom {
  readonly version: string;
  readonly metadata: JsonObject;
  /** All components with those inside them, in document order; not the one that the document describes. */
  readonly components: readonly JsonObject[];
  readonly dependencyEdges: number;
  readonly compositions: readonly JsonObject[];
}

/**
 * Reads a CycloneDX JSON document, ECMA-424, specification 1.2 (the first with JSON) to 1.7.
 *
 * @throws {FormatError} of every reason
 */
export function readBom(bytes: Content, limits: Limits): RawBom {
  const document = parseJsonDocument(bytes, limits);
  if (!isObject(document) || document["bomFormat"] !== "CycloneDX") {
    throw new FormatError("not-this-format", "bomFormat is not CycloneDX", "/bomFormat");
  }
  const version = document["specVersion"];
  if (typeof version !== "string") throw new FormatError("malformed", "specVersion is not a string", "/specVersion");
  if (!/^1\.[2-7]$/.test(version)) {
    const found = version.slice(0, 32);
    throw new FormatError("unsupported-version", `CycloneDX ${found}; 1.2 to 1.7 are supported`, "/specVersion");
  }
  const metadata = objectOf(document["metadata"]);
  const components = [
    ...flatten(document["components"], "/components"),
    ...flatten(objectOf(metadata["component"])["components"], "/metadata/component/components"),
  ];
  if (components.length === 0 && objectsOf(document["vulnerabilities"]).length > 0) {
    throw new FormatError("not-this-format", "it lists vulnerabilities and no components: VEX, not an SBOM");
  }
  return {
    version,
    metadata,
    components,
    dependencyEdges: countEdges(document["dependencies"]),
    compositions: objectsOf(document["compositions"]),
  };
}

function flatten(value: unknown, pointer: string): readonly JsonObject[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new FormatError("malformed", "the components are not an array", pointer);
  return value.flatMap((component: unknown, index) => {
    const place = `${pointer}/${index}`;
    if (!isObject(component)) throw new FormatError("malformed", "the component is not an object", place);
    return [component, ...flatten(component["components"], `${place}/components`)];
  });
}

function countEdges(dependencies: unknown): number {
  const edges = new Set<string>();
  for (const { ref, dependsOn } of objectsOf(dependencies)) {
    for (const target of stringsOf(dependsOn)) edges.add(JSON.stringify([ref, target]));
  }
  return edges.size;
}
