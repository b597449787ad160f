import { readDecisionLeaf } from "../../../audit/entry.ts";
import type { StoreLocation } from "../../../audit/location.ts";
import { openAuditStore } from "../../../audit/open.ts";
import type { AuditStore, Entry } from "../../../audit/store.ts";
import { findConfig, loadConfig } from "../../../config/load.ts";
import type { Config } from "../../../config/types.ts";
import { type Assessment, type Assessor, createAssessor, unknown } from "../../../impact/assess.ts";
import { formatImpact } from "../../../impact/human.ts";
import { renderImpact } from "../../../impact/markdown.ts";
import { IMPACT_SCHEMA, type Impact } from "../../../impact/model.ts";
import { summarise } from "../../../impact/summary.ts";
import { flipped } from "../../../impact/words.ts";
import type { LocatedBundle } from "../../../policy/bundle.ts";
import { loadPolicies, type PolicySelection } from "../../../policy/load.ts";
import { readRecorded } from "../../../replay/recorded.ts";
import { openCache } from "../../../util/cache.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { parseDay } from "../../day.ts";
import { EXIT } from "../../exit-code.ts";
import { type OwnPolicies, openPolicies, ownPolicies } from "../../own-policies.ts";
import { refuseTampered } from "../../sound-store.ts";
import { type StoreFlags, storePath } from "../../store-path.ts";
import { parseOutputFlags, writeOutput } from "../../write-file.ts";
import { configuredPolicies, selectedPolicies } from "./selection.ts";

/** The outputs by name. */
const IMPACT_OUTPUTS = {
  human: formatImpact,
  json: (built: Impact) => `${JSON.stringify(built, null, 2)}\n`,
  markdown: renderImpact,
} as const satisfies Record<string, (built: Impact) => string>;

type ImpactOutput = keyof typeof IMPACT_OUTPUTS;

export interface ImpactFlags extends StoreFlags {
  readonly policy: readonly string[];
  /** False with `--no-builtin`. */
  readonly builtin: boolean;
  readonly since: string;
  readonly env?: string;
  readonly format: ImpactOutput;
  readonly output: readonly string[];
  readonly failOn?: "flip" | "block";
}

/**
 * `gate policy impact`: what other policies would have made of recorded decisions. Exit 1 where `--fail-on` asks for it,
 * and 2 where it asks and no decision could be re-evaluated.
 */
export async function impact(flags: ImpactFlags, context: CommandContext): Promise<void> {
  const files = parseOutputFlags(flags.output, IMPACT_OUTPUTS);
  const since = parseSince(flags.since, context.clock.now());
  const configured = await optionalConfig(flags, context);
  const path = await storePath(flags, context);
  await refuseTampered(path, context);
  const selection = await selectionOf(flags, context);
  const policies = await loadPolicies(selection, context);
  const found = await assessAll({ path, policies, configured, since, flags }, context);
  const built: Impact = {
    schema: IMPACT_SCHEMA,
    log: found.log,
    policy: {
      digest: policies.bundle.digest,
      source: sourceOf(selection),
      toolchain: policies.bundle.toolchain,
    },
    since: since.toISOString(),
    ...(flags.env === undefined ? {} : { environment: flags.env }),
    ...summarise(found.assessments),
  };
  for (const output of files) {
    await writeOutput(context.cwd, output.path, IMPACT_OUTPUTS[output.format](built));
    context.err(`Wrote ${output.path}\n`);
  }
  if (files.length === 0) context.out(IMPACT_OUTPUTS[flags.format](built));
  if (flags.failOn !== undefined) context.exit(exitCodeOf(built, flags.failOn));
}

interface AssessRequest {
  readonly path: StoreLocation;
  readonly policies: LocatedBundle;
  readonly configured: Config | undefined;
  readonly since: Date;
  readonly flags: ImpactFlags;
}

