import { basename, dirname, isAbsolute, relative, resolve } from "node:path";
import { auditReference, originOf } from "./audit/checkpoint.ts";
import { decisionEntry } from "./audit/entry.ts";
import { evidenceBlobs, inputsBlob } from "./audit/evidence.ts";
import { historyEvidence } from "./audit/history.ts";
import { openAuditStore, preloadAuditStore } from "./audit/open.ts";
import type { Blob } from "./audit/store.ts";
import { uuidV7 } from "./audit/uuid.ts";
import { isInDefaultBranch, readGitState, repositoryRoot } from "./ci/git.ts";
import { detectCi, type Environment as Variables } from "./ci/provider.ts";
import { resolveSubject, type SubjectFlags } from "./ci/subject.ts";
import { assessTrust, type TrustInputs } from "./ci/trust.ts";
import { type ConfigFile, findConfig, loadConfig, loadEnvironments } from "./config/load.ts";
import type { Config } from "./config/types.ts";
import { conclude } from "./decision/conclude.ts";
import { type DecisionInputs, INPUTS_SCHEMA } from "./decision/decide.ts";
import { asksFor, type Environment, everyGate } from "./decision/environment.ts";
import { proveMandatory } from "./decision/evaluate.ts";
import type { GateInputs } from "./decision/gate-result.ts";
import { reaches } from "./decision/integrity.ts";
import type { AuditReference, Decision, IntegrityLevel } from "./decision/types.ts";
import { DECLARED_EVIDENCE } from "./evidence/declared.ts";
import { type EvidenceRequest, ingest, parseEvidenceFlag, parseExitCodeFlag } from "./ingest/index.ts";
import type { Installation } from "./installation.ts";
import type { LocatedBundle } from "./policy/bundle.ts";
import { type EvaluationSession, openEvaluation } from "./policy/evaluate.ts";
import { loadPolicies } from "./policy/load.ts";
import { type OpenedPackage, openPackages } from "./policy/package/open.ts";
import {
  createRuntime,
  DEFAULT_MEMORY_LIMIT_BYTES,
  DEFAULT_TIME_LIMIT_MS,
  type PolicyRuntime,
} from "./policy/runtime/runtime.ts";
import { openCache } from "./util/cache.ts";
import type { Clock } from "./util/clock.ts";
import { GateError } from "./util/errors.ts";
import { nearest } from "./util/nearest.ts";

/** What a user asks of `gate check`. */
export interface CheckOptions {
  readonly environment: string;
  /** Path of the configuration; default: `gate.yaml` here or above. */
  readonly config?: string;
  /** `path`, `kind=path` or `kind:format=path`, in addition to the configuration's; `-` is standard input. */
  readonly evidence: readonly string[];
  /** `code` or `path=code`: with which code the tool that wrote a file ended. */
  readonly exitCodes: readonly string[];
  /** Whether text that may hold secrets is kept; the decision says so. */
  readonly keepRaw?: boolean;
  readonly subject: SubjectFlags;
  /** False with `--no-audit`. */
  readonly audit: boolean;
  /** Path of the audit store, instead of the configuration's. */
  readonly store?: string;
  /** Instead of the environment's; it may only be higher. */
  readonly requireIntegrity?: IntegrityLevel;
  /** Milliseconds for one gate. */
  readonly timeLimitMs?: number;
}

/** The world around a check. Everything that could make two checks differ comes in here. */
export interface CheckServices {
  readonly cwd: string;
  readonly variables: Variables;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly stdin: () => Promise<Uint8Array>;
  readonly installation: Installation;
  /** Folder of derived data; undefined turns caching off. */
  readonly cacheFolder: string | undefined;
}

export interface CheckResult {
  readonly decision: Decision;
  /** Whether policies had to be compiled, which loads the toolchain. */
  readonly compiled: boolean;
}

/**
 * Runs one check from files to a recorded decision. When it returns, the decision is in the audit store; when it
 * throws, there is none.
 *
 * @throws {GateError} where no decision could be made or recorded
 */
