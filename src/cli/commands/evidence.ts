import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseEvidenceFlag } from "../../check.ts";
import { readGitState, repositoryRoot } from "../../ci/git.ts";
import { detectCi } from "../../ci/provider.ts";
import { resolveSubject } from "../../ci/subject.ts";
import { assessEvidence, evidenceRecord } from "../../decision/evidence.ts";
import { BINDING_SUFFIX, createBinding } from "../../evidence/binding.ts";
import { sha256 } from "../../evidence/canonical.ts";
import type { EvidenceDocument } from "../../evidence/types.ts";
import { ADAPTERS, detectFormat, ingest } from "../../ingest/index.ts";
import { escapeTerminal } from "../../output/escape.ts";
import { GateError, messageOf } from "../../util/errors.ts";
import { DEFAULT_LIMITS } from "../../util/limits.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit-code.ts";
import { writeOutput } from "../write-file.ts";

/** `gate evidence formats`: what can be read. */
export function formats(context: CommandContext): void {
  const width = Math.max(...ADAPTERS.map(({ id }) => id.length));
  for (const { id, title, kind } of ADAPTERS.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    context.out(`${id.padEnd(width)}  ${kind.padEnd(8)}  ${title}\n`);
  }
}

/** `gate evidence show`: what a check would know of some files, for a person or, with `json`, for a program. */
export async function show(
  sources: readonly string[],
  flags: { readonly json: boolean },
  context: CommandContext,
): Promise<void> {
  const { cwd } = context;
  const requests = sources.map((source) => parseEvidenceFlag(source, "argument"));
  const { documents } = await ingest(requests, { cwd, limits: DEFAULT_LIMITS, stdin: context.stdin, root: cwd });
  for (const document of documents) {
    context.out(flags.json ? `${JSON.stringify(document)}\n` : `${documentText(document)}\n`);
  }
}

function documentText(document: EvidenceDocument): string {
  const { path, tool, kind, format, status, toolStatus, reasons, counts, id } = evidenceRecord(
    assessEvidence(document, { artifacts: [], source: "none" }),
  );
  const by = [tool.name, tool.version].filter(Boolean).join(" ");
  const { warnings, inconsistencies, redactions } = document.quality;
  return [
    `${path}: ${kind} (${format})${by === "" ? "" : `, ${by}`}`,
    `  ${status}, the tool says ${toolStatus}`,
    ...reasons.map((reason) => `  because ${reason}`),
    ...Object.entries(counts).map(([name, count]) => `  ${name}: ${count}`),
    ...inconsistencies.map(({ message }) => `  inconsistent: ${message}`),
    ...warnings.map(({ message }) => `  warning: ${message}`),
    ...(redactions === 0 ? [] : [`  redacted: ${redactions}`]),
    `  ${id}`,
  ]
    .map(escapeTerminal)
    .join("\n");
}

export interface BindFlags {
  readonly commit?: string;
  readonly repository?: string;
}

/** `gate evidence bind`: writes beside each file for which commit it was made, and when. */
export async function bind(files: readonly string[], flags: BindFlags, context: CommandContext): Promise<void> {
  const root = repositoryRoot(context.cwd);
  const git = root === undefined ? undefined : await readGitState(root, context.variables);
  const { commit, repository } = resolveSubject({ ...flags, artifacts: [] }, detectCi(context.variables), git);
  if (commit === undefined) {
    throw new GateError("usage", "the commit is not known", { hint: "Run in a git checkout or pass --commit." });
  }
  for (const file of files) {
    const binding = createBinding({
      sha256: sha256(await readEvidence(file, context)),
      commit,
      producedAt: context.clock.now().toISOString(),
      ...(repository === undefined ? {} : { repository }),
    });
    await writeOutput(context.cwd, `${file}${BINDING_SUFFIX}`, `${JSON.stringify(binding, null, 2)}\n`);
    context.out(`${escapeTerminal(file)} is bound to ${commit}\n`);
  }
}

async function readEvidence(file: string, context: CommandContext): Promise<Uint8Array> {
  try {
    return await readFile(resolve(context.cwd, file));
  } catch (cause) {
    throw new GateError("evidence-unreadable", `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** `gate evidence detect`: what a file is and why. Exit 1 where one is not recognised. */
export async function detect(files: readonly string[], context: CommandContext): Promise<void> {
  for (const file of files) {
    const { found, attempts } = detectFormat(await readEvidence(file, context), file);
    if (found === undefined) {
      context.exit(EXIT.negative);
      context.out(`${escapeTerminal(file)}: not recognised\n`);
      for (const { adapter, reason } of attempts) context.out(`  not ${adapter.id}: ${escapeTerminal(reason)}\n`);
      continue;
    }
    const { adapter, confidence, reason, kind = "any" } = found;
    context.out(
      `${escapeTerminal(file)}: ${adapter.title} (${adapter.id}), ${kind} evidence, ${confidence}: ${escapeTerminal(reason)}\n`,
    );
  }
}
