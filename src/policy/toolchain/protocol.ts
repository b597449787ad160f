import type { RegoValue } from "../builtins/value.ts";

/** One Rego source. The path is what errors, test results and coverage name; it is not opened. */
export interface RegoModule {
  readonly path: string;
  readonly source: string;
  /** `any` for a file that may be of Rego version 0; default: it has to be of version 1. */
  readonly rego?: "any";
}

/** What a toolchain is made of. */
export interface ToolchainVersion {
  /** The version of OPA, without a `v`. */
  readonly opa: string;
  /** The version of Go it was built with, as in `go1.26.8`. */
  readonly go: string;
  /** The version of the language that sources are read as. */
  readonly rego: string;
}

/** A built-in function of a capabilities document; `decl` is its type. */
export interface BuiltinDeclaration {
  readonly name: string;
  readonly decl: unknown;
  readonly infix?: string;
  readonly nondeterministic?: boolean;
  readonly deprecated?: boolean;
}

/** OPA's `capabilities.json`: what a policy may use. */
export interface Capabilities {
  readonly builtins: readonly BuiltinDeclaration[];
  readonly future_keywords?: readonly string[];
  readonly wasm_abi_versions?: readonly { readonly version: number; readonly minor_version: number }[];
  readonly features?: readonly string[];
  /** The hosts that a JSON schema may be fetched from; absent means any, empty means none. */
  readonly allow_net?: readonly string[];
}

/** One thing wrong with a policy. Rows and columns count from 1; 0 means that OPA gave none. */
export interface RegoIssue {
  /** OPA's code, such as `rego_type_error`, or `unsupported_builtin` for one the capabilities leave out. */
  readonly code: string;
  readonly message: string;
  readonly file: string;
  readonly row: number;
  readonly col: number;
  /** The fields that exist, where a reference names one that does not. */
  readonly allowed?: readonly string[];
  /** The built-in function that is not available. */
  readonly builtin?: string;
}

export interface RuleInfo {
  /** As written, such as `deny` or `limits.cpu`. */
  readonly name: string;
  readonly kind: "complete" | "set" | "object" | "function";
  readonly default: boolean;
  readonly row: number;
}

export interface ImportInfo {
  readonly path: string;
  readonly alias?: string;
  readonly row: number;
}

/** A `# METADATA` block. */
export interface Annotation {
  readonly scope: "package" | "subpackages" | "document" | "rule";
  /** The package or rule it is attached to, such as `data.gates.secrets.deny`. */
  readonly target: string;
  readonly row: number;
  readonly title?: string;
  readonly description?: string;
  readonly entrypoint: boolean;
  readonly organizations: readonly string[];
  readonly authors: readonly { readonly name: string; readonly email?: string }[];
  readonly relatedResources: readonly { readonly ref: string; readonly description?: string }[];
  readonly schemas: readonly { readonly path: string; readonly schema?: string; readonly definition?: unknown }[];
  readonly custom: Readonly<Record<string, unknown>>;
  readonly labels: Readonly<Record<string, unknown>>;
}

/** A built-in function that a module calls, infix operators included, with the place of each call. */
export interface BuiltinUse {
  readonly name: string;
  readonly calls: readonly { readonly row: number; readonly col: number }[];
}

/** What a module declares and uses. */
export interface InspectedModule {
  readonly path: string;
  /** With dots and `data`, as in `data.gates.secrets`. */
  readonly package: string;
  readonly row: number;
  readonly rules: readonly RuleInfo[];
  readonly imports: readonly ImportInfo[];
  readonly annotations: readonly Annotation[];
  /** Sorted by name. */
  readonly builtins: readonly BuiltinUse[];
  /** What it refers to below `data`, sorted, such as `data.lib.severity.rank`; up to the first variable. */
  readonly references: readonly string[];
}

export interface CheckRequest {
  readonly modules: readonly RegoModule[];
  /** Default: everything OPA has, without network. */
  readonly capabilities?: Capabilities;
  /** OPA's strict mode: unused variables and imports are errors too. */
  readonly strict: boolean;
  /** A JSON schema of `input` for each package, by its path with `data`. */
  readonly inputSchemas?: Readonly<Record<string, unknown>>;
}

