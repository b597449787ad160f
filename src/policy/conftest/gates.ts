import { sha256 } from "../../evidence/canonical.ts";
import { GateError, type Issue } from "../../util/errors.ts";
import type { GateDefinition } from "../gate.ts";
import type { InspectedModule, RegoModule } from "../toolchain/protocol.ts";
import type { ConftestSources } from "./sources.ts";

/** A gate that asks rules of a policy of Conftest, with the modules that ask. */
export interface ConftestGate {
  readonly definition: GateDefinition;
  readonly modules: readonly RegoModule[];
  /** Rule path with slashes. */
  readonly entrypoint: string;
}

/** What Conftest calls its rules: https://www.conftest.dev, policy/engine.go of version 0.71. */
const FAILURE = /^(?:deny|violation)(?:_[a-zA-Z0-9]+)*$/;
const WARNING = /^warn(?:_[a-zA-Z0-9]+)*$/;
/** A name that somebody meant to be such a rule; Conftest asks nothing of it, and passes. */
const MISNAMED = /^(?:deny|violation|warn)(?:_[a-zA-Z0-9]+)*[.[]/;

interface Namespace {
  /** With `data`, such as `data.main`. */
  readonly package: string;
  readonly name: string;
  readonly failures: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * The gates of a policy: one for the rules that deny in each namespace that is asked, and one for those that warn.
 *
 * @throws {GateError} `policy-invalid` where a namespace is asked that has no such rule, or a rule is there that Conftest
 *   would pass over
 */
export function conftestGates(
  sources: ConftestSources,
  inspected: readonly InspectedModule[],
): readonly ConftestGate[] {
  const all = namespacesOf(inspected);
  refuseSilentRules(sources, inspected);
  const asked = all.filter(({ name }) => sources.namespaces.some((pattern) => globOf(pattern).test(name)));
  refuseEmpty(sources, asked, all);
  const others = all.filter((one) => hasRules(one) && !asked.includes(one)).map(({ name }) => name);
  const rulesOf = asked.flatMap((namespace) => [
    { namespace, rules: namespace.failures, kind: "deny" as const },
    { namespace, rules: namespace.warnings, kind: "warn" as const },
  ]);
  const wanted = rulesOf.filter(({ rules }) => rules.length > 0);
  const ids = wanted.map(({ namespace, kind }) => idOf(namespace.name, kind));
  return wanted.map(({ namespace, rules, kind }, index) => {
    const id = ids[index] ?? "";
    const isTaken = ids.indexOf(id) !== ids.lastIndexOf(id);
    // Two names can come to one id, such as a.b and a_b.
    const own = isTaken ? `${id}-${sha256(`${namespace.name} ${kind}`).slice("sha256:".length, 15)}` : id;
    return gateOf({ id: own, namespace, rules, kind, sources, others });
  });
}

function namespacesOf(inspected: readonly InspectedModule[]): readonly Namespace[] {
  const packages = [...new Set(inspected.map((module) => module.package))].toSorted();
  return packages.map((name) => {
    const rules = inspected.filter((module) => module.package === name).flatMap((module) => module.rules);
    const names = [...new Set(rules.map((rule) => rule.name))].toSorted();
    return {
      package: name,
      name: name.replace(/^data\./, ""),
      failures: names.filter((rule) => FAILURE.test(rule)),
      warnings: names.filter((rule) => WARNING.test(rule)),
    };
  });
}

function hasRules({ failures, warnings }: Namespace): boolean {
  return failures.length + warnings.length > 0;
}

/** What Conftest takes for a pass although somebody meant it to deny. */
function refuseSilentRules(sources: ConftestSources, inspected: readonly InspectedModule[]): void {
  const issues: Issue[] = inspected.flatMap(({ path, rules }) =>
    rules
      .filter(({ name, kind }) => MISNAMED.test(name) || (isRule(name) && kind === "function"))
      .map(({ name, row }) => {
        const message = `Conftest never asks the rule ${name}, so it would deny nothing`;
        return { message, file: path, row, hint: "Write `deny contains msg if { ... }`." };
      }),
  );
  if (issues.length > 0)
    throw new GateError("policy-invalid", `the policies of ${sources.label} are not valid`, { issues });
}

function isRule(name: string): boolean {
  return FAILURE.test(name) || WARNING.test(name);
}

/** A namespace that matches nothing, or has nothing to ask, is the oldest false pass of Conftest. */
function refuseEmpty(
  { namespaces, label }: ConftestSources,
  asked: readonly Namespace[],
  all: readonly Namespace[],
): void {
  const known = all.filter(hasRules).map(({ name }) => name);
  for (const pattern of namespaces) {
    if (asked.some((namespace) => globOf(pattern).test(namespace.name) && hasRules(namespace))) continue;
    const hint =
      known.length === 0
        ? "Conftest asks rules that are called deny, violation or warn, or start with one of these and an underscore."
        : `There are rules in ${known.join(", ")}: name one with --conftest-namespace, or '*' for all.`;
    throw new GateError(
      "policy-invalid",
      `no rule of ${label} is in the namespace "${pattern}", so it would deny nothing`,
      {
        hint,
      },
    );
  }
}

/** `*`, `?` and `[...]` as in Go's path.Match; a dot is a character like any other. */
function globOf(pattern: string): RegExp {
  const source = pattern.replaceAll(/\*|\?|\[\^?[^\]]+\]|[^*?[]|\[/g, (part) => {
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.length > 1) return part.replaceAll("\\", "\\\\");
    return part.replaceAll(/[\\^$.+()|{}[\]/]/g, "\\$&");
  });
  return new RegExp(`^${source}$`);
}

function idOf(namespace: string, kind: "deny" | "warn"): string {
  const kebab = namespace
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return `conftest-${kebab === "" ? "unnamed" : kebab}${kind === "warn" ? "-warn" : ""}`;
}

interface GateRequest {
  readonly id: string;
  readonly namespace: Namespace;
  readonly rules: readonly string[];
  readonly kind: "deny" | "warn";
  readonly sources: ConftestSources;
  /** Namespaces with rules that nobody asks. */
  readonly others: readonly string[];
}

function gateOf({ id, namespace, rules, kind, sources, others }: GateRequest): ConftestGate {
  const name = id.replaceAll("-", "_");
  const path = `entry/conftest/${name}`;
  const { combine, label } = sources;
  const asks = `${rules.join(", ")} of package ${namespace.name}`;
  const unasked = others.length === 0 ? "" : ` Nobody asks the rules of ${others.join(", ")}.`;
  return {
    entrypoint: `${path}/result`,
    modules: [
      { path: `${path}/given.rego`, source: givenModule(name, namespace, rules) },
      { path: `${path}/gate.rego`, source: gateModule(name, combine) },
    ],
    definition: {
      id,
      title: `Conftest policy ${namespace.name}${kind === "warn" ? ", warnings" : ""}`,
      description: `Asks ${asks} (${label}) about each document.${unasked}`,
      package: `data.entry.conftest.${name}`,
      evidence: [{ kind: "document", fields: ["content"] }],
      parameters: { type: "object", additionalProperties: false, properties: {} },
      controls: [],
      remediation: `Change the files as the policy says, or the policy (${label}).`,
      severity: "unknown",
      resources: [],
      builtinErrors: "close",
      path: label,
      conftest: { enforcement: kind === "warn" ? "advisory" : "mandatory", unasked: others },
    },
  };
}

/** What the rules say of one input. It is a package of its own, so that all of it is asked about the same input. */
function givenModule(name: string, { package: policy }: Namespace, rules: readonly string[]): string {
  const values = rules.map((rule) => `values[${JSON.stringify(rule)}] := value if value := ${policy}.${rule}\n`);
  const exceptions = rules.map((rule) => {
    const excepted = JSON.stringify(withoutPrefix(rule));
    return `exceptions[${JSON.stringify(rule)}] := count(found) if {
	found := [1 | ${policy}.exception[_][_] == ${excepted}]
	count(found) > 0
}
`;
  });
  return `package entry.conftest_given.${name}

given := {"values": values, "exceptions": exceptions}

${[...values, ...exceptions].join("\n")}`;
}

/** What an exception calls a rule: its name without what says how grave it is. */
function withoutPrefix(rule: string): string {
  if (["deny", "violation", "warn"].includes(rule)) return "";
  return ["violation_", "deny_", "warn_"].reduce(
    (rest, prefix) => (rest.startsWith(prefix) ? rest.slice(prefix.length) : rest),
    rule,
  );
}

const EACH = `questions := [question |
	some document in input.evidence.document
	some part in document.documents
	question := {
		"of": {"evidence": document.id},
		"path": document.path,
		"input": part.content,
		"file": {"name": base(document.path), "dir": folder(document.path)},
	}
]`;

const COMBINED = `questions := [question |
	count(parts) > 0
	question := {"of": {}, "path": "Combined", "input": parts, "file": {"name": "Combined", "dir": "/"}}
]

parts := [{"path": document.path, "contents": part.content} |
	some document in input.evidence.document
	some part in document.documents
]`;

function gateModule(name: string, combine: boolean): string {
  return `package entry.conftest.${name}

result := {"deny": deny, "applicable": applicable, "missing": missing}

applicable := count([1 |
	some document in input.evidence.document
	some _ in document.documents
])

${combine ? COMBINED : EACH}

answers := [{"question": question, "given": given} |
	some question in questions
	given := data.entry.conftest_given.${name}.given with input as question.input with data.conftest.file as question.file
]

statements := [{"question": answer.question, "rule": rule, "element": element, "exceptions": exceptions} |
	some answer in answers
	some rule, value in answer.given.values
	some element in elements(value)
	exceptions := object.get(answer.given.exceptions, rule, 0)
]

deny := [violation |
	some statement in statements
	violation := object.union(stated(statement), exception(statement))
]

stated(statement) := object.union(statement.question.of, {
	"key": concat(" ", [statement.question.path, statement.rule, message(statement.element)]),
	"msg": message(statement.element),
	"location": location(statement.element, statement.question.path),
})

exception(statement) := {"exception": sprintf("an exception of the policy for %s", [statement.rule])} if statement.exceptions > 0

exception(statement) := {} if statement.exceptions == 0

missing := array.concat(
	[reason |
		some answer in answers
		some rule, value in answer.given.values
		not is_array(value)
		not is_set(value)
		reason := sprintf("%s: the rule %s gives a value of type %s where Conftest reads a set, and would pass", [answer.question.path, rule, type_name(value)])
	],
	[reason |
		some statement in statements
		not message(statement.element)
		reason := sprintf("%s: the rule %s gives something without a text \`msg\`", [statement.question.path, statement.rule])
	],
)

elements(value) := value if is_array(value)

elements(value) := [element | some element in value] if is_set(value)

message(element) := element if is_string(element)

message(element) := element.msg if {
	is_object(element)
	is_string(element.msg)
}

location(element, _) := {"path": element._loc.file, "line": element._loc.line} if placed(element)

location(element, path) := {"path": path} if not placed(element)

placed(element) if {
	is_object(element)
	is_string(element._loc.file)
	is_number(element._loc.line)
}

base(path) := name if {
	names := split(path, "/")
	name := names[count(names) - 1]
}

folder(path) := dir if {
	names := split(path, "/")
	dir := concat("", ["/", concat("/", array.slice(names, 0, count(names) - 1))])
}
`;
}
