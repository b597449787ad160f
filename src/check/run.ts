import { basename, join, relative, resolve } from "node:path";
import { evidenceBlobs, inputsBlob } from "../audit/evidence.ts";
import { peopleIn } from "../audit/mentions.ts";
import { uuidV7 } from "../audit/uuid.ts";
import { repositoryRoot } from "../ci/git.ts";
import { type CiContext, detectCi } from "../ci/provider.ts";
import { resolveSubject } from "../ci/subject.ts";
import { loadConfig, loadEnvironments, requireNames } from "../config/load.ts";
import type { Config, EvidencePattern } from "../config/types.ts";
import { conclude } from "../decision/conclude.ts";
import { type DecisionInputs, INPUTS_SCHEMA } from "../decision/decide.ts";
import { asksFor, type Environment, everyGate } from "../decision/environment.ts";
import { proveMandatory } from "../decision/evaluate.ts";
import { reaches } from "../decision/integrity.ts";
import { obligationOf } from "../decision/obligations.ts";
import type { Person } from "../decision/people.ts";
import type { Decision, IntegrityLevel, Subject } from "../decision/types.ts";
import type { EvidenceDocument } from "../evidence/types.ts";
import { type IngestResult, ingest, parseExitCodeFlag } from "../ingest/index.ts";
import type { LocatedBundle } from "../policy/bundle.ts";
import { type EvaluationSession, openEvaluation } from "../policy/evaluate.ts";
import { loadPolicies } from "../policy/load.ts";
import { type OpenedPackage, openPackages } from "../policy/package/open.ts";
import {
  createRuntime,
  DEFAULT_MEMORY_LIMIT_BYTES,
  DEFAULT_TIME_LIMIT_MS,
  type PolicyRuntime,
} from "../policy/runtime/runtime.ts";
import { type PolicyParts, policyParts } from "../policy/stored.ts";
import { openBinding } from "../trust/binding.ts";
import type { Trust } from "../trust/keyring.ts";
import { checkStated } from "../trust/stated.ts";
import { type Cache, openCache } from "../util/cache.ts";
import { GateError } from "../util/errors.ts";
import { askChange, askGit, type ChangeFacts } from "./change.ts";
import { bindCheckedOut, configWithConftest, pathsOfRepository, WITHOUT_CONFIG } from "./conftest.ts";
import { type ControlSource, openControl } from "./control.ts";
import type { CheckOptions, CheckResult, CheckServices } from "./options.ts";
import { type DecisionRecord, openRecord } from "./record.ts";
import { evidenceRequests, inWords } from "./requests.ts";
import { readRules, readTrust } from "./rules.ts";
import { sourceTrust } from "./trust.ts";

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
  const root = repositoryRoot(cwd);
  const ci = detectCi(variables);
  const asking = root === undefined ? undefined : askGit(root, variables);
  // A failure of any of these is reported where it is awaited.
  asking?.catch(() => undefined);
  const { config: named, policyRef } = options;
  let control: ControlSource | undefined;
  let record: DecisionRecord | undefined;
  try {
    const fallback = options.conftest === undefined ? {} : { fallback: WITHOUT_CONFIG };
    control = await openControl({ root, cwd, variables, ci, config: named, policyRef, ...fallback });
    const around: Surroundings = { control, root, ci, asking, runtime, options, services };
    const rules = await openRules(around);
    const gathered = await gather(around, rules);
    record = await openRecord({ options, config: rules.config, folder: rules.folder, services });
    return await decideAndRecord(around, rules, gathered, record);
  } finally {
    control?.close();
    await Promise.all([runtime.close(), record?.close()]);
  }
}

/** What a check knows before it has read anything. */
interface Surroundings {
  readonly control: ControlSource;
  readonly root: string | undefined;
  readonly ci: CiContext | undefined;
  readonly asking: ReturnType<typeof askGit> | undefined;
  readonly runtime: PolicyRuntime;
  readonly options: CheckOptions;
  readonly services: CheckServices;
}

/** What a check is held to: gate.yaml, policies, and whose word counts. */
interface OpenedRules {
  readonly config: Config;
  readonly environment: Environment;
  readonly policies: LocatedBundle;
  readonly packages: readonly OpenedPackage[];
  readonly trust: Trust;
  /** The compiled policies, once every mandatory gate has shown that it can deny. */
  readonly session: Promise<EvaluationSession>;
  /** The folder of the work tree that evidence and the audit store are in, absolute: where gate.yaml is, or would be. */
  readonly folder: string;
  readonly cache: Cache;
}

