import { runGit } from "../../../ci/git.ts";
import type { WaiverEntry } from "../../../config/waivers.ts";
import type { Environment } from "../../../decision/environment.ts";
import type { Decision, DecisionGate, Violation } from "../../../decision/types.ts";
import { parseVersionRange } from "../../../decision/version-range.ts";
import { matchedBy, openViolations, repeatsOf } from "../../../decision/waiver-match.ts";
import { approversOf, waiverProblems, whyExpired } from "../../../decision/waiver-terms.ts";
import { isForEnvironment, type Waiver } from "../../../decision/waivers.ts";
import { parsePackageUrl } from "../../../evidence/package-url.ts";
import { severityRank } from "../../../evidence/severity.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { count, placeOf } from "../../../output/summary.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { type DecisionFlags, readLastDecision } from "../../last-decision.ts";
import { writeOutput } from "../../write-file.ts";
import { asFound, didYouMean, environmentOf, openSetting, readWaivers, type Setting, textOf } from "./setting.ts";

export interface AddFlags extends DecisionFlags {
  readonly gate?: string;
  readonly rule?: string;
  readonly package?: string;
  readonly path?: string;
  readonly reason: string;
  readonly ticket: string;
  readonly owner: string;
  readonly requestedBy?: string;
  readonly approvedBy: readonly string[];
  readonly expires?: string;
  readonly env?: string;
  readonly id?: string;
}

const DAY_MS = 86_400_000;

/** Violations that are listed. */
const LISTED = 5;

/**
 * `gate waiver add`: writes a waiver of what the last decision found into waivers.yaml. It covers that and no more: its
 * severity, number, versions and figures are those of the decision.
 *
 * @throws {GateError} `usage` for one that could never count
 */
export async function add(fingerprint: string | undefined, flags: AddFlags, context: CommandContext): Promise<void> {
  const setting = await openSetting(flags.config, context);
  const { decision } = await readLastDecision(flags, flags.env, context);
  const environment = environmentOf(flags.env ?? decision.environment, setting);
  const { gate, violations, ...chosen } = chosenBy(fingerprint, flags, decision, setting);
  const entry: WaiverEntry = {
    id: flags.id ?? freeId(gate, setting, context.clock.now()),
    gate,
    ...chosen,
    ...coverOf(violations),
    reason: flags.reason,
    ticket: flags.ticket,
    owner: flags.owner,
    requested_by: flags.requestedBy ?? (await gitAddress(context)),
    approved_by: flags.approvedBy,
    ...datesOf(flags.expires, environment, context.clock.now()),
    scope: { environments: [environment.name], ...versionsOf(violations) },
  };
  const { file, config } = setting;
  file.document.addIn(["waivers"], file.document.createNode(entry));
  // The list of a new file is written on one line.
  const list: unknown = file.document.get("waivers");
  if (typeof list === "object" && list !== null && "flow" in list) list.flow = false;
  const text = textOf(file);
  const waiver = readWaivers(Buffer.from(text), config, context).waivers.find(({ id }) => id === entry.id);
  if (waiver === undefined) throw new GateError("internal", "the waiver is not in what was written");
  refuse(waiver, setting, environment, decision, context.clock.now());
  await writeOutput(context.cwd, setting.path, text);
  context.out(summary(waiver, violations, setting, environment));
}

interface Chosen {
  readonly gate: string;
  readonly fingerprint?: string;
  readonly match?: NonNullable<Waiver["match"]>;
  readonly violations: readonly Violation[];
}

