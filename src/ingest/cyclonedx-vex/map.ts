import type { BomRoot, VexStatus } from "../../evidence/types.ts";
import { FormatError } from "../adapter.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { objectAt, objectsAt, textAt } from "../findings.ts";
import { instantOf, type JsonObject, objectsOf, stringsOf, textOf } from "../values.ts";
import type { StatedVex, VexTarget } from "../vex.ts";

/** `impactAnalysisState` of the specification. */
const STATES = new Map<string, VexStatus>([
  ["exploitable", "affected"],
  ["in_triage", "under-investigation"],
  ["false_positive", "not-affected"],
  ["not_affected", "not-affected"],
  ["resolved", "fixed"],
  ["resolved_with_pedigree", "fixed"],
]);

interface AnalysisContext {
  readonly references: ReadonlyMap<string, BomRoot>;
  /** When the document was made. */
  readonly madeAt: string | undefined;
  readonly warnings: DiagnosticList;
}

/**
 * What the analysis of a vulnerability states, by the status of the products: none without a state.
 *
 * @throws {FormatError} `malformed` where the state is none of the specification or the products cannot be read
 */
export function mapAnalysis(one: JsonObject, context: AnalysisContext, place: string): readonly StatedVex[] {
  const analysis = objectAt(one["analysis"] ?? {}, `${place}/analysis`);
  const name = textAt(one["id"], `${place}/id`);
  const { state } = analysis;
  if (state === undefined || state === null) {
    context.warnings.add("no-analysis", `nothing is stated of ${name}`, place);
    return [];
  }
  const status = STATES.get(textOf(state) ?? "");
  if (status === undefined) throw new FormatError("malformed", "it is no analysis state", `${place}/analysis/state`);
  const affects = objectsAt(one["affects"], `${place}/affects`);
  const products = affects.flatMap((target, index) => productsOf(target, status, context, `${place}/affects/${index}`));
  const byStatus = Map.groupBy(products, (product) => product.status);
  if (products.length === 0) byStatus.set(status, []);
  const aliases = objectsOf(one["references"]).flatMap(({ id }) => stringsOf(id));
  const at = instantOf(analysis["lastUpdated"]) ?? instantOf(analysis["firstIssued"]) ?? context.madeAt;
  return [...byStatus].map(([of, targets]) => ({
    vulnerability: name,
    aliases,
    targets,
    status: of,
    ...(of === "not-affected" ? reasonsOf(analysis, state) : { action: actionOf(one, analysis) }),
    at,
  }));
}

function reasonsOf(analysis: JsonObject, state: unknown): Pick<StatedVex, "justification" | "impact"> {
  const falsePositive = state === "false_positive" ? state : undefined;
  return { justification: textOf(analysis["justification"]) ?? falsePositive, impact: textOf(analysis["detail"]) };
}

function actionOf(one: JsonObject, analysis: JsonObject): string | undefined {
  const responses = stringsOf(analysis["response"]).join(", ");
  const advice = textOf(one["recommendation"]) ?? textOf(analysis["detail"]) ?? textOf(one["workaround"]);
  const parts = [responses, advice ?? ""].filter((part) => part !== "");
  return parts.length === 0 ? undefined : parts.join(": ");
}

/**
 * The product of a reference, with the versions that are listed for it, unless it is a component of this document, which
 * has its version. A reference into another document (BOM-Link) stays as it is.
 */
function productsOf(
  target: JsonObject,
  status: VexStatus,
  { references }: AnalysisContext,
  place: string,
): readonly (VexTarget & { readonly status: VexStatus })[] {
  const ref = textAt(target["ref"], `${place}/ref`);
  const identity = references.get(ref);
  const { name, version, purl } = identity ?? { name: ref };
  const product = purl ?? (version === undefined ? name : `${name}@${version}`);
  const versions = identity?.version === undefined ? objectsAt(target["versions"], `${place}/versions`) : [];
  if (versions.length === 0) return [{ product, subcomponents: [], status }];
  return versions.map((one, index) => {
    const written = textAt(one["version"] ?? one["range"], `${place}/versions/${index}`);
    return { product: `${product} ${written}`, subcomponents: [], status: statusOfVersion(one["status"], status) };
  });
}

/** `affected` only says that the vulnerability is about the version; the analysis says what that means. */
function statusOfVersion(stated: unknown, analysed: VexStatus): VexStatus {
  const harmless = analysed === "not-affected" || analysed === "fixed";
  if (stated === "unaffected" && !harmless) return "not-affected";
  return stated === "unknown" && harmless ? "under-investigation" : analysed;
}
