import type { Diagnostic } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { readXml, type XmlElement } from "../xml.ts";

/** An element with what is looked at inside it. */
export interface BomElement {
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
  dependencies dependency compositions composition aggregate vulnerabilities vulnerability`.split(/\s+/),
);

const NAMESPACE = /^https?:\/\/cyclonedx\.org\/schema\/bom\/(\d+\.\d+)$/;

/**
 * Reads a CycloneDX XML document, specification 1.0 to 1.7, whose namespace carries the version.
 *
 * @throws {FormatError} of every reason
 */
export function readBomXml(
  bytes: Content,
  limits: Limits,
): { readonly version: string; readonly root: BomElement; readonly warnings: readonly Diagnostic[] } {
  const top: BomElement = { name: "", attributes: {}, children: [], text: "" };
  const open = [top];
  let passedOver = 0;
  let version = "";
  const warnings = readXml(bytes, limits, {
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
  return { version, root: top.children[0] ?? top, warnings };
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
