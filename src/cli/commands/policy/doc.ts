import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { collectionsPage } from "../../../catalogue/collections.ts";
import { gatePage, indexPage } from "../../../catalogue/page.ts";
import type { GateProfile } from "../../../catalogue/profile.ts";
import { type ExecutedExample, runExample } from "../../../decision/examples/execute.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { count } from "../../../output/summary.ts";
import type { EvaluationSession } from "../../../policy/evaluate.ts";
import { GateError, type Issue, messageOf, systemCodeOf } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT } from "../../exit-code.ts";
import { writeOutput } from "../../write-file.ts";
import { loadProfiles, type ProfiledPolicies } from "./profiles.ts";
import { selectedPolicies } from "./selection.ts";
import { openSession } from "./session.ts";

const INDEX = "README.md";
const COLLECTIONS = "collections.md";

export interface PolicyDocFlags {
  /** Folder of the pages. */
  readonly output: string;
  readonly check: boolean;
}

/** `gate policy doc`: a page for each gate; with `--check` exit 1 where one is stale, missing or of no gate. */
export async function doc(folders: readonly string[], flags: PolicyDocFlags, context: CommandContext): Promise<void> {
  const profiled = await loadProfiles(await selectedPolicies(folders, context), context);
  const pages = await pagesOf(profiled, context);
  if (flags.check) {
    const stale = stalePages(resolve(context.cwd, flags.output), pages);
    for (const problem of stale) context.out(`${escapeTerminal(`${flags.output}/${problem}`)}\n`);
    context.out(
      stale.length === 0 ? `${count(pages.size, "page")}, all as they should be.\n` : "Run `gate policy doc`.\n",
    );
    if (stale.length > 0) context.exit(EXIT.negative);
    return;
  }
  for (const [name, page] of pages) await writeOutput(context.cwd, join(flags.output, name), page);
  context.out(`Wrote ${count(pages.size, "page")} to ${escapeTerminal(flags.output)}\n`);
}

/** The pages by file name. */
async function pagesOf(
  { located, profiles }: ProfiledPolicies,
  context: CommandContext,
): Promise<ReadonlyMap<string, string>> {
  const { session, runtime } = await openSession(located, context);
  try {
    const pages = new Map([[INDEX, indexPage(profiles)]]);
    const issues: Issue[] = [];
    for (const profile of profiles) {
      const executed = await runExamples(profile, session);
      issues.push(...issuesOf(profile, executed));
      pages.set(`${profile.gate.id}.md`, gatePage(profile, executed));
    }
    const { collections } = located.bundle;
    if (collections.length > 0) pages.set(COLLECTIONS, collectionsPage(collections));
    if (issues.length === 0) return pages;
    throw new GateError("policy-invalid", "examples do not hold, so there is nothing to document", { issues });
  } finally {
    await runtime.close();
  }
}

async function runExamples(
  { gate, examples }: GateProfile,
  session: EvaluationSession,
): Promise<readonly ExecutedExample[]> {
  const executed: ExecutedExample[] = [];
  for (const example of examples) executed.push(await runExample(session, gate.id, example));
  return executed;
}

function issuesOf({ gate }: GateProfile, executed: readonly ExecutedExample[]): readonly Issue[] {
  return executed.flatMap(({ example, problems }) =>
    problems.map((problem) => ({ message: `${gate.id}, "${example.name}": ${problem}`, file: gate.path })),
  );
}

/** What is wrong with a folder of pages, a line each. */
function stalePages(folder: string, pages: ReadonlyMap<string, string>): readonly string[] {
  const there = pageNames(folder);
  const stale = [...pages].flatMap(([name, page]) => {
    if (!there.includes(name)) return `${name} is missing`;
    return readFileSync(join(folder, name), "utf8") === page ? [] : `${name} is stale`;
  });
  return [...stale, ...there.filter((name) => !pages.has(name)).map((name) => `${name} is of no gate`)];
}

function pageNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".md"));
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") return [];
    throw new GateError("output-failed", `${folder} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