export interface BuildRequest {
  readonly modules: readonly RegoModule[];
  /** Paths of rules with slashes and without `data`, as in `gates/secrets/deny`. */
  readonly entrypoints: readonly string[];
  /** Default: everything OPA has, without network. */
  readonly capabilities?: Capabilities;
}

export interface BuiltPolicy {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly entrypoints: readonly string[];
  /** The functions the policy needs from its host, sorted. */
  readonly builtins: readonly string[];
}

export interface TestRequest {
  readonly modules: readonly RegoModule[];
  /** The document below `data`. */
  readonly data?: unknown;
  /** A regular expression in Go's syntax on `data.<package>.<rule>`; default: all tests. */
  readonly run?: string;
  readonly coverage: boolean;
  /** For one test, default 5000. It is looked at between steps of the evaluation; the client's limit is the hard one. */
  readonly timeoutMs?: number;
}

/** An expression that was not true, and what it was evaluated with. Values are Rego as compiled policies write it. */
export interface FailedExpression {
  readonly file: string;
  readonly row: number;
  /** As in the source. */
  readonly text: string;
  /** The values of the variables, references and calls in it that are known, by their text in the source; sorted. */
  readonly variables: readonly { readonly name: string; readonly value: string }[];
  /** The two sides of `actual == expected`; the side that is written out is the expected one, or else the right one. */
  readonly comparison?: { readonly actual: string; readonly expected: string };
  /** What failed last in the rules that it asked for. */
  readonly inner?: FailedExpression;
}

/** A case of a test rule that has cases, `test_x[case]`. */
export interface SubResult {
  readonly name: string;
  readonly passed: boolean;
  readonly failedAt?: FailedExpression;
  readonly subResults?: readonly SubResult[];
}

export interface RegoTestResult {
  readonly package: string;
  readonly name: string;
  readonly file: string;
  readonly row: number;
  readonly col: number;
  readonly passed: boolean;
  readonly failed: boolean;
  /** Its name starts with `todo_`. */
  readonly skipped: boolean;
  /** Why it could not be evaluated. */
  readonly error?: string;
  readonly durationNs: number;
  /** What `print` wrote. */
  readonly output?: string;
  /** The last expression in the body of the test that was not true; absent where OPA's rule index ruled out the body. */
  readonly failedAt?: FailedExpression;
  readonly subResults?: readonly SubResult[];
}

export interface BuildTestsRequest {
  readonly modules: readonly RegoModule[];
  /** The files whose tests are compiled; default: all. */
  readonly testFiles?: readonly string[];
  /** A regular expression in Go's syntax on `data.<package>.<rule>`; default: all tests. */
  readonly run?: string;
  /** Default: everything OPA has, without network. */
  readonly capabilities?: Capabilities;
}

/** A rule that OPA's runner takes for a test. Of several rules with one name, each is a test of its own. */
export interface BuiltTest {
  readonly package: string;
  readonly name: string;
  readonly file: string;
  readonly row: number;
  readonly col: number;
  /** Its name starts with `todo_`. */
  readonly skipped: boolean;
  /** Whether its value is an object of the cases that hold, `test_x[case]`. */
  readonly cases: boolean;
  /** Of a list with the value of the test, which is empty where the test is undefined. */
  readonly entrypoint?: string;
  /** Why it could not be compiled; absent for one that was, and for one that is skipped. */
  readonly reason?: string;
}

/** Tests as WebAssembly; empty where none of them could be compiled. */
export interface BuiltTests extends BuiltPolicy {
  /** In the order of the sources. */
  readonly tests: readonly BuiltTest[];
}

/** First and last row of a range, both included. */
export type RowRange = readonly [from: number, to: number];

export interface FileCoverage {
  readonly covered: readonly RowRange[];
  readonly notCovered: readonly RowRange[];
  readonly coveredLines: number;
  readonly notCoveredLines: number;
  /** Of 100, in hundredths. */
  readonly percent: number;
}

export interface Coverage {
  readonly files: Readonly<Record<string, FileCoverage>>;
  readonly percent: number;
}

export interface TestReport {
  /** In the order of the sources. */
  readonly results: readonly RegoTestResult[];
  readonly coverage?: Coverage;
}

export interface FormattedModule {
  readonly path: string;
  readonly formatted: string;
  readonly changed: boolean;
}

/** The value of a call of a built-in; an error in a built-in is "undefined" in Rego. */
export interface BuiltinResult {
  readonly value: RegoValue | undefined;
  /** Why there is no value. */
  readonly error?: string;
}

