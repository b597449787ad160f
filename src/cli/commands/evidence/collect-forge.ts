import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { detectCi } from "../../../ci/provider.ts";
import { apiBase, createForgeApi, type ForgeApi, type ForgeApiOptions } from "../../../collect/forge/api.ts";
import { type CollectedAnswers, type CollectedFile, collectedFile } from "../../../collect/forge/files.ts";
import { collectGithub, GITHUB_FILES, type GithubPart } from "../../../collect/forge/github.ts";
import { collectGitlab, GITLAB_FILES, type GitlabPart } from "../../../collect/forge/gitlab.ts";
import { bundleGithub, bundleGitlab, type SavedFile } from "../../../collect/forge/saved.ts";
import { findFiles, readEvidenceFile } from "../../../ingest/files.ts";
import { instantOf } from "../../../ingest/values.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { GateError } from "../../../util/errors.ts";
import { DEFAULT_LIMITS } from "../../../util/limits.ts";
import type { CommandContext } from "../../context.ts";
import { writeOutput } from "../../write-file.ts";

interface ForgeFlags<Part extends string> {
  readonly output: string;
  readonly from: readonly string[];
  readonly network: boolean;
  readonly apiUrl?: string;
  readonly part: readonly Part[];
  readonly environment?: string;
  readonly since?: string;
}

export interface GithubFlags extends ForgeFlags<GithubPart> {
  readonly repository?: string;
  readonly pull?: string;
  readonly branch?: string;
}

export interface GitlabFlags extends ForgeFlags<GitlabPart> {
  readonly project?: string;
  readonly mergeRequest?: string;
}

/** `gate evidence collect github`: saved answers put together, or asked for where `--network` says so. */
export async function collectFromGithub(flags: GithubFlags, context: CommandContext): Promise<void> {
  const { repository, pull, branch } = flags;
  requireOneSource(flags, { "--repository": repository, "--pull": pull, "--branch": branch });
  if (!flags.network) return write(bundleGithub(await savedFiles(flags, context)), flags, context);
  const ci = ciOf("github", context);
  const parts: readonly GithubPart[] = flags.part.length > 0 ? flags.part : ["change", "protection", "rules"];
  await forget(
    parts.map((part) => GITHUB_FILES[part]),
    flags,
    context,
  );
  const wish = {
    repository: required(repository ?? ci?.repository, "repository", "--repository owner/name"),
    pull: pull ?? (branch === undefined ? ci?.change?.id : undefined),
    branch,
    parts,
    environment: flags.environment,
    since: sinceOf(flags.since),
  };
  await write(await collectGithub(githubApi(flags.apiUrl, context), wish), flags, context);
}

/** `gate evidence collect gitlab`: as {@link collectFromGithub}. */
export async function collectFromGitlab(flags: GitlabFlags, context: CommandContext): Promise<void> {
  const { project, mergeRequest } = flags;
  requireOneSource(flags, { "--project": project, "--merge-request": mergeRequest });
  if (!flags.network) return write(bundleGitlab(await savedFiles(flags, context)), flags, context);
  const ci = ciOf("gitlab", context);
  const parts: readonly GitlabPart[] = flags.part.length > 0 ? flags.part : ["change", "protection"];
  await forget(
    parts.map((part) => GITLAB_FILES[part]),
    flags,
    context,
  );
  const known = project ?? variable("CI_PROJECT_ID", context) ?? ci?.repository;
  const wish = {
    project: required(known, "project", "--project group/name"),
    request: mergeRequest ?? ci?.change?.id,
    parts,
    environment: flags.environment,
    since: sinceOf(flags.since),
  };
  await write(await collectGitlab(gitlabApi(flags.apiUrl, context), wish), flags, context);
}

/** Whoever names both does not know whether the network is asked. */
function requireOneSource(flags: ForgeFlags<string>, more: Readonly<Record<string, string | undefined>>): void {
  const { from, network, apiUrl, part, environment, since } = flags;
  if (from.length > 0 === network) {
    throw new GateError("usage", network ? "--from and --network exclude each other" : "nothing says where from", {
      hint: "Pass --from with saved answers; or --network, which asks the forge.",
    });
  }
  const wishes = { ...more, "--api-url": apiUrl, "--environment": environment, "--since": since, "--part": part[0] };
  const [name] = Object.entries(wishes).find(([, value]) => value !== undefined) ?? [];
  if (!network && name !== undefined) {
    throw new GateError("usage", `${name} is only for --network; of saved answers, all are taken`);
  }
}

function ciOf(provider: string, context: CommandContext) {
  const ci = detectCi(context.variables);
  return ci?.provider === provider ? ci : undefined;
}

