import { EVIDENCE_ITEMS } from "../evidence/types.ts";
import { GateError, type Issue } from "../util/errors.ts";
import type { GateDefinition } from "./gate.ts";

/**
 * The compiler's errors with what they mean for a gate. OPA knows neither METADATA nor parameters: it says that a field is
 * undefined where the gate did not declare it, and that a variable is unsafe where an id has a hyphen.
 *
 * @returns the error as it is where there is nothing to add
 */
export function explainCompilerError(error: unknown, gates: readonly GateDefinition[]): unknown {
  if (!(error instanceof GateError) || error.code !== "policy-invalid") return error;
  const issues = error.issues.map((issue) => explained(issue, gates));
  if (issues.every((issue, index) => issue === error.issues[index])) return error;
  const { code, message, hint } = error;
  return new GateError(code, message, { issues, cause: error, ...(hint === undefined ? {} : { hint }) });
}

function explained(issue: Issue, gates: readonly GateDefinition[]): Issue {
  const gate = gates.find(({ path }) => path === issue.file);
  const meaning = meaningOf(issue.message, gate);
  if (meaning === undefined) return issue;
  return { ...issue, hint: issue.hint === undefined ? meaning : `${issue.hint}. ${meaning}` };
}

function meaningOf(message: string, gate: GateDefinition | undefined): string | undefined {
  if (message.startsWith("yaml: "))
    return "What stands below `# METADATA` is YAML; look at its quotes and its indentation.";
  if (gate === undefined) return undefined;
  const unsafe = /^var (\S+) is unsafe$/.exec(message)?.[1];
  if (unsafe !== undefined && gate.id.includes("-") && gate.id.split("-").includes(unsafe)) {
    return `If these are the gate's parameters, write data.params["${gate.id}"]: a hyphen is a minus elsewhere.`;
  }
  const ref = /^undefined ref: (\S+)$/.exec(message)?.[1];
  return ref === undefined ? undefined : meaningOfRef(ref, gate);
}

/** What a reference that the input does not have was probably meant to be. */
function meaningOfRef(ref: string, { evidence }: GateDefinition): string | undefined {
  const path = ref.replaceAll(/\[[^\]]*\]/g, "").split(".");
  for (const { kind, fields } of evidence) {
    const items = EVIDENCE_ITEMS[kind];
    if (path[0] === "input" && path[1] === kind) return `Evidence is in input.evidence["${kind}"].`;
    if (path[0] === "input" && path[1] === "evidence" && path[2] === kind && path.length > 3) {
      return `This is a list of documents: \`some document in input.evidence["${kind}"]\`.`;
    }
    if (path.at(-1) === items && fields.length === 0) {
      return `To read ${items}, declare their fields in METADATA custom.evidence, such as \`fields: [name]\`.`;
    }
  }
  if (path[0] === "input" || path.length !== 2 || !evidence.some(({ fields }) => fields.length > 0)) return undefined;
  return "A field of an item has to be declared in METADATA custom.evidence under `fields`.";
}