export async function runCheck(options: CheckOptions, services: CheckServices): Promise<CheckResult> {
  const { installation, cwd, variables } = services;
  // The worker boots and git answers while evidence is read.
  const runtime = createRuntime({
    worker: installation.policyWorker,
    timeLimitMs: options.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS,
    memoryLimitBytes: DEFAULT_MEMORY_LIMIT_BYTES,
    toolchain: installation.toolchain.wasm,
  });
  try {
    const root = repositoryRoot(cwd);
    const asking = root === undefined ? undefined : askGit(root, variables);
    // A failure of either is reported where it is awaited.
    asking?.catch(() => undefined);
    const cache = openCache(services.cacheFolder);
    const file = findConfig(cwd, options.config);
    const config = await loadConfig(file, installation.schemas, cache);
    requireEnvironment(config, options.environment);
    const folder = dirname(file.path);
    const policyFolders = config.policy.paths.map(({ value }) => ({ path: resolve(folder, value), label: value }));
    const packages = openPackages(config.policy.packages, folder);
    const policies = await loadPolicies(
      { builtin: config.policy.builtin, folders: policyFolders, packages },
      { installation, variables, cacheFolder: services.cacheFolder },
    );
    const environments = await loadEnvironments(config, policies.bundle.digest, policies.bundle.gates, cache);
    const environment = environments[options.environment];
    if (environment === undefined) throw new GateError("internal", "the environment was lost");
    requireAudit(options, environment);
    const opening = openProven(runtime, policies, environment);
    opening.catch(() => undefined);

    const { documents: files, unmatched } = await ingest(evidenceRequests(options, config, relative(folder, cwd)), {
      cwd: folder,
      limits: config.limits,
      stdin: services.stdin,
      root: (root ?? folder).replaceAll("\\", "/"),
      keepRaw: options.keepRaw === true,
      exitCodes: options.exitCodes.map(parseExitCodeFlag),
    });
    if (options.audit) await preloadAuditStore();
    const session = await opening;
    const ci = detectCi(variables);
    const { git, inDefaultBranch } = (await asking) ?? {};
    const subject = resolveSubject(options.subject, ci, git);
    const now = services.clock.now();
    const trust = assessTrust({
      root,
      git,
      commit: subject.commit,
      inDefaultBranch,
      ci,
      config: file.path,
      policies: [...policyFolders.map(({ path }) => path), ...packages.flatMap(({ decidedBy }) => decidedBy)],
    });
    const documents = [...files];
    if (options.audit && asksFor("history", environment, policies.bundle.gates)) {
      const path = storeOf(file, config, options, services);
      documents.push(await historyEvidence(path, options.store ?? config.auditStore, subject, now));
    }
    const stored = options.audit ? evidenceBlobs(documents, config.auditEvidenceBytes) : undefined;
    const inputs: DecisionInputs = {
      schema: INPUTS_SCHEMA,
      id: uuidV7(now, services.random(10)),
      evaluatedAt: now.toISOString(),
      engineVersion: installation.version,
      environment: { ...environment, integrity: higher(environment.integrity, options.requireIntegrity) },
      subject,
      authors: [],
      policy: policyReference(policies, config, packages),
      config: { digest: config.digest, path: config.path },
      trust,
      recorded: options.audit,
      evidenceStored: stored !== undefined,
      unmatched: inWords(unmatched),
      people: [],
      waivers: [],
      baseline: null,
      statements: [],
      obligations: [],
    };
    const decision = await conclude(inputs, documents, session);
    // The worker ends while the decision is recorded.
    const closing = runtime.close();
    const audit = options.audit
      ? await record(
          decision,
          stored === undefined ? [] : [...stored, inputsBlob(inputs)],
          file,
          config,
          options,
          services,
        )
      : null;
    await closing;
    return { decision: { ...decision, audit }, compiled: policies.compiled };
  } finally {
    await runtime.close();
  }
}

