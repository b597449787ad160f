import { parsePackageUrl } from "../evidence/package-url.ts";
import { compileGlob } from "../util/glob.ts";
import { worsening } from "./covered.ts";
import type { DecisionGate, Violation } from "./types.ts";
import { parseVersionRange, type VersionMatcher } from "./version-range.ts";
import { fingerprintOfRepeat } from "./violations.ts";
import type { Waiver } from "./waivers.ts";

/** The violations of a gate that waivers can be meant for. */
export interface OpenViolations {
  readonly violations: readonly Violation[];
  /** Of these and of those in the baseline: a baseline that goes must not make a waiver mean more. */
  readonly fingerprints: ReadonlySet<string>;
}

/** Those of a gate. */
export function openViolations(gate: DecisionGate): OpenViolations {
  const violations = gate.violations.filter(({ baseline }) => baseline !== true);
  return { violations, fingerprints: new Set(gate.violations.map(({ fingerprint }) => fingerprint)) };
}

/** What a waiver is meant for, and for each why it does not accept it. */
export function matchedBy(
  waiver: Waiver,
  open: OpenViolations | undefined,
): ReadonlyMap<Violation, string | undefined> {
  if (open === undefined) return new Map();
  const isMeant = matcherOf(waiver, open);
  const inScope = pathScope(waiver.scope.paths);
  const matched = open.violations.filter((violation) => isMeant(violation) && inScope(violation));
  const tooMany =
    matched.length > waiver.occurrences ? `it covers ${waiver.occurrences}, and ${matched.length} match` : undefined;
  const { versions } = waiver.scope;
  const accepts = versions === undefined ? undefined : parseVersionRange(versions);
  return new Map(
    matched.map((violation) => [
      violation,
      tooMany ??
        worsening(violation, waiver) ??
        (versions === undefined ? undefined : outsideOf(violation, versions, accepts)),
    ]),
  );
}

function matcherOf({ fingerprint, match }: Waiver, open: OpenViolations): (violation: Violation) => boolean {
  if (fingerprint !== undefined) {
    const alike = repeatsOf(fingerprint, open.fingerprints);
    return (violation) => alike.has(violation.fingerprint);
  }
  if (match === undefined) return () => false;
  const { rule, package: name, path } = match;
  const isPath = path === undefined ? undefined : compileGlob(path);
  return (violation) =>
    (rule === undefined || violation.rule === rule) &&
    (name === undefined || nameOfPackage(violation.package) === nameOfPackage(name)) &&
    (path === undefined || (violation.location !== undefined && isPath?.(violation.location.path) === true));
}

/** A fingerprint and those of the violations that cannot be told from it. */
export function repeatsOf(fingerprint: string, present: ReadonlySet<string>): ReadonlySet<string> {
  const alike = new Set<string>();
  for (let next = fingerprint; present.has(next); next = fingerprintOfRepeat(fingerprint, alike.size + 1)) {
    alike.add(next);
  }
  return alike;
}

function pathScope(paths: readonly string[]): (violation: Violation) => boolean {
  if (paths.length === 0) return () => true;
  const matchers = paths.map(compileGlob);
  return ({ location }) => location !== undefined && matchers.some((matches) => matches?.(location.path) === true);
}

/** Type, namespace and name of a package URL; any other text as it is. */
function nameOfPackage(text: string | undefined): string | undefined {
  return text === undefined ? undefined : (parsePackageUrl(text)?.path ?? text);
}

function outsideOf(violation: Violation, range: string, accepts: VersionMatcher | undefined): string | undefined {
  const version = violation.package === undefined ? undefined : parsePackageUrl(violation.package)?.version;
  if (version === undefined) return `it is for the versions ${range}, and the finding's is not known`;
  return accepts?.(version) === true ? undefined : `the version ${version} is not in ${range}`;
}
