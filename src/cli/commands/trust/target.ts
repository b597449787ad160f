import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv } from "ajv";
import { readDecisionLeaf } from "../../../audit/entry.ts";
import type { StoreLocation } from "../../../audit/location.ts";
import { logExists, openAuditStore } from "../../../audit/open.ts";
import type { AuditStore } from "../../../audit/store.ts";
import { readGitState, repositoryRoot } from "../../../ci/git.ts";
import { detectCi } from "../../../ci/provider.ts";
import { resolveSubject } from "../../../ci/subject.ts";
import type { StatementSubject } from "../../../decision/statement.ts";
import type { Decision } from "../../../decision/types.ts";
import { compact } from "../../../util/compact.ts";
import { GateError } from "../../../util/errors.ts";
import { isRecord } from "../../../util/json.ts";
import type { CommandContext } from "../../context.ts";
import { decisionEntryOf, recordedDecision } from "../../decision-entry.ts";
import { refuseTampered } from "../../sound-store.ts";
import { type StoreFlags, storePath } from "../../store-path.ts";

export interface TargetFlags extends StoreFlags {
  readonly decision?: string;
  readonly commit?: string;
  readonly repository?: string;
  readonly component?: string;
}

/** What a statement is about. */
export interface Target {
  readonly commit: string;
  readonly repository?: string;
  /** The part of the repository; missing for the whole. */
  readonly component?: string;
  /** Missing where there is none for this commit and environment. */
  readonly decision?: Decision;
}

/** How far back a decision is looked for. */
const MOST_ENTRIES = 10_000;

/**
 * Finds what a statement is about: the decision that was named, else the last one of the environment and of the commit, if
 * one is named; else only a commit.
 *
 * @throws {GateError} `usage` where the decision is not there or is about something else, or the commit is not known;
 *   `audit-corrupt` where the log was tampered with
 */
export async function findTarget(environment: string, flags: TargetFlags, context: CommandContext): Promise<Target> {
  const decision =
    flags.decision === undefined
      ? await lastDecision(environment, flags, context)
      : await namedDecision(flags.decision, flags, context);
  if (decision === undefined) return bareTarget(flags, context);
  const { commit, repository, component } = decision.subject;
  if (decision.environment !== environment) {
    throw new GateError("usage", `the decision is about ${decision.environment}, not about ${environment}`);
  }
  if (commit === undefined) throw new GateError("usage", "the decision does not know its commit");
  for (const [flag, asked, is] of [
    ["--commit", flags.commit, commit],
    ["--repository", flags.repository, repository],
    ["--component", flags.component, component],
  ] as const) {
    if (asked !== undefined && is !== undefined && asked !== is) {
      throw new GateError("usage", `the decision is about ${is}, not about the ${asked} of ${flag}`);
    }
  }
  const named = repository ?? flags.repository;
  return { commit, decision, ...compact({ repository: named, component: component ?? flags.component }) };
}

/** What a statement says that it is about. */
export function subjectOf({ commit, repository, component }: Target, environment: string): StatementSubject {
  return { ...compact({ repository, component }), commit, environment };
}

async function bareTarget(flags: TargetFlags, context: CommandContext): Promise<Target> {
  const root = repositoryRoot(context.cwd);
  const git = root === undefined ? undefined : await readGitState(root, context.variables);
  const { commit, repository } = resolveSubject({ ...flags, artifacts: [] }, detectCi(context.variables), git);
  if (commit === undefined) {
    throw new GateError("usage", "the commit is not known", { hint: "Name a decision or pass --commit." });
  }
  return { commit, ...compact({ repository, component: flags.component }) };
}

async function namedDecision(reference: string, flags: TargetFlags, context: CommandContext): Promise<Decision> {
  const file = resolve(context.cwd, reference);
  if (existsSync(file)) return decisionFile(file, reference, context);
  return inStore(await storePath(flags, context), context, async (store) => {
    return (await recordedDecision(await decisionEntryOf(reference, store), store)).decision;
  });
}

async function lastDecision(
  environment: string,
  flags: TargetFlags,
  context: CommandContext,
): Promise<Decision | undefined> {
  const path = await storePath(flags, context);
  if (!(await logExists(path))) return undefined;
  return inStore(path, context, async (store) => {
    for await (const entry of store.entries({ kind: "decision", last: MOST_ENTRIES })) {
      const { environment: about, subject } = readDecisionLeaf(entry);
      const fits = about === environment && (flags.commit === undefined || flags.commit === subject.commit);
      const ours = flags.repository === undefined || flags.repository === subject.repository;
      const part = flags.component === undefined || flags.component === subject.component;
      if (fits && ours && part) return (await recordedDecision(entry, store)).decision;
    }
    return undefined;
  });
}

async function inStore<T>(
  path: StoreLocation,
  context: CommandContext,
  use: (store: AuditStore) => Promise<T>,
): Promise<T> {
  await refuseTampered(path, context);
  const store = await openAuditStore({ path, mode: "read" });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** What `gate check --output json=FILE` wrote, for whoever approves where the log is not. */
function decisionFile(path: string, label: string, context: CommandContext): Decision {
  const schema: unknown = JSON.parse(
    readFileSync(join(context.installation.schemas, "decision.v1.schema.json"), "utf8"),
  );
  if (!isRecord(schema)) throw new GateError("internal", "the schema of decisions is not an object");
  const validate = new Ajv({ strict: false }).compile<Decision>(schema);
  const value = parseJson(path);
  if (validate(value)) return value;
  throw new GateError("usage", `${label} is no decision`, {
    hint: "It has to be what `gate check --output json=FILE` writes.",
  });
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
