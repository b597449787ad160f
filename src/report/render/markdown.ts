import { escapeMarkdown } from "../../output/escape.ts";
import { describeNeed } from "../frameworks.ts";
import { CONTROL_STATUSES, type ControlReport, DEVIATION_KINDS, type Deviation, type Report } from "../model.ts";
import {
  AUTOMATION_WORDS,
  counted,
  DEVIATION_WORDS,
  dispositionOf,
  evidenceRanges,
  hasFigures,
  indexRanges,
  moreViolations,
  readableTime,
  STATUS_WORDS,
  summaryOf,
  verdictOf,
  violationLine,
} from "./words.ts";

/**
 * The report as GitHub-flavoured Markdown. Each value is escaped where it is inserted; nothing that was read can become a
 * link, a mention, markup or a second line.
 */
export function renderMarkdown(report: Report): string {
  const { framework, engine } = report;
  const blocks = [
    `# Compliance report: ${text(`${framework.title} ${framework.version}`)}`,
    ...verdict(report),
    facts(report),
    ...summary(report),
    ...overview(report),
    ...population(report),
    ...controls(report),
    ...deviations(report),
    ...evidence(report),
    "## What this report does not say",
    report.limits.map((limit) => `- ${text(limit)}`).join("\n"),
    "---",
    text(framework.notice),
    text(`Source: ${framework.source}. Made by ${engine.name} ${engine.version}.`),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function verdict(report: Report): readonly string[] {
  const words = verdictOf(report);
  const alert = { good: "NOTE", unknown: "WARNING", tampered: "CAUTION" } as const;
  const { verdict: kind } = report.log.verification;
  return [
    ...(kind === "tampered" ? [`# ${text(words.title)}`] : []),
    `> [!${alert[kind]}]\n> **${text(words.title)}.** ${text(words.text)}`,
  ];
}

function facts(report: Report): string {
  const { framework, subject, window, log } = report;
  return table(
    ["", ""],
    [
      ["Repository", text(subject.repository ?? `all (${subject.repositories.join(", ") || "none named"})`)],
      ["Environment", text(report.environment ?? "all")],
      ["Window", `${time(window.from)} up to, not including, ${time(window.to)}`],
      ["Generated", time(report.generatedAt)],
      ["Log", text(`${log.origin}, a tree of size ${log.size}`)],
      ["Root of the log", code(log.root)],
      ["Framework", text(`${framework.title} ${framework.version}, ${framework.publisher}`)],
      ["Control map", code(framework.digest)],
    ],
  );
}

function summary(report: Report): readonly string[] {
  const { statuses, deviations: kinds } = report.summary;
  return [
    "## Summary",
    ...summaryOf(report).map(text),
    table(
      ["Status", "#Controls", "Meaning"],
      CONTROL_STATUSES.map((status) => [STATUS_WORDS[status].label, statuses[status], STATUS_WORDS[status].meaning]),
    ),
    table(
      ["Deviation", "#Count", "Meaning"],
      DEVIATION_KINDS.map((kind) => [DEVIATION_WORDS[kind].label, kinds[kind], DEVIATION_WORDS[kind].meaning]),
    ),
  ];
}

function overview(report: Report): readonly string[] {
  const groups = report.framework.groups.flatMap((group) => [
    `### ${text(`${group.id} ${group.title}`)}`,
    table(
      ["Control", "Task", "Status", "#Held", "#Deviations"],
      report.controls
        .filter((control) => control.group === group.id)
        .map((control) => [
          text(control.id),
          text(control.task),
          STATUS_WORDS[control.status].label,
          hasFigures(control) ? `${control.population.held} of ${control.population.decisions}` : "–",
          hasFigures(control) ? control.deviations.length : "–",
        ]),
    ),
  ]);
  return ["## Controls at a glance", ...groups];
}

function population({ population: items, log }: Report): readonly string[] {
  const { excluded, firstIndex, lastIndex } = items;
  return [
    "## Population",
    "Every decision that the query takes from the log was looked at; none was sampled.",
    table(
      ["", ""],
      [
        ["Query", text(items.query)],
        ["Source", `${text(log.origin)}, a tree of size ${log.size} with root ${code(log.root)}`],
        ["Decisions", items.unread === 0 ? items.count : `${items.count}, of ${items.unread} only the leaf is left`],
        ["First and last entry", firstIndex === undefined ? "none" : `${firstIndex} and ${lastIndex ?? firstIndex}`],
        ["Digest of the population", code(items.digest)],
        [
          "Left out by the query",
          `${excluded.outsideWindow} outside the window, ${excluded.otherEnvironment} of other environments, ${excluded.otherRepository} of other repositories, ${excluded.unknownRepository} that name no repository`,
        ],
      ],
    ),
    titled(
      "Decisions by environment",
      [
        "Environment",
        "#Decisions",
        "#Allow",
        "#Allow, bypassed",
        "#Approval required",
        "#Block",
        "#Open",
        "#Bound",
        "#Sealed",
        "#Below required",
      ],
      items.environments.map(({ environment, decisions, outcomes, integrity, belowRequired }) => [
        text(environment),
        decisions,
        outcomes.allow,
        outcomes["allow-bypassed"],
        outcomes["approval-required"],
        outcomes.block,
        integrity.open,
        integrity.bound,
        integrity.sealed,
        belowRequired,
      ]),
    ),
    titled(
      "Results by gate",
      ["Gate", "#Pass", "#Waived", "#Fail", "#Not evaluated", "#Not applicable", "#Absent", "#Mandatory", "#Advisory"],
      items.gates.map(({ gate, results, absent, mandatory, advisory }) => [
        text(gate),
        results.pass,
        results.waived,
        results.fail,
        results["not-evaluated"],
        results["not-applicable"],
        absent,
        mandatory,
        advisory,
      ]),
    ),
    titled(
      "Versions of policy and configuration",
      ["Policy", "Configuration", "#Decisions", "Entries"],
      items.policies.map(({ policy, config, decisions, firstIndex: first, lastIndex: last }) => [
        code(policy),
        code(config),
        decisions,
        first === last ? first : `within ${first} to ${last}`,
      ]),
    ),
  ];
}

function controls(report: Report): readonly string[] {
  const byNumber = new Map(report.deviations.map((deviation) => [deviation.number, deviation]));
  const sections = report.framework.groups.flatMap((group) =>
    group.sections.flatMap((section) => [
      `### ${text(`${section.id} ${section.title}`)}`,
      ...report.controls
        .filter((control) => control.section === section.id)
        .flatMap((control) => controlBlocks(control, byNumber)),
    ]),
  );
  return ["## Control by control", ...sections];
}

function controlBlocks(control: ControlReport, byNumber: ReadonlyMap<number, Deviation>): readonly string[] {
  const { id, status, noOccurrence, task, claim, reasons, residual, planned } = control;
  const heading = `#### ${text(id)}: ${STATUS_WORDS[status].label}${noOccurrence ? " (no occurrence)" : ""}`;
  const result = `**Result.** ${text(reasons.join(" "))}`;
  const left = `**Left for people.** ${text(residual)}`;
  const opening = [heading, text(task), `**Claim.** ${text(claim)}`];
  if (!hasFigures(control)) return [...opening, result, left];
  const own = control.deviations.flatMap((number) => byNumber.get(number) ?? []);
  return [
    ...opening,
    ...lookedAt(control),
    result,
    ...guardrails(control),
    own.length === 0 ? "**Exceptions.** None." : titled("Exceptions", DEVIATION_COLUMNS, own.map(deviationRow)),
    `**Evidence.** Log entries ${evidenceRanges(control.evidence)}; their leaf hashes are in the evidence index. Digest of the set: ${code(control.evidenceDigest)}`,
    left,
    planned.length === 0 ? "" : `**Gates still missing.** ${text(planned.join(", "))}`,
  ];
}

function lookedAt(control: ControlReport): readonly string[] {
  const { population: items, automation, evidenceKinds } = control;
  return [
    `**Looked at.** ${counted(items.decisions, "decision")}: held in ${items.held}, of these ${items.waived} with waivers; contradicted in ${items.contradicted}; evidence missing in ${items.missing}; nothing to apply to in ${items.notApplicable}. ${AUTOMATION_WORDS[automation]} Evidence that bears on it: ${text(evidenceKinds.join(", "))}.`,
    table(
      ["Gate", "#Pass", "#Waived", "#Fail", "#Not evaluated", "#Not applicable", "#Absent", "#Not counted"],
      control.gates.map(({ gate, passed, waived, failed, notEvaluated, notApplicable, absent, notCounted }) => [
        text(gate),
        passed,
        waived,
        failed,
        notEvaluated,
        notApplicable,
        absent,
        notCounted,
      ]),
    ),
  ];
}

function guardrails({ guardrails: results }: ControlReport): readonly string[] {
  if (results.length === 0) return [];
  const rows = results.map((result) => [
    text(result.gate),
    text(result.key),
    text(describeNeed(result)),
    text(result.why),
    result.held,
    result.breached,
    result.applied.length === 0 ? "–" : text(result.applied.join(", ")),
  ]);
  return [
    titled(
      "Settings needed",
      ["Gate", "Setting", "Needed", "Why", "#Held", "#Breached", "Applied where breached"],
      rows,
    ),
  ];
}

function deviations({ deviations: list }: Report): readonly string[] {
  return [
    "## Deviations",
    "Every deviation of the population, whether or not a control counts it, in the order of the log. None is netted off by a later pass.",
    list.length === 0
      ? "None."
      : table(
          [...DEVIATION_COLUMNS, "Controls"],
          list.map((deviation) => [...deviationRow(deviation), text(deviation.controls.join(", ") || "–")]),
        ),
  ];
}

const DEVIATION_COLUMNS = ["No.", "Decision", "Gate", "What", "First violations"] as const;

function deviationRow(deviation: Deviation): readonly Cell[] {
  const { number, decision, gate, enforcement, kind, detail, excerpt } = deviation;
  const violations = [...excerpt.map(violationLine), moreViolations(deviation)].filter((line) => line !== undefined);
  return [
    number,
    [
      `entry ${decision.index}, ${time(decision.time)}`,
      text(`${decision.environment}: ${dispositionOf(deviation)}`),
      code(decision.id),
    ].join("<br>"),
    gate === undefined ? "(the decision)" : text(`${gate}${enforcement === "advisory" ? " (advisory)" : ""}`),
    `**${DEVIATION_WORDS[kind].label}**<br>${text(detail)}`,
    violations.length === 0 ? "–" : violations.map(text).join("<br>"),
  ];
}

function evidence({ evidence: { decisions, files } }: Report): readonly string[] {
  return [
    "## Evidence index",
    titled(
      "Decisions, as they stand in the log",
      ["Entry", "Time", "Environment", "Outcome", "Integrity (required)", "Commit", "Decision and leaf hash"],
      decisions.map((decision) => [
        decision.index,
        time(decision.time),
        text(decision.environment),
        text(decision.outcome),
        text(`${decision.integrity} (${decision.requiredIntegrity})`),
        decision.commit === undefined ? "unknown" : code(decision.commit),
        `${code(decision.id)}<br>${code(decision.leafHash)}`,
      ]),
    ),
    titled(
      "Files of evidence, each content once",
      ["Kind", "Tool", "File", "#Bytes", "Use", "Entries", "SHA-256"],
      files.map((file) => [
        text(`${file.kind} (${file.format})`),
        text(file.tool),
        text(file.path),
        file.bytes,
        text(file.status),
        indexRanges(file.decisions),
        code(file.sha256),
      ]),
    ),
  ];
}

type Cell = string | number;

/** A table whose cells are Markdown already; a column whose name starts with `#` holds numbers. */
function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map((column) => column.replace(/^#/, ""))),
    line(columns.map((column) => (column.startsWith("#") ? "---:" : "---"))),
    ...rows.map(line),
  ].join("\n");
}

function titled(title: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return rows.length === 0 ? `**${title}.** None.` : `**${title}**\n\n${table(columns, rows)}`;
}

function text(value: string): string {
  return escapeMarkdown(value);
}

const PLAIN = /^[A-Za-z0-9:._-]+$/;

/** An identifier or a digest; anything that does not look like one is shown as text. */
function code(value: string): string {
  return PLAIN.test(value) ? `\`${value}\`` : text(value);
}

function time(value: string): string {
  return text(readableTime(value));
}
