import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { messageOf } from "../../util/errors.ts";
import { parseValue, type RegoValue, valueText } from "../builtins/value.ts";
import { policyError, ToolchainError } from "./error.ts";
import { describeModule, type ParsedModule } from "./opa-ast.ts";
import type {
  BuildRequest,
  BuiltinResult,
  BuiltPolicy,
  Capabilities,
  CheckRequest,
  Coverage,
  FormattedModule,
  InspectedModule,
  RegoIssue,
  RegoModule,
  RegoTestResult,
  RegoToolchain,
  RowRange,
  SubResult,
  TestReport,
  TestRequest,
  ToolchainVersion,
} from "./protocol.ts";

export interface OpaBinaryOptions {
  /** Path or name of an opa binary. */
  readonly path: string;
  /** For each call of the binary, in milliseconds; default 60000. */
  readonly timeoutMs?: number;
}

interface Output {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface OpaLocation {
  readonly file: string;
  readonly row: number;
  readonly col: number;
}

interface OpaError {
  readonly code?: string;
  readonly message: string;
  readonly location?: OpaLocation;
  readonly details?: { readonly oneOf?: readonly string[] };
}

interface OpaTestResult {
  readonly location: OpaLocation;
  readonly package: string;
  readonly name: string;
  readonly fail?: boolean;
  readonly error?: unknown;
  readonly skip?: boolean;
  readonly duration: number;
  readonly output?: string;
  readonly sub_results?: Readonly<Record<string, OpaSubResult>>;
}

interface OpaSubResult {
  readonly fail?: boolean;
  readonly sub_results?: Readonly<Record<string, OpaSubResult>>;
}

interface OpaRange {
  readonly start: { readonly row: number };
  readonly end: { readonly row: number };
}

interface OpaCoverage {
  readonly coverage?: number;
  readonly files: Readonly<
    Record<
      string,
      {
        readonly covered?: readonly OpaRange[];
        readonly not_covered?: readonly OpaRange[];
        readonly covered_lines?: number;
        readonly not_covered_lines?: number;
        readonly coverage?: number;
      }
    >
  >;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;
const TAR_BLOCK = 512;

/**
 * The toolchain on an `opa` binary, for machines where the module could not be built.
 *
 * It does not hold what an `every` reads against the schema of `input`, which the module does. It does not build tests.
 * Test results have no `failedAt`, and there is no coverage where a test did not pass.
 */
export function createOpaBinaryToolchain({ path, timeoutMs = DEFAULT_TIMEOUT_MS }: OpaBinaryOptions): RegoToolchain {
  function opa(args: readonly string[], input = "", cwd?: string): Promise<Output> {
    return new Promise((resolve, reject) => {
      const options = { timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES, killSignal: "SIGKILL" as const, cwd };
      const child = execFile(path, args, options, (error, stdout, stderr) => {
        if (error === null) return resolve({ status: 0, stdout, stderr });
        if (typeof error.code === "number") return resolve({ status: error.code, stdout, stderr });
        const command = `${path} ${args[0] ?? ""}`;
        reject(
          error.killed === true
            ? new ToolchainError("toolchain-timeout", `${command} took more than ${timeoutMs} ms`)
            : new ToolchainError("toolchain-failed", `${command} could not be run: ${messageOf(error)}`),
        );
      });
      // A process that does not read its input is not an error.
      child.stdin?.on("error", () => undefined).end(input);
    });
  }

  async function opaJson<T>(args: readonly string[], input?: string, cwd?: string): Promise<T> {
    const { status, stdout, stderr } = await opa(args, input, cwd);
    try {
      return JSON.parse(stdout);
    } catch {
      throw failed(args, status, stderr || stdout);
    }
  }

  async function parse(module: RegoModule): Promise<ParsedModule> {
    return withSources([module], async ({ folder, files, toIssues }) => {
      const args = ["parse", "--format=json", "--json-include=locations", ...files];
      const { status, stdout, stderr } = await opa(args, "", folder);
      if (status === 0) return JSON.parse(stdout);
      const errors = errorsIn(stdout) ?? errorsIn(stderr);
      throw errors === undefined ? failed(args, status, stderr || stdout) : policyError(toIssues(errors));
    });
  }

  async function inspect(modules: readonly RegoModule[]): Promise<readonly InspectedModule[]> {
    const { builtins } = await currentCapabilities();
    const names = new Set(builtins.map(({ name }) => name));
    const parsed = await Promise.all(modules.map(parse));
    return modules.map((module, index) => describeModule(module.path, index, parsed, names));
  }

  async function currentCapabilities(): Promise<Capabilities> {
    return opaJson(["capabilities", "--current"]);
  }

  async function check(request: CheckRequest): Promise<void> {
    const { modules, inputSchemas = {} } = request;
    await checkTogether(request, undefined);
    if (Object.keys(inputSchemas).length === 0) return;
    const packages = new Map((await inspect(modules)).map((module) => [module.path, module.package]));
    // The binary takes one schema of `input` for all that it checks, so each package is checked with what it may import.
    for (const [checked, schema] of Object.entries(inputSchemas)) {
      const visible = modules.filter(({ path: file }) => {
        const other = packages.get(file) ?? "";
        return other === checked || !Object.hasOwn(inputSchemas, other);
      });
      await checkTogether({ ...request, modules: visible }, schema);
    }
  }

  async function checkTogether(request: CheckRequest, schema: unknown): Promise<void> {
    const { modules, strict } = request;
    await withSources(modules, async ({ folder, files, toIssues, writeCapabilities }) => {
      const args = ["check", "--format=json", "--max-errors=0", ...(strict ? ["--strict"] : [])];
      if (schema !== undefined) {
        await writeFile(join(folder, "schema.json"), JSON.stringify(schema));
        args.push("--schema=schema.json");
      }
      const limits = await writeCapabilities(request.capabilities);
      const { status, stdout, stderr } = await opa([...args, ...limits, ...files], "", folder);
      if (status === 0) return;
      const errors = errorsIn(stdout) ?? errorsIn(stderr);
      if (errors === undefined) throw failed(args, status, stderr || stdout);
      const known = new Set((await currentCapabilities()).builtins.map(({ name }) => name));
      throw policyError(toIssues(errors).map((issue) => explain(issue, known)));
    });
  }

  async function build(request: BuildRequest): Promise<BuiltPolicy> {
    const { modules, entrypoints } = request;
    if (entrypoints.length === 0) throw failed(["build"], 1, "a build needs at least one entrypoint");
    await check({ ...request, strict: false });
    const inspected = await inspect(modules);
    const unmarked = modules.map((module, index) => withoutEntrypoints(module, inspected[index]?.annotations ?? []));
    return withSources(unmarked, async ({ folder, files, writeCapabilities }) => {
      const limits = await writeCapabilities(request.capabilities);
      const targets = entrypoints.flatMap((entrypoint) => ["--entrypoint", entrypoint]);
      const args = ["build", "--target=wasm", "--prune-unused", "--output=bundle.tar.gz", ...targets, ...limits];
      const { status, stdout, stderr } = await opa([...args, ...files], "", folder);
      if (status !== 0) throw new ToolchainError("policy-build-failed", `opa build: ${(stderr || stdout).trim()}`);
      const wasm = fileInTar(gunzipSync(await readFile(join(folder, "bundle.tar.gz"))), "/policy.wasm");
      const { entrypoints: built, builtins } = describeWasm(wasm);
      if (built.join() !== entrypoints.toSorted().join()) throw unsupported(`build only ${entrypoints.join(", ")}`);
      return { wasm, entrypoints: built, builtins };
    });
  }

  async function test({ modules, data, run, coverage, timeoutMs: limit }: TestRequest): Promise<TestReport> {
    await check({ modules, strict: false });
    return withSources(modules, async ({ folder, files, original }) => {
      const paths = [...files];
      if (data !== undefined) {
        await writeFile(join(folder, "data.json"), JSON.stringify(data));
        paths.push("data.json");
      }
      const options = [
        ...(run === undefined ? [] : ["--run", run]),
        ...(limit === undefined ? [] : [`--timeout=${limit}ms`]),
      ];
      const common = ["test", "--format=json", ...options];
      const results = (await opaJson<readonly OpaTestResult[] | null>([...common, ...paths], "", folder)) ?? [];
      const report = { results: results.map((result) => toResult(result, original)).toSorted(byPlace(modules)) };
      if (!coverage || report.results.some(({ passed, skipped }) => !passed && !skipped)) return report;
      const measured = await opaJson<OpaCoverage>([...common, "--coverage", ...paths], "", folder);
      return { ...report, coverage: toCoverage(measured, original) };
    });
  }

  async function format(modules: readonly RegoModule[]): Promise<readonly FormattedModule[]> {
    await Promise.all(modules.map(parse));
    return Promise.all(
      modules.map(async ({ path: file, source }) => {
        const { status, stdout, stderr } = await opa(["fmt"], source);
        if (status !== 0) throw failed(["fmt", file], status, stderr);
        return { path: file, formatted: stdout, changed: stdout !== source };
      }),
    );
  }

  async function builtin(name: string, args: readonly RegoValue[]): Promise<BuiltinResult> {
    if (!(await currentCapabilities()).builtins.some((known) => known.name === name)) {
      throw failed(["eval"], 1, `OPA has no built-in function "${name}"`);
    }
    const call = `${name}(${args.map(valueText).join(", ")})`;
    const output = await opaJson<{
      readonly errors?: readonly OpaError[];
      readonly result?: readonly { readonly bindings: { readonly value: string } }[];
    }>(["eval", "--format=json", `value = json.marshal(${call})`]);
    const [error] = output.errors ?? [];
    if (error !== undefined) throw failed(["eval"], 1, error.message);
    const [first] = output.result ?? [];
    return { value: first === undefined ? undefined : parseValue(first.bindings.value) };
  }

  async function version(): Promise<ToolchainVersion> {
    const { stdout } = await opa(["version"]);
    const field = (label: string): string => new RegExp(`^${label}: (.*)$`, "m").exec(stdout)?.[1] ?? "unknown";
    return { opa: field("Version"), go: field("Go Version"), rego: field("Rego Version") };
  }

  return {
    version,
    capabilities: currentCapabilities,
    inspect,
    check,
    build,
    test,
    buildTests: () => Promise.reject(needsModule("compile tests")),
    format,
    builtin,
    mutants: () => Promise.reject(needsModule("make mutants")),
    bundle: refusePackages,
    sign: refusePackages,
    verify: refusePackages,
    readBundle: refusePackages,
    close: () => Promise.resolve(),
  };
}

/** What takes the compiler's own syntax tree. */
function needsModule(what: string): ToolchainError {
  return new ToolchainError("toolchain-missing", `an opa binary cannot ${what}: that takes the Rego toolchain`, {
    hint: "Unset GATE_OPA; in a checkout run `npm run build` with Go installed.",
  });
}

interface Sources {
  readonly folder: string;
  /** The files, relative to the folder. */
  readonly files: readonly string[];
  /** The path a module was given with, of the file it was written to. */
  readonly original: (file: string) => string;
  readonly toIssues: (errors: readonly OpaError[]) => readonly RegoIssue[];
  /** The options that limit opa to some capabilities. */
  readonly writeCapabilities: (capabilities: Capabilities | undefined) => Promise<readonly string[]>;
}

/** Writes modules to a folder of their own, under numbers: their paths are names, not places. */
async function withSources<T>(modules: readonly RegoModule[], use: (sources: Sources) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "gate-opa-"));
  const files = modules.map((_, index) => `${index}.rego`);
  const paths = new Map(files.map((file, index) => [file, modules[index]?.path ?? file]));
  const original = (file: string): string => paths.get(file) ?? file;

