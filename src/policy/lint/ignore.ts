import type { Diagnostic } from "../diagnostics.ts";
import type { PolicyFile } from "../sources.ts";
import { gateDiagnostic, isGateRule, type OwnDiagnostic } from "./rules.ts";

/** `# gate ignore:rule-id[,rule-id] reason` in a source. */
interface Directive {
  readonly file: string;
  readonly row: number;
  readonly rules: readonly string[];
  readonly reason: string;
}

const DIRECTIVE = /#\s*gate ignore:\s*([a-z-]+(?:\s*,\s*[a-z-]+)*)(.*)$/;

/**
 * Leaves out the diagnostics that a comment in their line, or in the line above, gives a reason for. A comment without a
 * reason, of a rule that does not exist, or that silences nothing, is a diagnostic itself.
 */
export function applyIgnores(
  diagnostics: readonly OwnDiagnostic[],
  sources: readonly PolicyFile[],
): readonly Diagnostic[] {
  const directives = sources.flatMap(directivesOf);
  const used = new Set<string>();
  const kept = diagnostics.filter((diagnostic) => {
    const silencing = directives.filter((directive) => silences(directive, diagnostic));
    for (const directive of silencing) used.add(keyOf(directive, diagnostic.rule));
    return silencing.length === 0;
  });
  return [...kept, ...directives.flatMap((directive) => problemsOf(directive, used))];
}

function directivesOf({ path, text }: PolicyFile): readonly Directive[] {
  return text.split("\n").flatMap((line, index) => {
    const [, rules, reason = ""] = DIRECTIVE.exec(line) ?? [];
    if (rules === undefined) return [];
    return { file: path, row: index + 1, rules: rules.split(",").map((rule) => rule.trim()), reason: reason.trim() };
  });
}

function silences({ file, row, rules, reason }: Directive, diagnostic: OwnDiagnostic): boolean {
  if (reason === "" || file !== diagnostic.file || !rules.includes(diagnostic.rule)) return false;
  return diagnostic.row === row || diagnostic.row === row + 1;
}

function problemsOf(directive: Directive, used: ReadonlySet<string>): readonly Diagnostic[] {
  const { file, row, rules, reason } = directive;
  const problem = (message: string, hint: string): Diagnostic =>
    gateDiagnostic("ignore-directive", message, { file, row, hint });
  if (reason === "") return [problem("there is no reason to ignore this", "Write it behind the rule.")];
  return rules.flatMap((rule) => {
    if (!isGateRule(rule)) {
      const hint = "Rules of Regal's are ignored by `# regal ignore:rule`; docs/linting.md lists those of gate.";
      return problem(`gate has no rule "${rule}"`, hint);
    }
    if (used.has(keyOf(directive, rule))) return [];
    return problem(`nothing here breaks the rule "${rule}"`, "Remove the comment.");
  });
}

function keyOf({ file, row }: Directive, rule: string): string {
  return `${file}\0${row}\0${rule}`;
}