function inWords(unmatched: readonly EvidenceRequest[]): GateInputs["unmatched"] {
  return unmatched.map(({ pattern, origin, declared }) => ({
    need: declared === undefined ? undefined : DECLARED_EVIDENCE[declared].kind,
    description: `${pattern} (${origin}) matches nothing`,
  }));
}

async function askGit(root: string, variables: Variables): Promise<Pick<TrustInputs, "git" | "inDefaultBranch">> {
  const [git, inDefaultBranch] = await Promise.all([readGitState(root, variables), isInDefaultBranch(root, variables)]);
  return { git, inDefaultBranch };
}

/** Compiled policies of which every mandatory gate has shown that it can deny. */
async function openProven(
  runtime: PolicyRuntime,
  policies: LocatedBundle,
  environment: Environment,
): Promise<EvaluationSession> {
  const session = await openEvaluation(runtime, policies);
  await proveMandatory(session, everyGate(environment));
  return session;
}

async function record(
  decision: Decision,
  evidence: readonly Blob[],
  file: ConfigFile,
  config: Config,
  options: CheckOptions,
  services: CheckServices,
): Promise<AuditReference> {
  const path = storeOf(file, config, options, services);
  const { clock, random } = services;
  const origin = originOf(decision.subject.repository ?? basename(dirname(file.path)));
  const store = await openAuditStore({ path, mode: "append", origin, clock, random });
  try {
    const { entry, blobs } = decisionEntry(decision, services.clock.now());
    return auditReference(await store.append(entry, [...blobs, ...evidence]));
  } finally {
    await store.close();
  }
}

/** Where the audit store is. */
function storeOf(file: ConfigFile, config: Config, options: CheckOptions, services: CheckServices): string {
  if (options.store !== undefined) return resolve(services.cwd, options.store);
  return resolve(dirname(file.path), config.auditStore);
}

function requireEnvironment(config: Config, name: string): void {
  if (Object.hasOwn(config.environments, name)) return;
  const names = Object.keys(config.environments);
  const suggestion = nearest(name, names);
  throw new GateError("usage", `${config.path} has no environment "${name}"`, {
    hint: suggestion === undefined ? `It has ${names.join(", ")}.` : `Did you mean "${suggestion}"?`,
  });
}

function requireAudit(options: CheckOptions, environment: Environment): void {
  if (options.audit || environment.audit === "optional") return;
  throw new GateError("usage", `--no-audit is refused: decisions of ${environment.name} must be recorded`, {
    hint: `Leave out --no-audit, or set \`audit: optional\` for ${environment.name} in gate.yaml.`,
  });
}

/** @param here the working directory, relative to the configuration's folder, from which patterns start */
function evidenceRequests(options: CheckOptions, config: Config, here: string): readonly EvidenceRequest[] {
  const configured = config.evidence.map(({ path, kind, format, source }) => ({
    pattern: path,
    origin: source,
    required: false,
    ...(kind === undefined ? {} : { declared: kind }),
    ...(format === undefined ? {} : { format }),
  }));
  const given = options.evidence
    .map((text) => parseEvidenceFlag(text, "--evidence"))
    .map((request) => {
      const { pattern } = request;
      if (here === "" || pattern === "-" || isAbsolute(pattern)) return request;
      return { ...request, pattern: `${here.replaceAll("\\", "/")}/${pattern}` };
    });
  return [...configured, ...given];
}

function policyReference(
  policies: LocatedBundle,
  config: Config,
  packages: readonly OpenedPackage[],
): Decision["policy"] {
  const { digest, wasm, gates, toolchain } = policies.bundle;
  const sources = [
    ...(config.policy.builtin ? ["builtin"] : []),
    ...config.policy.paths.map(({ value }) => value),
    ...packages.map((opened) => `${opened.label}@${opened.digest}`),
  ];
  return { digest, wasm, source: sources.join(", "), gates: gates.length, toolchain };
}

function higher(configured: IntegrityLevel, asked: IntegrityLevel | undefined): IntegrityLevel {
  if (asked === undefined) return configured;
  return reaches(configured, asked) ? configured : asked;
}