async function openRules({ control, root, runtime, options, services }: Surroundings): Promise<OpenedRules> {
  const { installation, cwd, variables, cacheFolder } = services;
  const cache = openCache(cacheFolder);
  const folder = control.revision === undefined ? control.folder : join(root ?? cwd, control.place);
  const loaded = await loadConfig(control.file, installation.schemas, cache);
  const config = configWithConftest(loaded, options, relative(folder, cwd));
  requireNames(config, options.environment, options.component);
  await control.fetch(config);
  const folders = config.policy.paths.map(({ value }) => ({ path: resolve(control.folder, value), label: value }));
  const packages = openPackages(config.policy.packages, control.folder);
  const { builtin, conftest } = config.policy;
  const named = (path: string) => ({ path: resolve(control.folder, path), label: path });
  const asked =
    conftest === undefined
      ? {}
      : { conftest: { ...conftest, policies: conftest.policies.map(named), data: conftest.data.map(named) } };
  const selection = { builtin, folders, packages, ...asked };
  const policies = await loadPolicies(selection, { installation, variables, cacheFolder });
  const environment = (await loadEnvironments(config, policies.bundle, cache, options.component))[options.environment];
  if (environment === undefined) throw new GateError("internal", "the environment was lost");
  requireAudit(options, environment);
  const session = openProven(runtime, policies, environment);
  session.catch(() => undefined);
  const trust = await readTrust(control, config, installation.schemas, cache);
  return { config, environment, policies, packages, trust, session, folder, cache };
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

/** The evidence that every part of the repository shares, and that of the part which is gated. */
function patternsOf({ evidence, components }: Config, component: string | undefined): readonly EvidencePattern[] {
  const own = component === undefined ? undefined : components[component];
  return own === undefined ? evidence : [...evidence, ...own.evidence];
}

interface Gathered extends IngestResult {
  /** The one time that everything is judged by. */
  readonly now: Date;
}

async function gather(around: Surroundings, rules: OpenedRules): Promise<Gathered> {
  const { root, options, services } = around;
  const { config, folder, trust } = rules;
  const now = services.clock.now();
  const read = await ingest(
    evidenceRequests(options, patternsOf(config, options.component), relative(folder, services.cwd)),
    {
      cwd: folder,
      limits: config.limits,
      stdin: services.stdin,
      root: (root ?? folder).replaceAll("\\", "/"),
      keepRaw: options.keepRaw === true,
      openBinding: (bytes) => openBinding(bytes, trust, now),
      checkSignature: (stated) => checkStated(stated, trust, now),
      exitCodes: options.exitCodes.map(parseExitCodeFlag),
    },
  );
  const git = (await around.asking)?.git;
  const documents = await bindCheckedOut(read.documents, {
    root,
    variables: services.variables,
    folder,
    commit: git?.commit,
    changed: git?.changed ?? [],
    now,
  });
  return { ...read, documents, now };
}

async function decideAndRecord(
  around: Surroundings,
  opened: OpenedRules,
  { documents: files, unmatched, signers, now }: Gathered,
  record: DecisionRecord,
): Promise<CheckResult> {
  const { control, root, ci, options, services, runtime } = around;
  const { config, environment, policies, packages, folder } = opened;
  const session = await opened.session;
  const facts = await around.asking;
  const { git, inDefaultBranch } = facts ?? {};
  const { component } = options;
  const subject: Subject = {
    ...resolveSubject(options.subject, ci, git),
    ...(component === undefined ? {} : { component }),
  };
  const { variables, installation } = services;
  const change = await askChange({ root, variables, ci, revision: control.revision, facts, gated: subject.commit });
  await record.refuseBackdated(now);
  const { schemas } = installation;
  const rules = await readRules({ control, config, environment, folder, now, schemas, trust: opened.trust });
  const loosening = { config, environment, component, policies: policies.bundle, ...rules, folder, schemas };
  const trust = await sourceTrust({
    control,
    root,
    git,
    ci,
    inDefaultBranch,
    commit: subject.commit,
    config,
    packages,
    change,
    loosening: { ...loosening, file: basename(control.file.path) },
  });
  const asksHistory = asksFor("history", environment, policies.bundle.gates);
  const history = asksHistory ? await record.history(subject, now) : undefined;
  const documents = history === undefined ? files : [...files, history];
  const stored = options.audit ? evidenceBlobs(documents, config.auditEvidenceBytes) : undefined;
  const parts = stored === undefined ? undefined : policyParts(policies, config.auditEvidenceBytes);
  const inputs: DecisionInputs = {
    schema: INPUTS_SCHEMA,
    id: uuidV7(now, services.random(10)),
    evaluatedAt: now.toISOString(),
    engineVersion: installation.version,
    environment: { ...environment, integrity: higher(environment.integrity, options.requireIntegrity) },
    subject,
    authors: authorsOf(change, ci),
    policy: policyReference({ policies, config, packages, control, parts }),
    config: { digest: config.digest, path: config.path },
    trust,
    signed: { policy: policiesSigned(config), decision: options.signer ?? null },
    recorded: options.audit,
    evidenceStored: stored !== undefined,
    signers,
    unmatched: inWords(unmatched),
    recordedFor: await record.commitsOf(files, subject),
    broughtByChange: broughtByChange(change, root, folder, files),
    ...rules,
    obligations: await record.obligations(subject),
  };
  const decision = await conclude(inputs, documents, session);
  // The worker ends while the decision is recorded.
  const closing = runtime.close();
  const blobs = stored === undefined ? [] : [...stored, inputsBlob(inputs)];
  const people = [...inputs.authors, ...inputs.people.flatMap(namesOf), ...peopleIn(documents)];
  const recorded = await record.append(decision, blobs, parts, obligationOf(decision, inputs.people), people);
  await closing;
  return {
    decision: { ...decision, audit: recorded?.audit ?? null },
    ...(recorded?.receipt === undefined ? {} : { receipt: recorded.receipt }),
    compiled: policies.compiled,
  };
}

function namesOf({ name, identities }: Person): readonly string[] {
  return [name, ...identities];
}

/** Whoever wrote the change, under every name that is known. */
function authorsOf({ authors }: ChangeFacts, ci: CiContext | undefined): readonly string[] {
  const login = ci?.change?.author;
  const named =
    login === undefined
      ? []
      : [ci?.provider === "github" || ci?.provider === "gitlab" ? `${ci.provider}:${login}` : login];
  return [...new Set([...authors, ...named])];
}

/** The change's files, by the paths that evidence has, without those that are decided on themselves. */
function broughtByChange(
  { files }: ChangeFacts,
  root: string | undefined,
  folder: string,
  documents: readonly EvidenceDocument[],
): readonly string[] {
  if (root === undefined) return [];
  const decidedOn = pathsOfRepository(documents);
  const brought = files.map((path) => relative(folder, join(root, path)).replaceAll("\\", "/"));
  return brought.filter((path) => !decidedOn.has(path)).toSorted();
}

function requireAudit(options: CheckOptions, environment: Environment): void {
  if (options.audit || environment.audit === "optional") return;
  throw new GateError("usage", `--no-audit is refused: decisions of ${environment.name} must be recorded`, {
    hint: `Leave out --no-audit, or set \`audit: optional\` for ${environment.name} in gate.yaml.`,
  });
}

/** Folders are as good as the repository; only packages carry a signature. */
function policiesSigned({ policy }: Config): boolean {
  return (
    policy.paths.length === 0 && policy.conftest === undefined && policy.packages.every(({ key }) => key !== undefined)
  );
}

interface PolicySource {
  readonly policies: LocatedBundle;
  readonly config: Config;
  readonly packages: readonly OpenedPackage[];
  readonly control: ControlSource;
  /** Undefined where the policies are not stored. */
  readonly parts: PolicyParts | undefined;
}

function policyReference({ policies, config, packages, control, parts }: PolicySource): Decision["policy"] {
  const { digest, wasm, gates, toolchain } = policies.bundle;
  const sources = [
    ...(config.policy.builtin ? ["builtin"] : []),
    ...config.policy.paths.map(({ value }) => value),
    ...packages.map((opened) => `${opened.label}@${opened.digest}`),
    ...(config.policy.conftest?.policies ?? []).map((path) => `conftest ${path}`),
  ];
  const source = sources.join(", ");
  const { revision } = control;
  return {
    digest,
    wasm,
    source,
    gates: gates.length,
    toolchain,
    ...(parts === undefined ? {} : { stored: parts.digests }),
    ...(revision === undefined ? {} : { revision }),
  };
}

function higher(configured: IntegrityLevel, asked: IntegrityLevel | undefined): IntegrityLevel {
  if (asked === undefined) return configured;
  return reaches(configured, asked) ? configured : asked;
}