/** A place in a source. Rows and columns count from 1, columns in UTF-16 code units; the offset is in bytes. */
export interface SourcePoint {
  readonly row: number;
  readonly col: number;
  readonly offset: number;
}

/** One change of a source that a test should notice: the text from `start` up to `end` becomes `replacement`. */
export interface Mutant {
  /** The same for the same change of the same file, wherever in the file it has moved to. */
  readonly id: string;
  readonly file: string;
  /** What kind of change it is, such as `EqualityOperator`. */
  readonly mutator: string;
  readonly start: SourcePoint;
  readonly end: SourcePoint;
  readonly original: string;
  readonly replacement: string;
  /** For people, such as `< → <=`. */
  readonly description: string;
  /** The reason of a comment `# mutate: ignore` that leaves it out. */
  readonly ignored?: string;
}

/** What goes into a package: Rego files and `examples.yaml` files, by their paths inside it. */
export interface BundleRequest {
  readonly files: readonly RegoModule[];
  /** What the author calls this state of the sources; may be empty. */
  readonly revision: string;
  /** The `metadata` of the manifest. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A key and how it is used. */
export interface PackageKey {
  /** PEM, or the secret itself for HMAC. */
  readonly key: string;
  /** As in a JWT, such as `ES256`. */
  readonly algorithm: string;
}

export interface SignRequest extends PackageKey {
  readonly archive: Uint8Array;
  /** What verifiers that hold several keys call this one; may be empty. */
  readonly keyId: string;
}

export interface VerifyRequest extends PackageKey {
  readonly archive: Uint8Array;
}

/** Whether a package is what the holder of a key signed. */
export interface PackageVerification {
  readonly signed: boolean;
  readonly verified: boolean;
  /** Why it is not verified; else empty. */
  readonly reason: string;
  /** What the signer called the key; empty where it has no name or the package is not verified. */
  readonly keyId: string;
}

/** The sources of a package, which may be anybody's: nothing here says that it was verified. */
export interface PackageContents {
  readonly files: readonly RegoModule[];
  readonly revision: string;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly signed: boolean;
}

/**
 * OPA's compiler, type checker, test runner and formatter.
 *
 * Each method rejects with a {@link ToolchainError}: `policy-invalid` with every issue and its place when the
 * sources are wrong, `policy-build-failed` when a build fails for another reason, `package-invalid` when a package
 * cannot be read, `toolchain-timeout` and
 * `toolchain-failed` when the toolchain itself gave no answer.
 */
export interface RegoToolchain {
  version(): Promise<ToolchainVersion>;
  capabilities(): Promise<Capabilities>;
  /** Describes modules without compiling them. */
  inspect(modules: readonly RegoModule[]): Promise<readonly InspectedModule[]>;
  /** Compiles all modules together; resolves when there is nothing wrong with them. */
  check(request: CheckRequest): Promise<void>;
  build(request: BuildRequest): Promise<BuiltPolicy>;
  /** Runs the rules whose names start with `test_`, in OPA's interpreter. */
  test(request: TestRequest): Promise<TestReport>;
  /** Compiles the same rules as gates are compiled; the ones that need a built-in that is not available are left out. */
  buildTests(request: BuildTestsRequest): Promise<BuiltTests>;
  format(modules: readonly RegoModule[]): Promise<readonly FormattedModule[]>;
  /** Calls OPA's own implementation of a built-in. */
  builtin(name: string, args: readonly RegoValue[]): Promise<BuiltinResult>;
  /**
   * The mutants of some modules, in the order of the modules. A comment `# mutate: ignore` without a reason is an
   * issue, and so is one that no mutant is left out by.
   */
  mutants(modules: readonly RegoModule[]): Promise<readonly Mutant[]>;
  /** Makes an OPA bundle (.tar.gz) of sources; the same request gives the same bytes. */
  bundle(request: BundleRequest): Promise<Uint8Array<ArrayBuffer>>;
  /** Signs every file of a package; a signature that it has is replaced. */
  sign(request: SignRequest): Promise<Uint8Array<ArrayBuffer>>;
  /** Holds every file of a package against its signature. */
  verify(request: VerifyRequest): Promise<PackageVerification>;
  /** Reads the sources of a package without looking at its signature. */
  readBundle(archive: Uint8Array): Promise<PackageContents>;
  /** Ends what runs in the background. Requests under way are rejected. */
  close(): Promise<void>;
}

/** A request as the toolchain's `rt_call` takes it: toolchain/protocol.go. */
export type WireRequest =
  | { readonly op: "version" | "capabilities" }
  | { readonly op: "inspect" | "format" | "mutants"; readonly modules: readonly RegoModule[] }
  | ({ readonly op: "check" } & CheckRequest)
  | ({ readonly op: "build" } & BuildRequest)
  | ({ readonly op: "test" } & TestRequest)
  | ({ readonly op: "buildTests" } & BuildTestsRequest)
  | WireBuiltinRequest
  | ({ readonly op: "bundle" } & BundleRequest)
  | ({ readonly op: "sign"; readonly archive: string } & Omit<SignRequest, "archive">)
  | ({ readonly op: "verify"; readonly archive: string } & Omit<VerifyRequest, "archive">)
  | { readonly op: "readBundle"; readonly archive: string };

/** A call of a built-in. Values are Rego as compiled policies write it, which has sets and numbers of any size. */
export interface WireBuiltinRequest {
  readonly op: "builtin";
  readonly name: string;
  readonly args: readonly string[];
  /** The clock of the call; default: the module's own. */
  readonly timeNs?: string;
  /** Calls with the same number share a cache, as those of one evaluation do. */
  readonly evaluation?: number;
}

export interface WireBuiltin {
  readonly defined: boolean;
  readonly value: string;
  readonly error?: string;
}

export interface WireFailure {
  readonly code: "bad_request" | "policy_errors" | "failed" | "panic" | "bad_archive" | "bad_config";
  readonly message: string;
  readonly issues: readonly RegoIssue[];
}

/** An answer as `rt_call` gives it. */
export type WireResponse<T> =
  | { readonly ok: true; readonly result: T }
  | { readonly ok: false; readonly error: WireFailure };

/** A build as it is on the wire, with the WebAssembly in base64. */
export interface WireBuild {
  readonly wasm: string;
  readonly entrypoints: readonly string[];
  readonly builtins: readonly string[];
}

/** Tests that were built, likewise; the WebAssembly is empty where there is none. */
export interface WireBuildTests extends WireBuild {
  readonly tests: readonly BuiltTest[];
}

/** A package as it is on the wire, in base64. */
export interface WireArchive {
  readonly archive: string;
}

/** The bytes before each message on the child's pipes: its length, little-endian. */
const LENGTH_BYTES = 4;

/** A message as it goes through a pipe. */
export function frame(payload: Uint8Array): Uint8Array {
  const message = new Uint8Array(LENGTH_BYTES + payload.length);
  new DataView(message.buffer).setUint32(0, payload.length, true);
  message.set(payload, LENGTH_BYTES);
  return message;
}

/** Puts the chunks of a pipe together again. Messages come out whole and in order. */
export interface FrameReader {
  push(chunk: Uint8Array): readonly Uint8Array[];
}

export function createFrameReader(): FrameReader {
  let chunks: Uint8Array[] = [];
  let size = 0;

  function push(chunk: Uint8Array): readonly Uint8Array[] {
    chunks.push(chunk);
    size += chunk.length;
    const messages: Uint8Array[] = [];
    // Chunks are joined only when a message is complete; joining at each would copy a large one many times.
    for (let length = nextLength(); length !== undefined && size >= LENGTH_BYTES + length; length = nextLength()) {
      const joined = join();
      const end = LENGTH_BYTES + length;
      messages.push(joined.subarray(LENGTH_BYTES, end));
      chunks = [joined.subarray(end)];
      size = joined.length - end;
    }
    return messages;
  }

  function nextLength(): number | undefined {
    if (size < LENGTH_BYTES) return undefined;
    const [first] = chunks;
    const head = first !== undefined && first.length >= LENGTH_BYTES ? first : join();
    chunks = head === first ? chunks : [head];
    return new DataView(head.buffer, head.byteOffset).getUint32(0, true);
  }

  function join(): Uint8Array {
    const [first] = chunks;
    if (chunks.length === 1 && first !== undefined) return first;
    const joined = new Uint8Array(size);
    let offset = 0;
    for (const chunk of chunks) {
      joined.set(chunk, offset);
      offset += chunk.length;
    }
    return joined;
  }

  return { push };
}