function required(value: string | undefined, what: string, option: string): string {
  if (value !== undefined) return value;
  throw new GateError("usage", `no ${what} is named`, { hint: `Pass ${option}.` });
}

function sinceOf(text: string | undefined): string | undefined {
  const instant = instantOf(text);
  if (text === undefined || instant !== undefined) return instant;
  throw new GateError("usage", `--since ${text} is no time`, { hint: "Write it such as 2026-03-01T00:00:00Z." });
}

function githubApi(flag: string | undefined, context: CommandContext): ForgeApi {
  const token = tokenOf(["GITHUB_TOKEN"], context);
  return createForgeApi({
    base: baseOf(flag, "GITHUB_API_URL", "https://api.github.com", context),
    header: ["authorization", `Bearer ${token.value}`],
    headers: { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" },
    token: token.value,
    hint: hintOf("GITHUB_TOKEN"),
  });
}

function gitlabApi(flag: string | undefined, context: CommandContext): ForgeApi {
  const { name, value } = tokenOf(["GITLAB_TOKEN", "CI_JOB_TOKEN"], context);
  return createForgeApi({
    base: baseOf(flag, "CI_API_V4_URL", "https://gitlab.com/api/v4", context),
    header: [name === "CI_JOB_TOKEN" ? "job-token" : "private-token", value],
    token: value,
    hint: hintOf(name),
  });
}

function hintOf(name: string): ForgeApiOptions["hint"] {
  return `Let the token in ${name} read it (docs/collectors.md), or leave the part out with --part.`;
}

function baseOf(flag: string | undefined, name: string, fallback: string, context: CommandContext): URL {
  if (flag !== undefined) return apiBase(flag, "--api-url");
  const text = variable(name, context);
  return text === undefined ? apiBase(fallback, fallback) : apiBase(text, name);
}

/** Shorter ones would be found in any answer, and there are none. */
const SHORTEST_TOKEN = 8;

function tokenOf(names: readonly string[], context: CommandContext): { readonly name: string; readonly value: string } {
  const name = names.find((one) => variable(one, context) !== undefined);
  if (name === undefined) {
    throw new GateError("usage", `there is no token in ${names.join(" or ")}`, {
      hint: "Set it to one that may only read; docs/collectors.md says what.",
    });
  }
  const value = variable(name, context) ?? "";
  if (value.length >= SHORTEST_TOKEN && /^[\x21-\x7e]+$/.test(value)) return { name, value };
  throw new GateError("usage", `what is in ${name} is no token`, { hint: "Set it to the token alone." });
}

function variable(name: string, { variables }: CommandContext): string | undefined {
  return variables[name]?.trim() || undefined;
}

async function savedFiles({ from }: ForgeFlags<string>, { cwd }: CommandContext): Promise<readonly SavedFile[]> {
  const paths = new Set<string>();
  for (const pattern of from) {
    const found = await findFiles(pattern, cwd);
    if (found.length === 0) throw new GateError("evidence-not-found", `no file matches ${pattern} (--from)`);
    for (const path of found) paths.add(path);
  }
  return [...paths].toSorted().map((path) => ({ path, content: readEvidenceFile(path, cwd, DEFAULT_LIMITS) }));
}

/** What an earlier run left must not stand for what this one could not get. */
async function forget(
  names: readonly string[],
  { output }: ForgeFlags<string>,
  { cwd }: CommandContext,
): Promise<void> {
  for (const name of new Set(names)) await rm(resolve(cwd, output, name), { force: true });
}

/** Nothing is written before everything was read. */
async function write(answers: readonly CollectedAnswers[], { output }: ForgeFlags<string>, context: CommandContext) {
  const files = answers.map(collectedFile);
  for (const file of files) {
    const path = join(output, file.name);
    if (isNothing(file)) {
      await rm(resolve(context.cwd, path), { force: true });
      context.err(`${escapeTerminal(path)} is not written: there is nothing to say\n`);
      continue;
    }
    await writeOutput(context.cwd, path, file.text);
    const reasons = file.evidence.statusReasons.map(({ message }) => `  ${escapeTerminal(message)}\n`);
    context.out(
      `${escapeTerminal(path)}: ${file.evidence.kind} (${file.format})${partialMark(file)}\n${reasons.join("")}`,
    );
  }
}

/** A list without deployments could be a list of anything. */
function isNothing({ name, evidence }: CollectedFile): boolean {
  return name === GITHUB_FILES.deployments && evidence.status === "empty";
}

function partialMark({ evidence }: CollectedFile): string {
  return evidence.status === "partial" ? ", partial" : "";
}
