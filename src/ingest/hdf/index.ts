import type { ParsedEvidence, Tool } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { assessmentEvidence } from "../assessment.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { objectAt } from "../findings.ts";
import { splitJson } from "../json.ts";
import { earlierOf, isObject, type JsonObject, objectOf, textOf } from "../values.ts";
import { type MappedControl, mapControl } from "./map.ts";

/** What `inspec exec --reporter json` writes, and what the converters of Heimdall and SAF make of other reports (OHDF). */
export const hdf = {
  id: "hdf",
  title: "InSpec JSON (OHDF)",
  kind: "assessment",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{") || !/"profiles"\s*:\s*\[/.test(text)) {
    return { confidence: "no", reason: "it has no list of profiles" };
  }
  if (/"platform"\s*:\s*\{|"statistics"\s*:\s*\{/.test(text)) {
    return { confidence: "certain", reason: "it has profiles, and a platform or statistics" };
  }
  return { confidence: "likely", reason: "it has a list of profiles" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const report = splitJson(bytes, limits, ["profiles", "*", "controls"]);
  const { document } = report;
  if (!isObject(document) || !Array.isArray(document["profiles"])) {
    throw new FormatError("not-this-format", "it has no list of profiles");
  }
  const [reasons, warnings] = [createDiagnostics(), createDiagnostics()];
  const profiles = document["profiles"].map((profile: unknown, index) => objectAt(profile, `/profiles/${index}`));
  const listed: MappedControl[] = [];
  for (const [index, profile] of profiles.entries()) {
    const place = `/profiles/${index}/controls`;
    if (!Array.isArray(profile["controls"])) throw new FormatError("malformed", "it is not an array", place);
    let at = 0;
    for (const control of report.elements(place)) {
      listed.push(mapControl(objectAt(control, `${place}/${at}`), profile, `${place}/${at}`, warnings));
      at++;
    }
  }
  const controls = withoutCopies(listed);
  return assessmentEvidence(
    {
      controls: controls.map(({ found }) => found),
      tools: toolsOf(document),
      producedAt: controls.map(({ startedAt }) => startedAt).reduce(earlierOf, undefined),
      status: statusOf(profiles, controls, reasons, warnings),
      reasons,
      warnings,
      inconsistencies: createDiagnostics(),
      // Whole reports of other tools, with whatever is in them.
      redactions: document["passthrough"] === undefined ? 0 : 1,
    },
    limits,
  );
}

/**
 * An overlay lists the controls of the profile that it depends on again, without results: those count where they were
 * run. Parents come before what they depend on, and the names by which they say so are not always those of profiles.
 */
function withoutCopies(listed: readonly MappedControl[]): readonly MappedControl[] {
  const judged = new Set(listed.flatMap(({ found }) => (found.observations > 0 ? [found.id] : [])));
  const last = new Map(listed.map((control) => [control.found.id, control]));
  return listed.filter((control) => {
    const { id, observations } = control.found;
    return !control.overlay || observations > 0 || !(judged.has(id) || last.get(id) !== control);
  });
}

/** A profile that failed to load has no results; one for another platform is skipped. */
function statusOf(
  profiles: readonly JsonObject[],
  controls: readonly MappedControl[],
  reasons: DiagnosticList,
  warnings: DiagnosticList,
): "partial" | "empty" | undefined {
  for (const [index, { name, status, status_message: message, skip_message: skipped }] of profiles.entries()) {
    const why = `${textOf(name) ?? "a profile"}: ${textOf(message) ?? textOf(skipped) ?? "no reason is given"}`;
    if (status === "failed") reasons.add("profile-failed", why, `/profiles/${index}`);
    else if (status === "skipped") warnings.add("profile-skipped", why, `/profiles/${index}`);
  }
  const failed = reasons.list().length > 0;
  if (controls.some(({ found }) => found.observations > 0)) return failed ? "partial" : undefined;
  reasons.add("no-results", "not one control has a result");
  return "empty";
}

/** InSpec does not name itself; converters write their name as that of the platform. */
function toolsOf(document: JsonObject): readonly Tool[] {
  const platform = textOf(objectOf(document["platform"])["name"]) ?? "";
  const version = textOf(document["version"]);
  const name = /heimdall|hdf|saf\b/i.test(platform) ? platform : "InSpec";
  return [version === undefined ? { name } : { name, version }];
}