/** What is to be covered, as it was found. */
function chosenBy(fingerprint: string | undefined, flags: AddFlags, decision: Decision, setting: Setting): Chosen {
  const { rule, package: name, path, gate } = flags;
  const match = {
    ...(rule === undefined ? {} : { rule }),
    ...(name === undefined ? {} : { package: name }),
    ...(path === undefined ? {} : { path }),
  };
  const matches = Object.keys(match).length > 0;
  if ((fingerprint === undefined) !== matches)
    throw new GateError("usage", "say what to waive: a fingerprint, or --gate with --rule, --package or --path", {
      hint: `\`gate explain\` and \`gate audit show ${decision.id} --format json\` list fingerprints.`,
    });
  if (gate !== undefined && !setting.gates.includes(gate))
    throw new GateError("usage", `there is no gate "${gate}"`, didYouMean(gate, setting.gates));
  if (fingerprint !== undefined) return byFingerprint(fingerprint, gate, decision);
  if (gate === undefined) throw new GateError("usage", "--rule, --package and --path need --gate");
  const found = asFound(decision).find(({ id }) => id === gate);
  const probe = { ...PROBE, gate, match };
  const violations = [...matchedBy(probe, found === undefined ? undefined : openViolations(found)).keys()];
  if (violations.length > 0) return { gate, match, violations };
  throw new GateError("usage", `no violation of ${gate} in the decision ${decision.id} matches`, {
    hint: "Only what was found can be waived; name another decision with --decision.",
  });
}

/** A waiver that accepts everything, for a look at what one is meant for. */
const PROBE: Waiver = {
  id: "probe",
  gate: "",
  severity: "critical",
  occurrences: Number.MAX_SAFE_INTEGER,
  reason: "",
  ticket: "",
  owner: "",
  requestedBy: "",
  approvedBy: [],
  created: "",
  expires: "",
  scope: { environments: [], paths: [] },
  source: "",
};

function byFingerprint(text: string, gate: string | undefined, decision: Decision): Chosen {
  const start = text.startsWith("sha256:") ? text : `sha256:${text}`;
  const gates = asFound(decision);
  const found = gates
    .filter(({ id }) => gate === undefined || id === gate)
    .flatMap(({ id, violations }) => violations.map((violation) => ({ gate: id, violation })))
    .filter(({ violation }) => violation.fingerprint.startsWith(start) && violation.baseline !== true);
  const [first, second] = found;
  if (first === undefined) {
    throw new GateError(
      "usage",
      `the decision ${decision.id} has no open violation whose fingerprint starts with ${text}`,
      {
        hint: "Only what was found can be waived; name another decision with --decision.",
      },
    );
  }
  if (second !== undefined) {
    const several = found.map(({ violation }) => violation.fingerprint.slice(0, start.length + 4)).slice(0, LISTED);
    throw new GateError("usage", `more than one fingerprint starts with ${text}`, {
      hint: `Such as ${several.join(", ")}.`,
    });
  }
  return alikeOf(first.gate, first.violation, gates);
}

/** A violation with all that cannot be told from it: a waiver counts them together. */
function alikeOf(gate: string, violation: Violation, gates: readonly DecisionGate[]): Chosen {
  const found = gates.find(({ id }) => id === gate);
  if (found === undefined) return { gate, fingerprint: violation.fingerprint, violations: [violation] };
  const { violations, fingerprints } = openViolations(found);
  const isBefore = ({ fingerprint }: Violation): boolean =>
    fingerprint !== violation.fingerprint && repeatsOf(fingerprint, fingerprints).has(violation.fingerprint);
  const { fingerprint } = violations.find(isBefore) ?? violation;
  const alike = repeatsOf(fingerprint, fingerprints);
  return { gate, fingerprint, violations: violations.filter((other) => alike.has(other.fingerprint)) };
}

/** As much as was found, and no more. */
function coverOf(violations: readonly Violation[]): Pick<WaiverEntry, "severity" | "occurrences" | "value"> {
  const [gravest] = violations.toSorted((a, b) => severityRank(a.severity) - severityRank(b.severity));
  const measured = violations.flatMap((violation) => violation.measured ?? []);
  if (measured.length > 0 && measured.length < violations.length)
    throw new GateError("usage", "some of these violations state a figure and others do not; waive them one by one");
  const values = measured.map(({ value }) => value);
  const worst = measured[0]?.better === "higher" ? Math.min(...values) : Math.max(...values);
  return {
    severity: gravest?.severity ?? "unknown",
    ...(measured.length === 0 ? {} : { value: worst }),
    ...(violations.length === 1 ? {} : { occurrences: violations.length }),
  };
}

