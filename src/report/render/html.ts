import { describeNeed } from "../frameworks.ts";
import {
  CONTROL_STATUSES,
  type ControlReport,
  type ControlStatus,
  DEVIATION_KINDS,
  type Deviation,
  type Report,
} from "../model.ts";
import { definitions, digest, table, time } from "./parts.ts";
import { STYLE } from "./style.ts";
import { contentSecurityPolicy, html, type Insertion, type Markup, textOf, trusted } from "./template.ts";
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
 * The report as one HTML file: no script, nothing from elsewhere, and a content security policy that allows neither. It
 * is made to be printed and to be read aloud: headings in order, tables with captions and scopes, each status in words.
 */
export function renderHtml(report: Report): string {
  const { framework, subject, environment, window } = report;
  const title = `${framework.title} ${framework.version}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(STYLE)}">
<meta name="referrer" content="no-referrer">
<title>Compliance report: ${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#summary">Skip to the summary</a>
<header>
<p class="eyebrow">Compliance report</p>
<h1>${title}</h1>
<p class="lead">${subject.repository ?? "All repositories"}, ${environment ?? "all environments"}, ${readableTime(window.from)} to ${readableTime(window.to)}</p>
${verdict(report)}
${facts(report)}
</header>
<nav class="contents" aria-label="Contents"><ul>${CONTENTS.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
<main>
${summary(report)}
${overview(report)}
${population(report)}
${controls(report)}
${deviations(report)}
${evidence(report)}
<section aria-labelledby="limits"><h2 id="limits">What this report does not say</h2>
<ul>${report.limits.map((limit) => html`<li>${limit}</li>`)}</ul></section>
</main>
<footer><p>${framework.notice}</p>
<p>Source: ${framework.source}. Made by ${report.engine.name} ${report.engine.version}.</p></footer>
</body>
</html>
`;
  return textOf(page);
}

const CONTENTS = [
  ["summary", "Summary"],
  ["overview", "Controls at a glance"],
  ["population", "Population"],
  ["controls", "Control by control"],
  ["deviations", "Deviations"],
  ["evidence", "Evidence index"],
  ["limits", "What this report does not say"],
] as const;

function verdict(report: Report): Markup {
  const { title, text } = verdictOf(report);
  const kind = report.log.verification.verdict;
  return html`<div class="verdict ${kind}" role="${kind === "good" ? "note" : "alert"}"><p class="title">${title}</p><p>${text}</p></div>`;
}

function facts(report: Report): Markup {
  const { framework, subject, window, log } = report;
  return definitions("facts", [
    ["Repository", subject.repository ?? `all (${subject.repositories.join(", ") || "none named"})`],
    ["Environment", report.environment ?? "all"],
    ["Window", html`${time(window.from)} up to, not including, ${time(window.to)}`],
    ["Generated", time(report.generatedAt)],
    ["Log", `${log.origin}, a tree of size ${log.size}`],
    ["Root of the log", digest(log.root)],
    ["Framework", `${framework.title} ${framework.version}, ${framework.publisher}`],
    ["Control map", digest(framework.digest)],
  ]);
}

function summary(report: Report): Markup {
  const { statuses, deviations: kinds } = report.summary;
  return html`<section aria-labelledby="summary"><h2 id="summary">Summary</h2>
${summaryOf(report).map((sentence) => html`<p>${sentence}</p>`)}
${bar(report)}
${table(
  "Controls by status",
  ["Status", "#Controls", "Meaning"],
  CONTROL_STATUSES.map((status) => [badge(status), statuses[status], STATUS_WORDS[status].meaning]),
)}
${table(
  "Deviations by kind",
  ["Kind", "#Deviations", "Meaning"],
  DEVIATION_KINDS.map((kind) => [DEVIATION_WORDS[kind].label, kinds[kind], DEVIATION_WORDS[kind].meaning]),
)}
</section>`;
}

const BAR_WIDTH = 1000;
const BAR_HEIGHT = 44;
const BAR_GAP = 4;
/** The narrowest segment that a number fits into. */
const BAR_LABEL_WIDTH = 18;

/** The share of each status, as one bar; the table below it has the same numbers. */
function bar({ summary: { controls: total, statuses } }: Report): Markup {
  const shown = CONTROL_STATUSES.filter((status) => statuses[status] > 0);
  const room = BAR_WIDTH - BAR_GAP * Math.max(0, shown.length - 1);
  const segments: Markup[] = [];
  let left = 0;
  for (const status of shown) {
    const count = statuses[status];
    const width = (room * count) / total;
    segments.push(
      html`<rect class="${status}" x="${round(left)}" y="1" width="${round(width)}" height="${BAR_HEIGHT - 2}" rx="3"/>`,
    );
    if (width >= BAR_LABEL_WIDTH) {
      segments.push(
        html`<text class="${status === "not-assessed" ? status : ""}" x="${round(left + width / 2)}" y="${BAR_HEIGHT / 2}">${count}</text>`,
      );
    }
    left += width + BAR_GAP;
  }
  const description = shown
    .map((status) => `${statuses[status]} ${STATUS_WORDS[status].label.toLowerCase()}`)
    .join(", ");
  return html`<svg class="bar" viewBox="0 0 ${BAR_WIDTH} ${BAR_HEIGHT}" role="img" aria-labelledby="bar-title bar-description">
<title id="bar-title">Controls by status</title>
<desc id="bar-description">Of ${counted(total, "control")}: ${description}.</desc>
${segments}
</svg>`;
}