  function toIssues(errors: readonly OpaError[]): readonly RegoIssue[] {
    return errors.map(({ code = "", message, location, details }) => ({
      code,
      message,
      file: original(location?.file ?? ""),
      row: location?.row ?? 0,
      col: location?.col ?? 0,
      ...(details?.oneOf !== undefined && { allowed: details.oneOf.toSorted() }),
    }));
  }

  async function writeCapabilities(capabilities: Capabilities | undefined): Promise<readonly string[]> {
    if (capabilities === undefined) return [];
    await writeFile(join(folder, "capabilities.json"), JSON.stringify(capabilities));
    return ["--capabilities=capabilities.json"];
  }

  try {
    await Promise.all(modules.map(({ source }, index) => writeFile(join(folder, `${index}.rego`), source)));
    return await use({ folder, files, original, toIssues, writeCapabilities });
  } finally {
    await rm(folder, { recursive: true });
  }
}

function errorsIn(text: string): readonly OpaError[] | undefined {
  try {
    const { errors }: { readonly errors?: readonly OpaError[] } = JSON.parse(text);
    return errors;
  } catch {
    return undefined;
  }
}

/** "Undefined function" means something else where OPA itself has that function. */
function explain(issue: RegoIssue, known: ReadonlySet<string>): RegoIssue {
  const [, name] = /^undefined function (\S+)$/.exec(issue.message) ?? [];
  if (name === undefined || !known.has(name)) return issue;
  return {
    ...issue,
    code: "unsupported_builtin",
    message: `built-in function ${name} is not available`,
    builtin: name,
  };
}

