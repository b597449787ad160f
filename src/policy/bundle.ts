import { readFile } from "node:fs/promises";
import { canonicalDigest, sha256 } from "../evidence/canonical.ts";
import { type Digest, READABLE_KINDS } from "../evidence/types.ts";
import { type Cache, openCache } from "../util/cache.ts";
import { GateError, type Issue } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { gateCapabilities } from "./capabilities.ts";
import type { GateExample } from "./examples.ts";
import { type AnnotatedPackage, GATE_RULES, type GateDefinition, parseGate } from "./gate.ts";
import { type EvidenceSchemas, EXAMPLE_CONTEXT, gateInput, gateInputSchema, unknownFields } from "./input.ts";
import type { PolicySources } from "./sources.ts";
import type { InspectedModule, RegoModule, RegoToolchain } from "./toolchain/protocol.ts";

/** Raised whenever the same sources would be compiled to something else. */
const BUNDLE_FORMAT = 2;

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
}

/** Compiled policies: what a check needs, without sources and without the compiler. */
export interface PolicyBundle {
  readonly format: typeof BUNDLE_FORMAT;
  /** Over sources, evidence schemas, toolchain and format. */
  readonly digest: Digest;
  /** Of the compiled module. */
  readonly wasm: Digest;
  /** Such as `opa 1.22.0`. */
  readonly toolchain: string;
  /** The host functions that the module calls. */
  readonly builtins: readonly string[];
  readonly gates: readonly BundledGate[];
}

/** A bundle and where its module is. */
export interface LocatedBundle {
  readonly bundle: PolicyBundle;
  /** Path of the compiled module. */
  readonly wasmPath: string;
  /** Whether the compiler had to be loaded. */
  readonly compiled: boolean;
}

export interface BundleInputs {
  readonly sources: PolicySources;
  readonly schemas: EvidenceSchemas;
  /** What makes the toolchain's output what it is: its version or digest. */
  readonly toolchainIdentity: string;
}

/** What the bundle of some sources is called. */
function bundleDigest(inputs: BundleInputs): Digest {
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
    const { bundle, wasm } = await compileBundle(digest, inputs, compiler);
    const name = nameOf(digest);
    const written =
      (await target.write(`${name}.wasm`, wasm)) && (await target.write(`${name}.json`, JSON.stringify(bundle)));
    if (!written) {
      throw new GateError("policy-build-failed", `the compiled policies cannot be written to ${target.path("")}`, {
        hint: "Make that folder writable, or set GATE_CACHE_DIR to one that is.",
      });
    }
    return { bundle, wasmPath: target.path(`${name}.wasm`), compiled: true };
  } finally {
    await compiler.close();
  }
}

/** A compiled bundle, if the cache has it. */
export function readBundle(cache: Cache, digest: string): LocatedBundle | undefined {
  const name = nameOf(digest);
  const bundle = cache.readJson(`${name}.json`);
  if (!isBundle(bundle) || bundle.digest !== digest) return undefined;
  return { bundle, wasmPath: cache.path(`${name}.wasm`), compiled: false };
}

function nameOf(digest: string): string {
  return digest.slice("sha256:".length);
}

async function compileBundle(
  digest: Digest,
  inputs: BundleInputs,
  toolchain: RegoToolchain,
): Promise<{ readonly bundle: PolicyBundle; readonly wasm: Uint8Array }> {
  const modules = inputs.sources.modules.map(({ path, text }) => ({ path, source: text }));
  const inspected = await toolchain.inspect(modules);
  const gates = definedGates(inspected, inputs.schemas);
  const capabilities = gateCapabilities(await toolchain.capabilities());
  const inputSchemas = Object.fromEntries(gates.map((gate) => [gate.package, gateInputSchema(gate, inputs.schemas)]));
  await toolchain.check({ modules, strict: true, capabilities, inputSchemas });
  const wrappers = gates.map((gate) => entryModule(gate, inspected));
  const built = await toolchain.build({
    modules: [...modules, ...wrappers],
    entrypoints: gates.map(entrypointOf),
    capabilities,
  });
  const { opa } = await toolchain.version();
  const examples = await examplesByGate(inputs.sources);
  const bundle: PolicyBundle = {
    format: BUNDLE_FORMAT,
    digest,
    wasm: sha256(built.wasm),
    toolchain: `opa ${opa}`,
    builtins: built.builtins,
    gates: gates.map((gate) => ({
      ...gate,
      entrypoint: entrypointOf(gate),
      canary: canaryOf(gate, examples.get(gate.id) ?? []),
    })),
  };
  return { bundle, wasm: built.wasm };
}

/**
 * The gates that some modules define.
 *
 * @throws {GateError} `policy-invalid` where a gate's metadata is wrong or two gates have the same id
 */
export function definedGates(modules: readonly InspectedModule[], schemas: EvidenceSchemas): readonly GateDefinition[] {
  const gates = modules.filter(isGateModule).map((module) => parseGate(annotatedPackage(module)));
  const issues: Issue[] = [];
  const byId = new Map<string, GateDefinition>();
  for (const gate of gates) {
    const other = byId.get(gate.id);
    if (other !== undefined)
      issues.push({ message: `the gate id "${gate.id}" is already used in ${other.path}`, file: gate.path });
    byId.set(gate.id, gate);
    for (const need of gate.evidence) {
      for (const field of unknownFields(need, schemas)) {
        issues.push({ message: `evidence of kind "${need.kind}" has no field "${field}"`, file: gate.path });
      }
    }
  }
  if (gates.length === 0) issues.push({ message: `no package below "${GATE_ROOT}" defines a gate` });
  if (issues.length > 0) throw new GateError("policy-invalid", "the policies are not valid", { issues });
  return gates;
}

function isGateModule(module: InspectedModule): boolean {
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

async function examplesByGate(sources: PolicySources): Promise<ReadonlyMap<string, readonly GateExample[]>> {
  // With them comes the YAML parser, which a check with compiled policies does without.
  const { parseExamples } = await import("./examples.ts");
  const byGate = new Map<string, readonly GateExample[]>();
  for (const file of sources.examples) {
    const { gate, examples } = parseExamples(file);
    byGate.set(gate, [...(byGate.get(gate) ?? []), ...examples]);
  }
  return byGate;
}

function canaryOf(gate: GateDefinition, examples: readonly GateExample[]): Canary | null {
  const example = examples.find(({ canary }) => canary);
  if (example === undefined) return null;
  return {
    name: example.name,
    input: gateInput(gate, example.evidence, EXAMPLE_CONTEXT),
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

function isBundle(value: unknown): value is PolicyBundle {
  return (
    isRecord(value) &&
    value["format"] === BUNDLE_FORMAT &&
    typeof value["wasm"] === "string" &&
    Array.isArray(value["gates"])
  );
}