function round(length: number): number {
  return Math.round(length * 100) / 100;
}

function overview(report: Report): Markup {
  const bodies = report.framework.groups.flatMap((group) => {
    const rows = report.controls.filter((control) => control.group === group.id);
    return html`<tbody class="group"><tr><th colspan="5" scope="colgroup">${group.id} ${group.title}</th></tr></tbody>
<tbody>${rows.map(overviewRow)}</tbody>`;
  });
  return html`<section aria-labelledby="overview"><h2 id="overview">Controls at a glance</h2>
<div class="scroll"><table><caption>Every control of the framework</caption>
<thead><tr><th scope="col">Control</th><th scope="col">Task</th><th scope="col">Status</th><th scope="col" class="number">Held</th><th scope="col" class="number">Deviations</th></tr></thead>
${bodies}</table></div></section>`;
}

function overviewRow(control: ControlReport): Markup {
  const { id, task, status, population: items, deviations: numbers } = control;
  const tested = hasFigures(control);
  return html`<tr><th scope="row"><a href="#control-${id}">${id}</a></th><td>${task}</td><td class="status">${badge(status)}</td>
<td class="number">${tested ? `${items.held} of ${items.decisions}` : "–"}</td><td class="number">${tested ? numbers.length : "–"}</td></tr>
`;
}

function population({ population: items, log }: Report): Markup {
  const { excluded } = items;
  return html`<section aria-labelledby="population"><h2 id="population">Population</h2>
<p>Every decision that the query takes from the log was looked at; none was sampled.</p>
${definitions("facts", [
  ["Query", items.query],
  ["Source", html`${log.origin}, a tree of size ${log.size} with root ${digest(log.root)}`],
  ["Decisions", items.unread === 0 ? items.count : `${items.count}, of ${items.unread} only the leaf is left`],
  [
    "First and last entry",
    items.firstIndex === undefined || items.lastIndex === undefined
      ? "none"
      : `${items.firstIndex} and ${items.lastIndex}`,
  ],
  ["Digest of the population", digest(items.digest)],
  [
    "Left out by the query",
    `${excluded.outsideWindow} outside the window, ${excluded.otherEnvironment} of other environments, ${excluded.otherRepository} of other repositories, ${excluded.unknownRepository} that name no repository`,
  ],
])}
${table(
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
    environment,
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
)}
${table(
  "Results by gate",
  ["Gate", "#Pass", "#Waived", "#Fail", "#Not evaluated", "#Not applicable", "#Absent", "#Mandatory", "#Advisory"],
  items.gates.map(({ gate, results, absent, mandatory, advisory }) => [
    gate,
    results.pass,
    results.waived,
    results.fail,
    results["not-evaluated"],
    results["not-applicable"],
    absent,
    mandatory,
    advisory,
  ]),
)}
${table(
  "Versions of policy and configuration",
  ["Policy", "Configuration", "#Decisions", "Entries"],
  items.policies.map(({ policy, config, decisions, firstIndex, lastIndex }) => [
    digest(policy),
    digest(config),
    decisions,
    firstIndex === lastIndex ? `${firstIndex}` : `within ${firstIndex} to ${lastIndex}`,
  ]),
)}
</section>`;
}

function controls(report: Report): Markup {
  const byNumber = new Map(report.deviations.map((deviation) => [deviation.number, deviation]));
  const sections = report.framework.groups.flatMap((group) =>
    group.sections.map((section) => {
      const members = report.controls.filter((control) => control.section === section.id);
      return html`<h3>${section.id} ${section.title}</h3>
${members.map((control) => controlArticle(control, byNumber))}`;
    }),
  );
  return html`<section aria-labelledby="controls"><h2 id="controls">Control by control</h2>
${sections}</section>`;
}

function controlArticle(control: ControlReport, byNumber: ReadonlyMap<number, Deviation>): Markup {
  const { id, status, task, claim, reasons, planned, residual } = control;
  const tested = hasFigures(control);
  const result = html`${reasons.map((reason) => html`<p>${reason}</p>`)}`;
  const own = control.deviations.flatMap((number) => byNumber.get(number) ?? []);
  const rows: readonly (readonly [string, Insertion])[] = !tested
    ? [
        ["Claim", claim],
        ["Result", result],
        ["Left for people", residual],
      ]
    : [
        ["Claim", claim],
        ["Looked at", lookedAt(control)],
        ["Result", result],
        ["Settings needed", guardrails(control)],
        ["Exceptions", own.length === 0 ? "None." : deviationTable(`Deviations that bear on ${id}`, own)],
        [
          "Evidence",
          html`<p>Log entries ${evidenceRanges(control.evidence)}; their leaf hashes are in the <a href="#evidence">evidence index</a>.</p><p>Digest of the set: ${digest(control.evidenceDigest)}</p>`,
        ],
        ["Left for people", residual],
        ["Gates still missing", planned.length === 0 ? "None." : planned.join(", ")],
      ];
  return html`<article class="control ${tested ? "" : "brief"}" aria-labelledby="control-${id}">
<h4 id="control-${id}">${id} ${badge(status)}${control.noOccurrence ? html` <span class="badge not-assessed">No occurrence</span>` : undefined}</h4>
<p class="task">${task}</p>
${definitions("", rows)}
</article>
`;
}