async function assessAll(
  { path, policies, configured, since, flags }: AssessRequest,
  context: CommandContext,
): Promise<{ readonly assessments: readonly Assessment[]; readonly log: Impact["log"] }> {
  const next = await openPolicies(policies, context);
  const store = await openAuditStore({ path, mode: "read" });
  const own = ownPolicies(store, context);
  try {
    const current =
      configured === undefined ? undefined : { file: configured.path, environments: configured.environments };
    const assessor = createAssessor(next.policies, current);
    const assessments: Assessment[] = [];
    for await (const entry of store.entries({ kind: "decision" })) {
      const { evaluatedAt, environment } = readDecisionLeaf(entry);
      if (Date.parse(evaluatedAt) < since.getTime()) continue;
      if (flags.env !== undefined && environment !== flags.env) continue;
      assessments.push(await assess(entry, store, assessor, own));
    }
    const { origin, size } = await store.head();
    return { assessments, log: { origin, size } };
  } finally {
    await Promise.all([store.close(), next.runtime.close(), own.close()]);
  }
}

async function assess(entry: Entry, store: AuditStore, assessor: Assessor, own: OwnPolicies): Promise<Assessment> {
  const { index } = entry;
  const recorded = await readRecorded(entry, store);
  if (recorded.status === "whole") {
    const { decision, inputs, documents } = recorded;
    return assessor.assess({ index, decision }, { inputs, documents }, await own.of(decision));
  }
  const { decision, missing } = recorded;
  return decision === undefined ? unread(entry, missing) : unknown({ index, decision }, [missing]);
}

/** A decision of which only the leaf is left. */
function unread(entry: Entry, missing: string): Assessment {
  const { outcome, environment, subject, evaluatedAt } = readDecisionLeaf(entry);
  return {
    impact: {
      index: entry.index,
      id: entry.id,
      evaluatedAt,
      environment,
      ...(subject.repository === undefined ? {} : { repository: subject.repository }),
      ...(subject.commit === undefined ? {} : { commit: subject.commit }),
      before: outcome,
      effect: "cannot-be-re-evaluated",
      reasons: [missing],
      gates: [],
    },
    added: [],
  };
}

/** Without one, the store has to be named. */
async function optionalConfig(flags: ImpactFlags, context: CommandContext): Promise<Config | undefined> {
  try {
    const file = findConfig(context.cwd, flags.config);
    return await loadConfig(file, context.installation.schemas, openCache(context.cacheFolder));
  } catch (error) {
    const named = flags.store !== undefined && flags.config === undefined;
    if (named && error instanceof GateError && error.code === "config-not-found") return undefined;
    throw error;
  }
}

/** The policies of gate.yaml, with what the flags put in their place. */
async function selectionOf(flags: ImpactFlags, context: CommandContext): Promise<PolicySelection> {
  const configured = await configuredPolicies(flags.config, context);
  const { folders } = flags.policy.length === 0 ? configured : await selectedPolicies(flags.policy, context);
  return { ...configured, folders, builtin: flags.builtin && configured.builtin };
}

function sourceOf({ builtin, folders, packages = [] }: PolicySelection): string {
  return [...(builtin ? ["builtin"] : []), ...[...folders, ...packages].map(({ label }) => label)].join(", ");
}

const SINCE_UNITS = { d: 86_400_000, h: 3_600_000 } as const;

/** @throws {GateError} `usage` where it is neither a span nor a day */
function parseSince(text: string, now: Date): Date {
  const [, number, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  if (number === undefined) return new Date(parseDay(text, "--since (unless it is like 90d or 12h)"));
  return new Date(now.getTime() - Number(number) * (unit === "h" ? SINCE_UNITS.h : SINCE_UNITS.d));
}

function exitCodeOf(built: Impact, failOn: "flip" | "block") {
  const { effects } = built.summary;
  if (failOn === "block" ? effects["newly-blocked"] > 0 : flipped(built).length > 0) return EXIT.negative;
  return built.decisions.some(({ after }) => after !== undefined) ? EXIT.ok : EXIT.noAnswer;
}