function toResult(result: OpaTestResult, original: (file: string) => string): RegoTestResult {
  const { location, fail = false, skip = false, error, output, sub_results: subResults } = result;
  return {
    package: result.package,
    name: result.name,
    file: original(location.file),
    row: location.row,
    col: location.col,
    passed: !fail && !skip && error === undefined,
    failed: fail,
    skipped: skip,
    ...(error !== undefined && { error: messageOf(error) }),
    durationNs: result.duration,
    ...(output !== undefined && { output: Buffer.from(output, "base64").toString() }),
    ...(subResults !== undefined && { subResults: toSubResults(subResults) }),
  };
}

function toSubResults(results: Readonly<Record<string, OpaSubResult>>): readonly SubResult[] {
  return Object.entries(results)
    .map(toSubResult)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function toSubResult([name, { fail = false, sub_results: inner }]: readonly [string, OpaSubResult]): SubResult {
  return { name, passed: !fail, ...(inner !== undefined && { subResults: toSubResults(inner) }) };
}

function byPlace(modules: readonly RegoModule[]): (a: RegoTestResult, b: RegoTestResult) => number {
  const order = new Map(
    modules
      .map(({ path }) => path)
      .toSorted()
      .map((path, index) => [path, index]),
  );
  return (a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.row - b.row;
}

function toCoverage({ files, coverage = 0 }: OpaCoverage, original: (file: string) => string): Coverage {
  const entries = Object.entries(files).map(([file, report]) => {
    const { covered = [], not_covered: notCovered = [] } = report;
    return [
      original(file),
      {
        covered: toRows(covered),
        notCovered: toRows(notCovered),
        coveredLines: report.covered_lines ?? 0,
        notCoveredLines: report.not_covered_lines ?? 0,
        percent: toHundredths(report.coverage ?? 0),
      },
    ] as const;
  });
  return { files: Object.fromEntries(entries), percent: toHundredths(coverage) };
}

/** Drops the columns and joins the ranges that then overlap or adjoin. */
function toRows(ranges: readonly OpaRange[]): readonly RowRange[] {
  const rows: [number, number][] = [];
  for (const { start, end } of ranges) {
    const last = rows.at(-1);
    if (last !== undefined && start.row <= last[1] + 1) last[1] = Math.max(last[1], end.row);
    else rows.push([start.row, end.row]);
  }
  return rows;
}

function toHundredths(percent: number): number {
  return Math.round(percent * 100) / 100;
}

/** Finds a file in a tar archive of OPA's, whose names are short. */
function fileInTar(archive: Uint8Array, wanted: string): Uint8Array<ArrayBuffer> {
  const text = (at: number, length: number): string =>
    new TextDecoder().decode(archive.subarray(at, at + length)).replace(/\0.*$/s, "");
  for (let at = 0; at + TAR_BLOCK <= archive.length && archive[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const start = at + TAR_BLOCK;
    if (text(at, 100) === wanted) return new Uint8Array(archive.subarray(start, start + size));
    at = start + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
  throw new ToolchainError("policy-build-failed", `opa build made a bundle without ${wanted}`);
}

/** Asks a compiled policy for its entrypoints and for what it needs from its host: opa docs/wasm, "ABI". */
function describeWasm(wasm: BufferSource): Pick<BuiltPolicy, "entrypoints" | "builtins"> {
  const memory = new WebAssembly.Memory({ initial: 64 });
  const host = ["abort", "println", "builtin0", "builtin1", "builtin2", "builtin3", "builtin4"];
  const env = { memory, ...Object.fromEntries(host.map((name) => [`opa_${name}`, refuseCall])) };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env });

  function names(list: string): readonly string[] {
    const { [list]: get, opa_json_dump: dump } = exports;
    if (typeof get !== "function" || typeof dump !== "function") return [];
    const at = Number(dump(get()));
    const bytes = new Uint8Array(memory.buffer);
    return Object.keys(JSON.parse(new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at))))).toSorted();
  }

  return { entrypoints: names("entrypoints"), builtins: names("builtins") };
}

function refuseCall(): never {
  throw new Error("a policy called its host while it was asked what it is");
}

/** `opa build` adds the rules annotated `entrypoint: true` to those it is asked for, so they lose that line. */
function withoutEntrypoints(module: RegoModule, annotations: InspectedModule["annotations"]): RegoModule {
  const lines = module.source.split("\n");
  for (const { row } of annotations.filter(({ entrypoint }) => entrypoint)) {
    for (let index = row - 1; lines[index]?.startsWith("#") === true; index += 1) {
      if (/^#\s*entrypoint\s*:/.test(lines[index] ?? "")) lines[index] = "#";
    }
  }
  return { ...module, source: lines.join("\n") };
}

function failed(args: readonly string[], status: number, output: string): ToolchainError {
  return new ToolchainError(
    "toolchain-failed",
    `opa ${args[0] ?? ""} ended with exit code ${status}: ${output.trim()}`,
  );
}

function refusePackages(): Promise<never> {
  return Promise.reject(unsupported("make, sign or read policy packages"));
}

function unsupported(what: string): ToolchainError {
  return new ToolchainError("toolchain-failed", `an opa binary cannot ${what}`, {
    hint: "Install Go and run `npm run build`, which makes the toolchain that can.",
  });
}
