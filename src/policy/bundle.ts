import { readFile } from "node:fs/promises";
import { canonicalDigest, sha256 } from "../evidence/canonical.ts";
import { type Digest, READABLE_KINDS } from "../evidence/types.ts";
import { type Cache, openCache } from "../util/cache.ts";
import { GateError, type Issue } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { nearest } from "../util/nearest.ts";
import { conftestCapabilities, gateCapabilities } from "./capabilities.ts";
import type { Collection } from "./collections.ts";
import { conftestGates } from "./conftest/gates.ts";
import type { ConftestSources } from "./conftest/sources.ts";
import type { GateExample } from "./examples.ts";
import { explainCompilerError } from "./explain.ts";
import { type AnnotatedPackage, GATE_RULES, type GateDefinition, parseGate } from "./gate.ts";
import { type EvidenceSchemas, exampleContext, fieldsOf, gateInput, gateInputSchema, unknownFields } from "./input.ts";
import { shardsOf } from "./shards.ts";
import type { PolicySources } from "./sources.ts";
import { policyError, ToolchainError } from "./toolchain/error.ts";
import type {
  BuiltPolicy,
  Capabilities,
  InspectedModule,
  RegoIssue,
  RegoModule,
  RegoToolchain,
} from "./toolchain/protocol.ts";

/** Raised whenever the same sources would be compiled to something else. */
export const BUNDLE_FORMAT = 7;

/** Packages below this one are gates. */
const GATE_ROOT = "data.gates";