/** The versions that were found, where every violation has one that a range can name. */
function versionsOf(violations: readonly Violation[]): { readonly versions?: string } {
  const versions = violations.map(({ package: name }) =>
    name === undefined ? undefined : parsePackageUrl(name)?.version,
  );
  if (versions.includes(undefined)) return {};
  const range = [...new Set(versions)].join(" || ");
  return parseVersionRange(range) === undefined ? {} : { versions: range };
}

/** From today on, and as long as the environment allows where nothing else is said. Both days count. */
function datesOf(
  expires: string | undefined,
  { waivers: { lifetimeMs } }: Environment,
  now: Date,
): Pick<WaiverEntry, "created" | "expires"> {
  const created = now.toISOString().slice(0, "YYYY-MM-DD".length);
  const days = Math.floor(lifetimeMs / DAY_MS);
  if (expires !== undefined) return { created, expires };
  if (days === 0) return { created: now.toISOString(), expires: new Date(now.getTime() + lifetimeMs).toISOString() };
  const last = new Date(Date.parse(created) + (days - 1) * DAY_MS);
  return { created, expires: last.toISOString().slice(0, created.length) };
}

function freeId(gate: string, { file }: Setting, now: Date): string {
  const taken = new Set(file.waivers.map(({ id }) => id));
  const stem = `${gate}-${now.toISOString().slice(0, "YYYY-MM-DD".length)}`;
  for (let number = 1; ; number++) if (!taken.has(`${stem}-${number}`)) return `${stem}-${number}`;
}

async function gitAddress({ cwd, variables }: CommandContext): Promise<string> {
  try {
    const address = (await runGit(cwd, variables, ["config", "user.email"])).toString("utf8").trim();
    if (address !== "") return address;
  } catch {
    // Without git the user has to say it.
  }
  throw new GateError("usage", "git does not know who you are", { hint: "Pass --requested-by." });
}

/** Refuses a waiver that could not count, however many people approve it. */
function refuse(
  waiver: Waiver,
  { people, file }: Setting,
  environment: Environment,
  decision: Decision,
  now: Date,
): void {
  const terms = { rules: { ...environment.waivers, quorum: 0 }, people, authors: undefined, now };
  const { objections } = approversOf(waiver, environment.waivers, people, []);
  const problems = [whyExpired(waiver, now) ?? [], waiverProblems(waiver, terms), objections].flat();
  const gate = asFound(decision).find(({ id }) => id === waiver.gate);
  const open = gate === undefined ? undefined : openViolations(gate);
  const meant = matchedBy(waiver, open);
  for (const other of file.waivers.filter(
    (one) => isForEnvironment(one, environment.name) && one.gate === waiver.gate,
  )) {
    const matched = matchedBy(other, open);
    const objection = [...meant.keys()].map((violation) => matched.get(violation)).find((why) => why !== undefined);
    if (objection !== undefined)
      problems.push(`${other.id} (${other.source}) is for it as well and stricter: ${objection}`);
  }
  if (problems.length === 0) return;
  throw new GateError("usage", `the waiver could not count in ${environment.name}: ${problems.join("; ")}`, {
    hint: "Nothing was written. See docs/waivers.md.",
  });
}

function summary(
  waiver: Waiver,
  violations: readonly Violation[],
  { config, people }: Setting,
  { name, waivers }: Environment,
): string {
  const { approvers } = approversOf(waiver, waivers, people, []);
  const lines = [
    `Wrote ${waiver.id} to ${config.waivers.path}: ${count(violations.length, "violation")} of ${waiver.gate} in ${name}, until ${waiver.expires}.`,
    ...violations.slice(0, LISTED).map((violation) => {
      const place = placeOf(violation);
      return `${violation.severity}: ${place === "" ? "" : `${place}: `}${violation.message}`;
    }),
    ...(violations.length > LISTED ? [`and ${violations.length - LISTED} more`] : []),
    `Approved by ${approvers} of ${waivers.quorum}.${approvers < waivers.quorum ? " It counts when there are enough in `approved_by`." : ""}`,
  ];
  return lines
    .map((line, index) => `${index === 0 || index === lines.length - 1 ? "" : "  "}${escapeTerminal(line)}\n`)
    .join("");
}
