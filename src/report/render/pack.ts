import { reportName } from "../../audit/pack/names.ts";
import type { PackOverview, PackPages } from "../../audit/pack/pages.ts";
import type { Decision, DecisionGate, WaiverNote } from "../../decision/types.ts";
import { coverOf, OUTCOME_WORDS, placeOf, RESULT_WORDS } from "../../output/summary.ts";
import { definitions, digest, table, time } from "./parts.ts";
import { STYLE } from "./style.ts";
import { contentSecurityPolicy, html, type Insertion, type Markup, textOf, trusted } from "./template.ts";

/** The pages of an audit pack, each made from what is proven and from nothing else. */
export const PACK_PAGES: PackPages = { decision: decisionPage, overview: overviewPage, readme };

const PACK_STYLE = `${STYLE.replace("Compliance report", "Audit pack")}.verdict.bad{border-color:var(--bad);background:var(--bad-wash)}
`;

/** How the box of an outcome looks: open, open by exception, closed. */
const OUTCOME_CLASS = {
  allow: "good",
  "allow-bypassed": "unknown",
  "approval-required": "unknown",
  block: "bad",
} as const;

function page(title: string, eyebrow: string, body: Markup): string {
  return textOf(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(PACK_STYLE)}">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(PACK_STYLE)}</style>
</head>
<body>
<header><p class="eyebrow">${eyebrow}</p>
<h1>${title}</h1>
<p>This page proves nothing by itself: verify the pack that it came in.</p></header>
<main>
${body}
</main>
</body>
</html>
`);
}

function decisionPage(
  decision: Decision,
  { index, time: recorded, tree }: Parameters<PackPages["decision"]>[1],
): string {
  const { subject, policy, integrity } = decision;
  const facts = definitions("facts", [
    ["Decision", html`<code>${decision.id}</code>`],
    ["Place in the log", `entry ${index} of ${tree.origin}`],
    ["Recorded", time(recorded)],
    ["Evaluated at", time(decision.evaluatedAt)],
    ["Repository", subject.repository ?? "not named"],
    ["Commit", subject.commit === undefined ? "not named" : html`<code>${subject.commit}</code>`],
    ["Branch or tag", subject.ref ?? "not named"],
    [
      "Change",
      subject.change === undefined ? "none" : `${subject.change.id} into ${subject.change.base ?? "an unnamed branch"}`,
    ],
    ["Integrity", `${integrity.level} (required: ${integrity.required})`],
    ["Policies", html`${digest(policy.digest)}, ${policy.gates} gates, ${policy.toolchain}`],
    ["Configuration", html`${digest(decision.config.digest)}, ${decision.config.path}`],
    ["Made from", decision.inputs === null ? "not stored" : digest(decision.inputs)],
    ["Engine", `${decision.engine.name} ${decision.engine.version}`],
  ]);
  const title = `${OUTCOME_WORDS[decision.outcome]} for ${decision.environment}`;
  return page(
    title,
    `Decision, entry ${index}`,
    html`<div class="verdict ${OUTCOME_CLASS[decision.outcome]}" role="note"><p class="title">${title}</p></div>
${facts}
${section("Gates", gatesTable(decision))}
${section("Violations", decision.gates.map(violationsTable))}
${section("Evidence", evidenceTable(decision))}
${section("Exceptions", exceptions(decision))}
${section(
  "What weakens the decision",
  table(
    "Reasons",
    ["Code", "What", "Remedy"],
    integrity.reasons.map(({ code, message, remedy }) => [code, message, remedy]),
  ),
)}`,
  );
}

function section(title: string, content: Markup | readonly Markup[]): Markup {
  return html`<section><h2>${title}</h2>
${content}</section>`;
}

function gatesTable({ gates }: Decision): Markup {
  return table(
    "Gates as they were evaluated",
    ["Gate", "Result", "Enforcement", "#Violations", "Why", "Controls"],
    gates.map((gate) => [
      html`${gate.id}<br>${gate.title}`,
      RESULT_WORDS[gate.result],
      gate.enforcement,
      gate.violations.length,
      gate.reason ?? "",
      gate.controls.join(", "),
    ]),
  );
}

function violationsTable({ id, violations }: DecisionGate): Markup {
  return table(
    `Violations of ${id}`,
    ["Severity", "Rule", "Place", "What", "Let through"],
    violations.map((violation): readonly Insertion[] => [
      violation.severity,
      violation.rule ?? "",
      placeOf(violation),
      violation.message,
      coverOf(violation).trim(),
    ]),
  );
}

function evidenceTable({ evidence }: Decision): Markup {
  return table(
    "Evidence files",
    ["File", "Kind", "Tool", "Use", "SHA-256 of the file", "Document"],
    evidence.map((one) => [
      one.path,
      `${one.kind} (${one.format})`,
      one.tool.name,
      [one.status, ...one.reasons].join("; "),
      digest(one.sha256),
      html`${digest(one.id)}${one.stored === true ? undefined : html`<br>not stored`}`,
    ]),
  );
}

function exceptions({ waivers, approvals, bypass, baseline }: Decision): readonly Markup[] {
  return [
    table(
      "Waivers",
      ["Waiver", "State", "Gate", "#Covers", "Reason", "Ticket", "Owner", "Expires"],
      [
        ...waiverRows("used", waivers.used),
        ...waiverRows("refused", waivers.refused),
        ...waiverRows("expired", waivers.expired),
      ],
    ),
    table(
      "Approvals",
      ["Approver", "Kind", "Gate", "Reason", "Expires", "Counts"],
      approvals.map((note) => [
        note.approver,
        note.kind,
        note.gate ?? "",
        note.reason,
        note.expires,
        note.counts ? "yes" : `no: ${note.problem ?? ""}`,
      ]),
    ),
    table(
      "Emergency bypass",
      ["Requested by", "Reason", "Ticket", "Approvers", "Gates", "Review due"],
      bypass === null
        ? []
        : [
            [
              bypass.requestedBy,
              bypass.reason,
              bypass.ticket,
              bypass.approvers.join(", "),
              bypass.gates.join(", "),
              bypass.reviewDue,
            ],
          ],
    ),
    html`<p>${baseline === null ? "No baseline was used." : `A baseline (${baseline.path}) let ${baseline.covers} violations through.`}</p>`,
  ];
}

function waiverRows(state: string, notes: readonly WaiverNote[]): readonly (readonly Insertion[])[] {
  return notes.map((note) => [
    note.id,
    state,
    note.gate,
    note.covers,
    note.reason,
    note.ticket,
    note.owner,
    note.expires,
  ]);
}

function overviewPage({ engine, tree, selection, evidence, entries, decisions }: PackOverview): string {
  const which =
    selection.kind === "range"
      ? `every entry from ${selection.first} to ${selection.last}`
      : "chosen entries; there can be others";
  return page(
    `Decisions of ${tree.origin}`,
    "Audit pack",
    html`${definitions("facts", [
      ["Log", `${tree.origin}, a tree of ${tree.size} entries`],
      ["Root of the log", digest(tree.root)],
      ["Entries in the pack", `${entries}: ${which}`],
      [
        "Evidence",
        evidence === "included" ? "in the pack, as far as it was stored" : "left out; its digests are in the decisions",
      ],
      ["Made by", `gate ${engine}`],
    ])}
${table(
  "Decisions",
  ["Entry", "Recorded", "Outcome", "Environment", "Repository", "Commit", "Decision"],
  decisions.map((decision) => [
    html`<a href="${reportName(decision.index)}">${decision.index}</a>`,
    time(decision.time),
    decision.outcome,
    decision.environment,
    decision.repository,
    html`<code>${decision.commit}</code>`,
    html`<code>${decision.id}</code>`,
  ]),
)}`,
  );
}

function readme(engine: string): string {
  return `An audit pack of gate ${engine}: recorded decisions, with what they were made from and with proofs.

Nothing in this file has to be believed, and this text neither. Two things have to come to you by another way than the pack:
the log's verifier key (one line, <name>+<id>+<key>) or a checkpoint that was kept, and the program that verifies.

With gate:      gate verify PACK --log-key KEY
In a browser:   open the verify.html of a gate that you installed yourself, or this one after you compared its SHA-256
                with that one's. It needs no network.
By hand:        docs/audit-pack.md of gate says how to check one entry with sha256sum and openssl.

manifest.json          every member with its size and SHA-256
checkpoint             the signed tree of the log (C2SP signed note)
entries/N.json         the exact bytes of entry N of the log
entries/N.tlog-proof   that it is in that tree (C2SP tlog-proof)
decisions/, evidence/, inputs/, policies/, obligations/, reviews/
                       the documents that entries and decisions name, each under its SHA-256
reports/, overview.html
                       pages to read; they prove nothing
attestations/          what else was put in; each is verified by itself
`;
}
