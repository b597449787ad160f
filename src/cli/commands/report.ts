import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { absencesIn } from "../../audit/deletion.ts";
import { openDecision, readDecisionLeaf, readEntryBody } from "../../audit/entry.ts";
import type { StoreLocation } from "../../audit/location.ts";
import { openAuditStore } from "../../audit/open.ts";
import type { TreeHead } from "../../audit/store.ts";
import { verifyStore } from "../../audit/verify.ts";
import { sha256 } from "../../evidence/canonical.ts";
import { buildReport, type ReportRequest } from "../../report/build.ts";
import { parseFramework } from "../../report/frameworks.ts";
import type { Report } from "../../report/model.ts";
import type { RecordedDecision, UnreadDecision } from "../../report/population.ts";
import { renderHtml } from "../../report/render/html.ts";
import { renderMarkdown } from "../../report/render/markdown.ts";
import { GateError } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { parseDay } from "../day.ts";
import { EXIT } from "../exit-code.ts";
import { type StoreFlags, storePath } from "../store-path.ts";
import { parseOutputFlags, writeOutput } from "../write-file.ts";

const FRAMEWORKS = ["ssdf"] as const;
const DAY_MS = 86_400_000;
const DEFAULT_PERIOD_DAYS = 90;

const RENDERERS = {
  markdown: renderMarkdown,
  html: renderHtml,
  json: (built: Report) => `${JSON.stringify(built, null, 2)}\n`,
} as const satisfies Record<string, (built: Report) => string>;

type ReportFormat = keyof typeof RENDERERS;

export interface ReportFlags extends StoreFlags {
  readonly format: ReportFormat;
  readonly output: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly env?: string;
}

/** `gate report`: what the record says of a framework's controls in a period. Exit 1 where the record was tampered with. */
export async function report(name: string, flags: ReportFlags, context: CommandContext): Promise<void> {
  const framework = FRAMEWORKS.find((known) => known === name);
  if (framework === undefined) {
    throw new GateError("usage", `there is no framework "${name}"`, { hint: `Frameworks: ${FRAMEWORKS.join(", ")}.` });
  }
  const files = parseOutputFlags(flags.output, RENDERERS);
  const now = context.clock.now();
  const window = windowOf(flags, now);
  const path = await storePath(flags, context);
  const verification = await verifyStore(path, { worker: context.installation.auditWorker });
  const tampered = verification.verdict === "tampered";
  const file = join(context.installation.reports, "frameworks", `${framework}.yaml`);
  const built = buildReport({
    framework: parseFramework(await readFile(file, "utf8"), `${framework}.yaml`),
    // What a tampered log holds is not shown, so it is not read either.
    ...(tampered ? { decisions: [], unread: [], head: verification.head ?? NO_HEAD } : await readDecisions(path)),
    verification: {
      verdict: verification.verdict,
      detail: verification.findings[0]?.message ?? "Every entry, node and document was recomputed.",
    },
    query: { window, ...(flags.env === undefined ? {} : { environment: flags.env }) },
    generatedAt: now.toISOString(),
    engineVersion: context.installation.version,
  });
  for (const output of files) {
    await writeOutput(context.cwd, output.path, RENDERERS[output.format](built));
    context.err(`Wrote ${output.path}\n`);
  }
  if (files.length === 0) context.out(RENDERERS[flags.format](built));
  if (tampered) {
    context.err("The log was tampered with; the report says nothing of the controls. Run `gate audit verify`.\n");
    context.exit(EXIT.negative);
  }
}

/** For a log that is damaged beyond reading. */
const NO_HEAD: TreeHead = { origin: "unknown", size: 0, root: sha256("") };

async function readDecisions(path: StoreLocation): Promise<Pick<ReportRequest, "decisions" | "unread" | "head">> {
  const store = await openAuditStore({ path, mode: "read" });
  const decisions: RecordedDecision[] = [];
  const unread: UnreadDecision[] = [];
  const absences = absencesIn(store);
  try {
    for await (const entry of store.entries({ kind: "decision" })) {
      const leaf = readDecisionLeaf(entry);
      const place = { index: entry.index, leafHash: entry.leafHash, time: readEntryBody(entry.body)?.time ?? "" };
      const recorded = await openDecision(entry, store);
      if (recorded === undefined) {
        const { environment, outcome, subject } = leaf;
        const repository = subject.repository === undefined ? {} : { repository: subject.repository };
        const why = await absences.of(leaf.decision, entry.index);
        unread.push({ ...place, id: entry.id, environment, outcome, why, ...repository });
      } else {
        decisions.push({ ...place, decision: recorded.decision });
      }
    }
    return { decisions, unread, head: await store.head() };
  } finally {
    await store.close();
  }
}

function windowOf(flags: ReportFlags, now: Date): { readonly from: string; readonly to: string } {
  const last = flags.to === undefined ? startOfDay(now) : parseDay(flags.to, "--to");
  const end = last + DAY_MS;
  const start = flags.from === undefined ? end - DEFAULT_PERIOD_DAYS * DAY_MS : parseDay(flags.from, "--from");
  if (start >= end) throw new GateError("usage", "--from is after --to");
  return { from: new Date(start).toISOString(), to: new Date(end).toISOString() };
}

function startOfDay(time: Date): number {
  return Math.floor(time.getTime() / DAY_MS) * DAY_MS;
}