function lookedAt(control: ControlReport): Markup {
  const { population: items, evidenceKinds, automation } = control;
  return html`<p>${counted(items.decisions, "decision")}: held in ${items.held}, of these ${items.waived} with waivers; contradicted in ${items.contradicted}; evidence missing in ${items.missing}; nothing to apply to in ${items.notApplicable}. ${AUTOMATION_WORDS[automation]} Evidence that bears on it: ${evidenceKinds.join(", ")}.</p>
${table(
  "Results of its gates",
  ["Gate", "#Pass", "#Waived", "#Fail", "#Not evaluated", "#Not applicable", "#Absent", "#Not counted"],
  control.gates.map(({ gate, passed, waived, failed, notEvaluated, notApplicable, absent, notCounted }) => [
    gate,
    passed,
    waived,
    failed,
    notEvaluated,
    notApplicable,
    absent,
    notCounted,
  ]),
)}`;
}

function guardrails({ guardrails: results }: ControlReport): Insertion {
  if (results.length === 0) return "None.";
  return table(
    "Settings at least as strict as the control needs",
    ["Gate", "Setting", "Needed", "Why", "#Held", "#Breached", "Applied where breached"],
    results.map((result) => [
      result.gate,
      result.key,
      describeNeed(result),
      result.why,
      result.held,
      result.breached,
      result.applied.length === 0 ? "–" : html`<code>${result.applied.join(", ")}</code>`,
    ]),
  );
}

function deviations(report: Report): Markup {
  const list = report.deviations;
  return html`<section aria-labelledby="deviations"><h2 id="deviations">Deviations</h2>
<p>Every deviation of the population, whether or not a control counts it, in the order of the log. None is netted off by a later pass.</p>
${list.length === 0 ? html`<p class="none">None.</p>` : deviationTable("All deviations", list, true)}</section>`;
}

function deviationTable(caption: string, list: readonly Deviation[], complete = false): Markup {
  const headings = ["No.", "Decision", "Gate", "What", "First violations"];
  return table(
    caption,
    complete ? [...headings, "Controls"] : headings,
    list.map((deviation) => [
      complete
        ? html`<span id="deviation-${deviation.number}">${deviation.number}</span>`
        : html`<a href="#deviation-${deviation.number}">${deviation.number}</a>`,
      html`entry ${deviation.decision.index}, ${time(deviation.decision.time)}<br>${deviation.decision.environment}: ${dispositionOf(deviation)}<br><code>${deviation.decision.id}</code>`,
      deviation.gate === undefined
        ? "(the decision)"
        : `${deviation.gate}${deviation.enforcement === "advisory" ? " (advisory)" : ""}`,
      html`<strong>${DEVIATION_WORDS[deviation.kind].label}</strong><br>${deviation.detail}`,
      violations(deviation),
      ...(complete ? [deviation.controls.join(", ") || "–"] : []),
    ]),
  );
}

function violations(deviation: Deviation): Insertion {
  if (deviation.excerpt.length === 0) return "–";
  const more = moreViolations(deviation);
  return html`<ul>${deviation.excerpt.map((violation) => html`<li>${violationLine(violation)}</li>`)}${more === undefined ? undefined : html`<li>${more}</li>`}</ul>`;
}

function evidence({ evidence: { decisions, files } }: Report): Markup {
  return html`<section aria-labelledby="evidence"><h2 id="evidence">Evidence index</h2>
${table(
  "Decisions, as they stand in the log",
  ["Entry", "Time", "Environment", "Outcome", "Integrity (required)", "Commit", "Decision and leaf hash"],
  decisions.map((decision) => [
    decision.index,
    time(decision.time),
    decision.environment,
    decision.outcome,
    `${decision.integrity} (${decision.requiredIntegrity})`,
    decision.commit === undefined ? "unknown" : html`<code>${decision.commit}</code>`,
    html`<code>${decision.id}</code><br>${digest(decision.leafHash)}`,
  ]),
)}
${table(
  "Files of evidence, each content once",
  ["Kind", "Tool", "File", "#Bytes", "Use", "Entries", "SHA-256"],
  files.map((file) => [
    `${file.kind} (${file.format})`,
    file.tool,
    file.path,
    file.bytes,
    file.status,
    indexRanges(file.decisions),
    digest(file.sha256),
  ]),
)}
</section>`;
}

function badge(status: ControlStatus): Markup {
  const { label, mark } = STATUS_WORDS[status];
  return html`<span class="badge ${status}"><span class="mark" aria-hidden="true">${mark}</span> ${label}</span>`;
}