/** A known-bad example that proves that a gate can deny. */
export interface Canary {
  readonly name: string;
  readonly input: object;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface BundledGate extends GateDefinition {
  /** Rule path with slashes. */
  readonly entrypoint: string;
  /** Null where the gate has none; such a gate cannot be mandatory. */
  readonly canary: Canary | null;
  /** Which of the bundle's modules it is in. */
  readonly module: number;
}

/** A module of compiled gates. */
export interface CompiledModule {
  readonly digest: Digest;
  /** The host functions that it calls. */
  readonly builtins: readonly string[];
}

/** Compiled policies: what a check needs, without sources and without the compiler. */
export interface PolicyBundle {
  readonly format: typeof BUNDLE_FORMAT;
  /** Over sources, evidence schemas, toolchain and format. */
  readonly digest: Digest;
  /** Of the compiled module; where there are several, of the list of their digests. */
  readonly wasm: Digest;
  readonly modules: readonly CompiledModule[];
  /** Such as `opa 1.22.0, go1.26.8, sha256:4daa…`. */
  readonly toolchain: string;
  readonly gates: readonly BundledGate[];
  /** In the order of their ids. */
  readonly collections: readonly Collection[];
  /** What policies of Conftest have below `data`; missing where there are none. */
  readonly conftestData?: Readonly<Record<string, unknown>>;
}

/** A bundle and where its modules are. */
export interface LocatedBundle {
  readonly bundle: PolicyBundle;
  /** The compiled modules in their order, or the paths of their files. */
  readonly wasmSources: readonly (string | Uint8Array<ArrayBuffer>)[];
  /** Whether the compiler had to be loaded. */
  readonly compiled: boolean;
}

export interface BundleInputs {
  readonly sources: PolicySources;
  readonly schemas: EvidenceSchemas;
  /** What makes the toolchain's output what it is: the digest of its module, or which opa binary it is. */
  readonly toolchainIdentity: string;
}

/** What the bundle of some sources is called. */
export function bundleDigest(inputs: BundleInputs): Digest {
  return canonicalDigest({
    format: BUNDLE_FORMAT,
    sources: inputs.sources.digest,
    schemas: canonicalDigest(inputs.schemas),
    toolchain: inputs.toolchainIdentity,
  });
}

/**
 * Finds the compiled form of some policies, or compiles them.
 *
 * @param caches where to look, in this order; the last one is written to
 * @param toolchain is called only where nothing is cached
 * @throws {GateError} `policy-invalid`, `policy-build-failed` or `toolchain-*`
 */
export async function loadBundle(
  inputs: BundleInputs,
  caches: readonly Cache[],
  toolchain: () => Promise<RegoToolchain>,
): Promise<LocatedBundle> {
  const digest = bundleDigest(inputs);
  for (const cache of caches) {
    const cached = readBundle(cache, digest);
    if (cached !== undefined) return cached;
  }
  const target = caches.at(-1) ?? openCache(undefined);
  const compiler = await toolchain();
  try {
    const { bundle, modules } = await compileBundle(digest, inputs, compiler);
    const written = await Promise.all(modules.map((wasm, index) => target.write(wasmName(digest, index), wasm)));
    // Last, for what it describes has to be there.
    const described = await target.write(`${nameOf(digest)}.json`, JSON.stringify(bundle));
    if (!described || written.includes(false)) {
      throw new GateError("policy-build-failed", `the compiled policies cannot be written to ${target.path("")}`, {
        hint: "Make that folder writable, or set GATE_CACHE_DIR to one that is.",
      });
    }
    return { bundle, wasmSources: wasmPaths(target, bundle), compiled: true };
  } finally {
    await compiler.close();
  }
}

/** A compiled bundle, if the cache has it. */
export function readBundle(cache: Cache, digest: string): LocatedBundle | undefined {
  const bundle = cache.readJson(`${nameOf(digest)}.json`);
  if (!isBundle(bundle) || bundle.digest !== digest) return undefined;
  return { bundle, wasmSources: wasmPaths(cache, bundle), compiled: false };
}

function wasmPaths(cache: Cache, { digest, modules }: PolicyBundle): readonly string[] {
  return modules.map((_, index) => cache.path(wasmName(digest, index)));
}

function wasmName(digest: string, index: number): string {
  return `${nameOf(digest)}.${index}.wasm`;
}

function nameOf(digest: string): string {
  return digest.slice("sha256:".length);
}

async function compileBundle(
  digest: Digest,
  inputs: BundleInputs,
  toolchain: RegoToolchain,
): Promise<{ readonly bundle: PolicyBundle; readonly modules: readonly Uint8Array[] }> {
  const { conftest } = inputs.sources;
  const own = inputs.sources.modules.length > 0 || conftest === undefined;
  const gates = own ? await compileGates(inputs, toolchain) : NOTHING;
  const asked = conftest === undefined ? NOTHING : await compileConftest(conftest, toolchain);
  const built = [...gates.built, ...asked.built];
  const compiled = built.map(({ wasm, builtins }): CompiledModule => ({ digest: sha256(wasm), builtins }));
  const { opa, go } = await toolchain.version();
  const bundle: PolicyBundle = {
    format: BUNDLE_FORMAT,
    digest,
    wasm: digestOfAll(compiled.map((module) => module.digest)),
    modules: compiled,
    toolchain: [`opa ${opa}`, go, ...(isDigest(inputs.toolchainIdentity) ? [inputs.toolchainIdentity] : [])].join(", "),
    gates: [...gates.gates, ...asked.gates.map((gate) => ({ ...gate, module: gates.built.length }))],
    collections: gates.collections,
    ...(conftest === undefined ? {} : { conftestData: conftest.data }),
  };
  refuseSameIds(bundle.gates);
  return { bundle, modules: built.map(({ wasm }) => wasm) };
}

interface CompiledGates {
  readonly gates: readonly BundledGate[];
  /** The modules that they are in, in their order. */
  readonly built: readonly BuiltPolicy[];
  readonly collections: readonly Collection[];
}

const NOTHING: CompiledGates = { gates: [], built: [], collections: [] };

function refuseSameIds(gates: readonly BundledGate[]): void {
  const issues = gates.flatMap((gate, index) => sameId(gate, gates.slice(0, index)));
  if (issues.length > 0) throw new GateError("policy-invalid", "the policies are not valid", { issues });
}

/**
 * Policies of Conftest in a module of their own, in which they share nothing with the gates beside them.
 *
 * @throws {GateError} `policy-invalid` or `policy-build-failed`
 */
async function compileConftest(sources: ConftestSources, toolchain: RegoToolchain): Promise<CompiledGates> {
  const modules = sources.modules.map(({ path, text }): RegoModule => ({ path, source: text, rego: "any" }));
  const inspected = await toolchain.inspect(modules).catch(throwExplained);
  const gates = conftestGates(sources, inspected);
  const built = await toolchain
    .build({
      modules: [...modules, ...gates.flatMap((gate) => gate.modules)],
      entrypoints: gates.map(({ entrypoint }) => entrypoint),
      capabilities: conftestCapabilities(await toolchain.capabilities()),
    })
    .catch(throwExplained);
  return {
    gates: gates.map(({ definition, entrypoint }) => ({ ...definition, entrypoint, canary: null, module: 0 })),
    built: [built],
    collections: [],
  };
}

/** Conftest's own built-ins that open files are left out: what is read has to be evidence, so that it is recorded. */
function throwExplained(thrown: unknown): never {
  const error = explainCompilerError(thrown, []);
  if (!(error instanceof GateError)) throw error;
  const { code, message } = error;
  const issues = error.issues.map((issue) =>
    /^undefined function parse_(?:config_file|combined_config_files)$/.test(issue.message)
      ? { ...issue, hint: "Pass the file to the check, or its text to parse_config." }
      : issue,
  );
  throw new GateError(code, message, {
    issues,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  });
}

async function compileGates(inputs: BundleInputs, toolchain: RegoToolchain): Promise<CompiledGates> {
  const modules = inputs.sources.modules.map(({ path, text }) => ({ path, source: text }));
  const inspected = await toolchain.inspect(modules).catch((error: unknown) => {
    throw explainCompilerError(error, []);
  });
  const { owners } = inputs.sources;
  if (owners !== undefined) refuseIntruders(inspected, owners);
  const gates = definedGates(inspected, inputs.schemas);
  const capabilities = gateCapabilities(await toolchain.capabilities());
  const parts = partsOf(inspected, modules, gates);
  await checkParts(parts, inputs.schemas, capabilities, toolchain).catch((error: unknown) => {
    throw explainCompilerError(error, gates);
  });
  const built: BuiltPolicy[] = [];
  for (const part of parts) {
    const wrappers = part.gates.map((gate) => entryModule(gate, inspected));
    const entrypoints = part.gates.map(entrypointOf);
    built.push(await toolchain.build({ modules: [...part.modules, ...wrappers], entrypoints, capabilities }));
  }
  const examples = await examplesByGate(inputs.sources, gates);
  const collections = await readCollections(inputs.sources, gates);
  return {
    built,
    gates: gates.map((gate) => ({
      ...gate,
      entrypoint: entrypointOf(gate),
      canary: canaryOf(gate, examples.get(gate.id) ?? []),
      module: parts.findIndex((part) => part.gates.includes(gate)),
    })),
    collections,
  };
}

/** Gates that are compiled together, with all modules that they may refer to. */
interface Part {
  readonly gates: readonly GateDefinition[];
  readonly modules: readonly RegoModule[];
}

/** The parts that gates are compiled in. */
export function partsOf(
  inspected: readonly InspectedModule[],
  modules: readonly RegoModule[],
  gates: readonly GateDefinition[],
): readonly Part[] {
  const packages = gates.map((gate) => gate.package);
  return shardsOf(inspected, packages).map((shard) => ({
    gates: gates.filter((gate) => shard.gates.has(gate.package)),
    modules: modules.filter(({ path }) => shard.modules.has(path)),
  }));
}

/**
 * Checks each part, and reports what is wrong in any of them at once.
 *
 * @throws {ToolchainError} `policy-invalid`
 */
export async function checkParts(
  parts: readonly Part[],
  schemas: EvidenceSchemas,
  capabilities: Capabilities,
  toolchain: RegoToolchain,
): Promise<void> {
  const issues = new Map<string, RegoIssue>();
  for (const { gates, modules } of parts) {
    const inputSchemas = Object.fromEntries(gates.map((gate) => [gate.package, gateInputSchema(gate, schemas)]));
    try {
      await toolchain.check({ modules, strict: true, capabilities, inputSchemas });
    } catch (error) {
      if (!(error instanceof ToolchainError) || error.regoIssues.length === 0) throw error;
      // A library is in every part.
      for (const issue of error.regoIssues) issues.set(JSON.stringify(issue), issue);
    }
  }
  if (issues.size > 0) throw policyError([...issues.values()]);
}

/** Which binary it was is of no use elsewhere: it is a path of this machine. */
function isDigest(toolchainIdentity: string): boolean {
  return toolchainIdentity.startsWith("sha256:");
}

function digestOfAll(digests: readonly Digest[]): Digest {
  const [only] = digests;
  return digests.length === 1 && only !== undefined ? only : canonicalDigest(digests);
}

/**
 * Refuses a policy package that shares a Rego package with anybody else, or has one inside another's, as OPA does for
 * bundles: it could add rules to a gate or to a library that it does not come with.
 *
 * @param owners by the path of a module, the policy package that it came in
 * @throws {GateError} `policy-invalid` with both places
 */
export function refuseIntruders(modules: readonly InspectedModule[], owners: ReadonlyMap<string, string>): void {
  const issues: Issue[] = [];
  for (const module of modules) {
    const owner = owners.get(module.path);
    const overlapping = owner === undefined ? undefined : modules.find((other) => overlaps(module, other, owners));
    if (owner === undefined || overlapping === undefined) continue;
    const message = `the policy package ${owner} adds to ${overlapping.package}, which is defined in ${overlapping.path}`;
    issues.push({ message, file: module.path, row: module.row });
  }
  if (issues.length > 0) throw new GateError("policy-invalid", "the policies are not valid", { issues });
}

function overlaps(module: InspectedModule, other: InspectedModule, owners: ReadonlyMap<string, string>): boolean {
  if (owners.get(module.path) === owners.get(other.path)) return false;
  return `${module.package}.`.startsWith(`${other.package}.`) || `${other.package}.`.startsWith(`${module.package}.`);
}

/**
 * The gates that some modules define.
 *
 * @throws {GateError} `policy-invalid` where a gate's metadata is wrong or two gates have the same id
 */
export function definedGates(modules: readonly InspectedModule[], schemas: EvidenceSchemas): readonly GateDefinition[] {
  const { gates, problems } = readGates(modules, schemas);
  const [first] = problems;
  if (first === undefined) return gates;
  if (problems.length === 1) throw first;
  throw new GateError("policy-invalid", "the policies are not valid", {
    issues: problems.flatMap(({ issues }) => issues),
    ...(first.hint === undefined ? {} : { hint: first.hint }),
  });
}

/** The gates that can be read, and what is wrong: an error for each gate that cannot, and one for all that concerns several. */
export function readGates(
  modules: readonly InspectedModule[],
  schemas: EvidenceSchemas,
): { readonly gates: readonly GateDefinition[]; readonly problems: readonly GateError[] } {
  const gates: GateDefinition[] = [];
  const problems: GateError[] = [];
  for (const module of modules.filter(isGateModule)) {
    try {
      gates.push(parseGate(annotatedPackage(module)));
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      problems.push(error);
    }
  }
  const issues = [
    ...modules.filter((module) => !isGateModule(module)).flatMap(misplacedGate),
    ...gates.flatMap((gate, index) => sameId(gate, gates.slice(0, index))),
    ...gates.flatMap((gate) => unknownEvidence(gate, schemas)),
  ];
  if (gates.length === 0 && problems.length === 0) {
    issues.push({ message: `no package below "${GATE_ROOT}" defines a gate` });
  }
  if (issues.length > 0) problems.push(new GateError("policy-invalid", "the policies are not valid", { issues }));
  return { gates, problems };
}

function sameId(gate: GateDefinition, earlier: readonly GateDefinition[]): readonly Issue[] {
  const other = earlier.find(({ id }) => id === gate.id);
  return other === undefined
    ? []
    : [{ message: `the gate id "${gate.id}" is already used in ${other.path}`, file: gate.path }];
}

function unknownEvidence(gate: GateDefinition, schemas: EvidenceSchemas): readonly Issue[] {
  return gate.evidence.flatMap((need) => {
    const known = fieldsOf(need, schemas);
    return unknownFields(need, schemas).map((field) => {
      const suggestion = nearest(field, known);
      const hint = suggestion === undefined ? `It has ${known.join(", ")}.` : `Did you mean "${suggestion}"?`;
      return { message: `evidence of kind "${need.kind}" has no field "${field}"`, file: gate.path, hint };
    });
  });
}

/** A gate that nobody would ever ask: its METADATA names an id, and its package is not where gates are. */
function misplacedGate(module: InspectedModule): readonly Issue[] {
  const { path, row, custom } = annotatedPackage(module);
  if (!isRecord(custom) || custom["id"] === undefined) return [];
  const name = module.package.slice("data.".length);
  const message = `the package ${name} has the METADATA of a gate, and only packages below "gates" are gates`;
  return [{ message, file: path, row, hint: `Write \`package gates.${name.split(".").at(-1) ?? name}\`.` }];
}

/** Whether a module belongs to a gate: its package is below `gates`. */
export function isGateModule(module: InspectedModule): boolean {
  return module.package.startsWith(`${GATE_ROOT}.`);
}

function annotatedPackage(module: InspectedModule): AnnotatedPackage {
  const annotation = module.annotations.find(({ scope }) => scope === "package");
  return {
    path: module.path,
    package: module.package,
    row: annotation?.row ?? 1,
    ...(annotation?.title === undefined ? {} : { title: annotation.title }),
    ...(annotation?.description === undefined ? {} : { description: annotation.description }),
    custom: annotation?.custom,
    resources: annotation?.relatedResources ?? [],
    rules: module.rules.map(({ name }) => name),
  };
}

/**
 * A module that collects what the engine asks of a gate in one object, so that one evaluation answers everything.
 * A rule that is undefined is a key that is missing; the others do not depend on it.
 */
export function entryModule(gate: GateDefinition, modules: readonly InspectedModule[]): RegoModule {
  const defined = new Set(
    modules.filter((module) => module.package === gate.package).flatMap(({ rules }) => rules.map(({ name }) => name)),
  );
  const rules = GATE_RULES.filter((rule) => defined.has(rule)).map(
    (rule) => `result[name] := value if {\n\tname := "${rule}"\n\tvalue := ${gate.package}.${rule}\n}\n`,
  );
  return { path: `entry/${gate.id}.rego`, source: `package ${entryPackage(gate)}\n\n${rules.join("\n")}` };
}

/** Rule path, with slashes, of what {@link entryModule} defines. */
export function entrypointOf(gate: GateDefinition): string {
  return `${entryPackage(gate).replaceAll(".", "/")}/result`;
}

function entryPackage(gate: GateDefinition): string {
  return gate.package.replace(/^data\./, "entry.");
}

/** @throws {GateError} `policy-invalid` where a collection is wrong */
export async function readCollections(
  { collections }: PolicySources,
  gates: readonly GateDefinition[],
): Promise<readonly Collection[]> {
  if (collections.length === 0) return [];
  // With them come the YAML parser and a validator, which a check with compiled policies does without.
  const { parseCollections } = await import("./collections.ts");
  return parseCollections(collections, gates);
}

/** @throws {GateError} `policy-invalid` where examples are wrong or of a gate that does not exist */
export async function examplesByGate(
  { examples: files, owners }: PolicySources,
  gates: readonly GateDefinition[],
): Promise<ReadonlyMap<string, readonly GateExample[]>> {
  // With them comes the YAML parser, which a check with compiled policies does without.
  const { parseExamples } = await import("./examples.ts");
  const byGate = new Map<string, readonly GateExample[]>();
  for (const file of files) {
    const { gate, examples } = parseExamples(file);
    refuseOtherGate(gate, file.path, gates);
    const definition = gates.find(({ id }) => id === gate);
    if (definition !== undefined && owners?.get(file.path) !== owners?.get(definition.path)) {
      // The canary of a gate is its author's proof; nobody else may put another in its place.
      const issues = [{ message: `the gate "${gate}" is defined elsewhere, in ${definition.path}`, file: file.path }];
      throw new GateError("policy-invalid", "the policies are not valid", { issues });
    }
    byGate.set(gate, [...(byGate.get(gate) ?? []), ...examples]);
  }
  return byGate;
}

function refuseOtherGate(id: string, file: string, gates: readonly GateDefinition[]): void {
  const ids = gates.map((gate) => gate.id);
  if (ids.includes(id)) return;
  const suggestion = nearest(id, ids);
  const hint = suggestion === undefined ? "" : `; did you mean "${suggestion}"`;
  throw new GateError("policy-invalid", `${file} has examples of the gate "${id}", which does not exist${hint}`, {
    hint: "Its key `gate` is the id in the METADATA of the gate.",
  });
}

function canaryOf(gate: GateDefinition, examples: readonly GateExample[]): Canary | null {
  const example = examples.find(({ canary }) => canary);
  if (example === undefined) return null;
  return {
    name: example.name,
    input: gateInput(gate, example.evidence, exampleContext(example)),
    parameters: example.parameters,
  };
}

/** The schemas of the evidence kinds, from the installation's folder. */
export async function readEvidenceSchemas(folder: string): Promise<EvidenceSchemas> {
  const read = async (kind: string): Promise<Readonly<Record<string, unknown>>> => {
    const schema: unknown = JSON.parse(await readFile(`${folder}/evidence-${kind}.v1.schema.json`, "utf8"));
    if (!isRecord(schema)) throw new GateError("internal", `the schema of ${kind} evidence is not an object`);
    return schema;
  };
  const schemas = await Promise.all(READABLE_KINDS.map(async (kind) => [kind, await read(kind)] as const));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- there is an entry for each kind
  return Object.fromEntries(schemas) as EvidenceSchemas;
}

/** Whether a description is one that this version reads. */
export function isBundle(value: unknown): value is PolicyBundle {
  return (
    isRecord(value) &&
    value["format"] === BUNDLE_FORMAT &&
    typeof value["wasm"] === "string" &&
    Array.isArray(value["modules"]) &&
    Array.isArray(value["gates"])
  );
}
