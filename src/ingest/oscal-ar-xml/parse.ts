import type { Diagnostic } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import type { OscalDocument, OscalFinding } from "../oscal.ts";
import { textOf } from "../values.ts";
import { readXml, type XmlElement } from "../xml.ts";

interface OpenFinding {
  readonly line: number;
  readonly observations: string[];
  target: string | undefined;
  state: string | undefined;
}

interface OpenResult {
  readonly observations: string[];
  readonly findings: OscalFinding[];
  start: string | undefined;
}

const ROOT = "assessment-results";
const VERSION = `${ROOT}/metadata/oscal-version`;
const RESULT = `${ROOT}/result`;
const START = `${RESULT}/start`;
const FINDING = `${RESULT}/finding`;
const TITLE = `${FINDING}/title`;
const DESCRIPTION = `${FINDING}/description`;
const REMARKS = `${FINDING}/target/status/remarks`;
/** What has a text that is kept, with or without paragraphs in it. */
const TEXTS: ReadonlySet<string> = new Set([VERSION, START, TITLE, DESCRIPTION, REMARKS]);

/**
 * Reads OSCAL assessment results in XML: of a document of any size its findings, the observations by their identifiers.
 *
 * @throws {FormatError} of every reason
 */
export function readOscalXml(
  bytes: Content,
  limits: Limits,
): { readonly document: OscalDocument; readonly warnings: readonly Diagnostic[] } {
  const results: OpenResult[] = [];
  const texts = new Map<string, string>();
  const path: string[] = [];
  let capturing: string | undefined;
  let finding: OpenFinding | undefined;
  const warnings = readXml(bytes, limits, {
    open({ name, attributes, line }) {
      if (path.length === 0) checkRoot(name);
      path.push(name);
      const place = path.join("/");
      if (TEXTS.has(place)) {
        capturing = place;
        texts.set(place, "");
      } else if (place === RESULT) results.push({ observations: [], findings: [], start: undefined });
      else if (place === `${RESULT}/observation`) results.at(-1)?.observations.push(attributes["uuid"] ?? "");
      else if (place === FINDING) finding = { line, observations: [], target: undefined, state: undefined };
      else if (place.startsWith(`${FINDING}/`) && finding !== undefined) note(finding, place, attributes);
    },
    text(piece) {
      const text = capturing === undefined ? undefined : texts.get(capturing);
      if (capturing !== undefined && text !== undefined && text.length < limits.stringLength) {
        texts.set(capturing, text + piece);
      }
    },
    close() {
      const place = path.join("/");
      path.pop();
      if (place === capturing) capturing = undefined;
      const result = results.at(-1);
      if (result === undefined) return;
      if (place === START) result.start = plain(texts.get(START));
      if (place !== FINDING || finding === undefined) return;
      result.findings.push(findingOf(finding, texts));
      for (const known of [TITLE, DESCRIPTION, REMARKS]) texts.delete(known);
      finding = undefined;
    },
  });
  const version = plain(texts.get(VERSION));
  if (version === undefined) throw new FormatError("malformed", "there is no oscal-version");
  return { document: { version, results }, warnings };
}

function checkRoot(name: string): void {
  if (name !== ROOT) throw new FormatError("not-this-format", `the root element is ${name.slice(0, 64)}`);
}

function note(finding: OpenFinding, place: string, attributes: XmlElement["attributes"]): void {
  if (place === `${FINDING}/target`) finding.target = attributes["target-id"];
  else if (place === `${FINDING}/target/status`) finding.state = attributes["state"];
  else if (place === `${FINDING}/related-observation`) finding.observations.push(attributes["observation-uuid"] ?? "");
}

function findingOf(
  { line, target, state, observations }: OpenFinding,
  texts: ReadonlyMap<string, string>,
): OscalFinding {
  const place = `line ${line}`;
  if (textOf(target) === undefined || target === undefined) {
    throw new FormatError("malformed", "the finding has no target", place);
  }
  if (textOf(state) === undefined || state === undefined) {
    throw new FormatError("malformed", "the target of the finding has no state", place);
  }
  return {
    target,
    title: plain(texts.get(TITLE)),
    state,
    reason: plain(texts.get(REMARKS)) ?? plain(texts.get(DESCRIPTION)),
    observations,
    place,
  };
}

/** Text without the white space that XML is laid out with. */
function plain(text: string | undefined): string | undefined {
  return textOf(text?.replaceAll(/\s+/g, " ").trim());
}
