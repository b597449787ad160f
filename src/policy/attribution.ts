import { sha256 } from "../evidence/canonical.ts";
import { isRecord } from "../util/json.ts";
import { BUNDLE_FORMAT, type BundledGate, type BundleInputs, type LocatedBundle } from "./bundle.ts";
import { gateCapabilities } from "./capabilities.ts";
import { packagesOf, reachOf } from "./reach.ts";
import type { InspectedModule, RegoModule, RegoToolchain, RuleInfo } from "./toolchain/protocol.ts";

/** One rule that denies. */
export interface DenyingRule {
  /** Where it is, as in the sources. */
  readonly file: string;
  /** From 1. */
  readonly row: number;
  /** From its METADATA. */
  readonly title?: string;
  /** The parameters of the gate that its text names. */
  readonly parameters: readonly string[];
  /** The gate with this rule alone. */
  readonly gate: BundledGate;
}

/** A gate taken apart into the rules that deny. */
export interface AttributedGate {
  /** With the gate of each rule. */
  readonly located: LocatedBundle;
  readonly rules: readonly DenyingRule[];
}

/** A head that can be given another name in the text: the rule begins the row. */
const HEAD = /^(\s*)deny\b/;

/**
 * Compiles a gate so that each of its rules `deny` can be asked by itself. What else refers to `deny` still sees them all.
 *
 * @returns undefined where a rule is written so that it cannot be taken out
 * @throws {GateError} `toolchain-*` or `policy-build-failed`
 */
export async function attributeRules(
  gate: BundledGate,
  { sources }: BundleInputs,
  toolchain: RegoToolchain,
): Promise<AttributedGate | undefined> {
  const all = sources.modules.map(({ path, text }): RegoModule => ({ path, source: text }));
  const packages = packagesOf(all);
  const own = all.filter(({ path }) => packages.get(path) === gate.package);
  const modules = reachOf(all, packages)(own.map(({ path }) => path));
  const inspected = (await toolchain.inspect(own)).filter((module) => module.package === gate.package);
  const found = inspected.flatMap((module) =>
    module.rules.filter(({ name }) => name === "deny").map((rule) => ({ module, rule })),
  );
  const renamed = renameHeads(own, found);
  if (renamed === undefined) return undefined;
  const entrypoints = found.map((_, index) => `explained/rule${index}/result`);
  const { wasm, builtins } = await toolchain.build({
    modules: [
      ...modules.map((module) => renamed.get(module.path) ?? module),
      { path: "explained/deny.rego", source: collecting(gate, found.length) },
      ...found.map((_, index) => ({ path: `explained/rule${index}.rego`, source: entry(gate, index) })),
    ],
    entrypoints,
    capabilities: gateCapabilities(await toolchain.capabilities()),
  });
  const compiled = { digest: sha256(wasm), builtins };
  const rules = found.map(({ module, rule }, index): DenyingRule => {
    const text = textOf(rule, module, own.find(({ path }) => path === module.path)?.source ?? "");
    const title = titleOf(rule, module);
    return {
      file: module.path,
      row: rule.row,
      ...(title === undefined ? {} : { title }),
      parameters: parameterNames(gate).filter((name) => text.split(/\W+/).includes(name)),
      gate: { ...gate, entrypoint: entrypoints[index] ?? "", module: 0 },
    };
  });
  return {
    located: {
      bundle: {
        format: BUNDLE_FORMAT,
        digest: compiled.digest,
        wasm: compiled.digest,
        modules: [compiled],
        toolchain: "",
        gates: [gate],
        collections: [],
      },
      wasmSources: [wasm],
      compiled: true,
    },
    rules,
  };
}

interface FoundRule {
  readonly module: InspectedModule;
  readonly rule: RuleInfo;
}

function renameHeads(
  modules: readonly RegoModule[],
  found: readonly FoundRule[],
): ReadonlyMap<string, RegoModule> | undefined {
  const renamed = new Map(modules.map((module) => [module.path, module.source.split("\n")]));
  for (const [index, { module, rule }] of found.entries()) {
    const lines = renamed.get(module.path);
    const head = lines?.[rule.row - 1];
    if (lines === undefined || head === undefined || !HEAD.test(head)) return undefined;
    lines[rule.row - 1] = head.replace(HEAD, `$1${nameOf(index)}`);
  }
  return new Map([...renamed].map(([path, lines]) => [path, { path, source: lines.join("\n") }]));
}

function nameOf(index: number): string {
  return `explained_deny_${index}`;
}

function collecting(gate: BundledGate, rules: number): string {
  const heads = Array.from({ length: rules }, (_, index) => {
    return `deny contains violation if some violation in ${nameOf(index)}\n`;
  });
  return `package ${gate.package.replace(/^data\./, "")}\n\n${heads.join("\n")}`;
}

function entry(gate: BundledGate, index: number): string {
  const member = (name: string, rule: string) => `result["${name}"] := value if value := ${gate.package}.${rule}\n`;
  return `package explained.rule${index}\n\n${member("deny", nameOf(index))}\n${member("applicable", "applicable")}`;
}

/** Up to the next rule. */
function textOf(rule: RuleInfo, module: InspectedModule, source: string): string {
  const rows = module.rules.map(({ row }) => row).filter((row) => row > rule.row);
  return source
    .split("\n")
    .slice(rule.row - 1, Math.min(...rows, Number.POSITIVE_INFINITY) - 1)
    .join("\n");
}

/** Of the METADATA between the rule before and this one. */
function titleOf(rule: RuleInfo, { rules, annotations }: InspectedModule): string | undefined {
  const before = Math.max(0, ...rules.map(({ row }) => row).filter((row) => row < rule.row));
  const own = annotations.find(({ scope, row }) => scope === "rule" && row > before && row < rule.row);
  return own?.title;
}

function parameterNames({ parameters }: BundledGate): readonly string[] {
  const properties = parameters["properties"];
  return isRecord(properties) ? Object.keys(properties) : [];
}
