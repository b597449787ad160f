import type { AttestationStatement } from "../evidence/types.ts";
import { objectsAt } from "./findings.ts";
import { earlierOf, instantOf, type JsonObject, objectOf, objectsOf, stringsOf, textOf } from "./values.ts";

/** What a predicate says, in the words of the model and not yet cut; what it does not say is undefined. */
export type PredicateFacts = {
  readonly [Name in Exclude<keyof AttestationStatement, EnvelopeFact>]?: AttestationStatement[Name] | undefined;
};
type EnvelopeFact = "statementType" | "predicateType" | "subjects" | "signatures" | "verified" | "signer" | "loggedAt";

/** Says where a predicate contradicts itself. */
export type Contradiction = (code: string, message: string) => void;

type Reader = (predicate: JsonObject, contradiction: Contradiction) => PredicateFacts;

/** Statements that bind artifacts to the commit that they were made from. */
const PROVENANCE: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["https://slsa.dev/provenance/v0.1", provenance01],
  ["https://slsa.dev/provenance/v0.2", provenance02],
  ["https://slsa.dev/provenance/v1", provenance1],
  ["https://slsa.dev/provenance/v1.0", provenance1],
  ["https://witness.dev/attestations/git/v0.1", witnessGit],
]);

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...PROVENANCE,
  ["https://slsa.dev/verification_summary/v0.1", verificationSummary],
  ["https://slsa.dev/verification_summary/v0.2", verificationSummary],
  ["https://slsa.dev/verification_summary/v1", verificationSummary],
  ["https://in-toto.io/attestation/svr/v0.1", simpleVerification],
  ["https://in-toto.io/attestation/test-result/v0.1", testResult],
  ["https://in-toto.io/attestation/vulns/v0.1", vulnerabilityScan],
  ["https://in-toto.io/attestation/vulns/v0.2", vulnerabilityScan],
  ["https://cosign.sigstore.dev/attestation/vuln/v1", vulnerabilityScan],
  ["https://witness.testifysec.com/attestation-collection/v0.1", witnessCollection],
  ["https://witness.dev/attestation-collection/v0.1", witnessCollection],
]);

/** Whether a type, to the letter, is one of those that name the source of an artifact. */
export function isProvenance(predicateType: string): boolean {
  return PROVENANCE.has(predicateType);
}

/** What a predicate says. Of a type that is not known, or that is misspelt, nothing is read. */
export function predicateFacts(type: string, predicate: JsonObject, contradiction: Contradiction): PredicateFacts {
  return READERS.get(type)?.(predicate, contradiction) ?? {};
}

/** The claims inside a witness collection, each with its own type; none in any other predicate. */
export function collected(type: string, predicate: JsonObject, pointer: string): readonly JsonObject[] {
  return READERS.get(type) === witnessCollection ? objectsAt(predicate["attestations"], `${pointer}/attestations`) : [];
}

/** https://slsa.dev/spec/v0.1/provenance */
function provenance01(predicate: JsonObject, contradiction: Contradiction): PredicateFacts {
  const recipe = objectOf(predicate["recipe"]);
  const stated = recipe["definedInMaterial"];
  const materials = predicate["materials"];
  return {
    ...buildOf(predicate["builder"], recipe["type"], predicate["metadata"]),
    ...sourceOf(typeof stated === "number" ? objectsOf(materials)[stated] : undefined, materials, contradiction),
  };
}

/** https://slsa.dev/spec/v0.2/provenance */
function provenance02(predicate: JsonObject, contradiction: Contradiction): PredicateFacts {
  const type = textOf(predicate["buildType"]);
  // Tekton Chains notes there where the pipeline is defined, which may be anybody's catalogue.
  const source = type?.includes("tekton.dev") === true ? {} : objectOf(predicate["invocation"])["configSource"];
  return {
    ...buildOf(predicate["builder"], type, predicate["metadata"]),
    ...sourceOf(objectOf(source), predicate["materials"], contradiction),
  };
}

/** https://slsa.dev/spec/v1.0/provenance; how the source is passed depends on the build type. */
function provenance1(predicate: JsonObject, contradiction: Contradiction): PredicateFacts {
  const definition = objectOf(predicate["buildDefinition"]);
  const run = objectOf(predicate["runDetails"]);
  const parameters = objectOf(definition["externalParameters"]);
  const stated = ["source", "workflow", "buildConfigSource", "configSource"]
    .map((name) => parameters[name])
    .map((value) => (typeof value === "string" ? { uri: value } : objectOf(value)))
    .find(({ uri, repository }: JsonObject) => (textOf(uri) ?? textOf(repository)) !== undefined);
  return {
    ...buildOf(run["builder"], definition["buildType"], run["metadata"]),
    ...sourceOf(stated, definition["resolvedDependencies"], contradiction),
  };
}

function buildOf(builder: unknown, type: unknown, metadata: unknown): PredicateFacts {
  const facts = objectOf(metadata);
  const { invocationId, buildInvocationId, buildInvocationID } = facts;
  return {
    builder: textOf(objectOf(builder)["id"]),
    buildType: textOf(type),
    invocation: textOf(invocationId) ?? textOf(buildInvocationId) ?? textOf(buildInvocationID),
    startedAt: instantOf(facts["startedOn"] ?? facts["buildStartedOn"]),
    finishedAt: instantOf(facts["finishedOn"] ?? facts["buildFinishedOn"]),
  };
}

/**
 * The source among what went into a build: the one that the builder was pointed to, else the only one from git. Where
 * several commits could be meant none is named, for a wrong commit would open the gate of another.
 */
function sourceOf(stated: JsonObject | undefined, materials: unknown, contradiction: Contradiction): PredicateFacts {
  const uri = textOf(stated?.["uri"]) ?? textOf(stated?.["repository"]);
  const repository = uri === undefined ? undefined : repositoryOf(uri);
  const inputs = [...(stated === undefined ? [] : [{ ...stated, uri }]), ...objectsOf(materials)];
  const revisions = inputs.flatMap((input: JsonObject) => {
    const from = textOf(input["uri"]) ?? "";
    const commit = commitOf(input, from, from === uri);
    return commit === undefined ? [] : [{ commit, uri: from }];
  });
  const candidates =
    repository === undefined ? revisions : revisions.filter((one) => repositoryOf(one.uri) === repository);
  const commits = new Set(candidates.map(({ commit }) => commit));
  const repositories = new Set(candidates.map((one) => repositoryOf(one.uri)));
  if (commits.size > 1 && repositories.size === 1) {
    const message = `it names ${commits.size} commits of one repository: ${[...commits].slice(0, 3).join(", ")}`;
    contradiction("source-commits-differ", message);
  }
  return {
    sourceUri: uri ?? (repositories.size === 1 ? candidates[0]?.uri : undefined),
    sourceCommit: commits.size === 1 ? candidates[0]?.commit : undefined,
    materials: Array.isArray(materials) ? materials.length : undefined,
  };
}

const GIT = /^git[+:@]|^pkg:git(?:hub|lab)\/|\.git(?:[@#/]|$)|^https?:\/\/git(?:hub|lab)\.com\/[^/]+\/[^/]+(?:@|#|$)/;

/** `sha1` is a commit where what it belongs to is a repository; files have SHA-1 digests as well. */
function commitOf(input: JsonObject, uri: string, isSource: boolean): string | undefined {
  const { gitCommit, sha1 } = objectOf(input["digest"]);
  const commit = (textOf(gitCommit) ?? (isSource || GIT.test(uri) ? textOf(sha1) : undefined))?.toLowerCase();
  return commit !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit) ? commit : undefined;
}

/** The repository that a URI such as `git+https://github.com/a/b.git@refs/heads/main` is about, without what is in it. */
export function repositoryOf(uri: string): string {
  const plain = uri.replace(/^git\+/, "").replace(/^git@([^:/]+):/, "ssh://git@$1/");
  const [, origin = "", path = ""] = /^([a-z][a-z0-9+.-]*:\/\/[^/]*)?([^@#?]*)/i.exec(plain) ?? [];
  return `${origin.toLowerCase()}${path.replace(/\/$/, "").replace(/\.git$/, "")}`;
}

/** https://github.com/in-toto/go-witness/tree/main/attestation/git */
function witnessGit(predicate: JsonObject): PredicateFacts {
  const [remote] = stringsOf(predicate["remotes"]);
  const commit = commitOf({ digest: { gitCommit: predicate["commithash"] } }, "", true);
  return { sourceUri: remote, sourceCommit: commit };
}

function witnessCollection(predicate: JsonObject): PredicateFacts {
  const parts = objectsOf(predicate["attestations"]);
  const ends = parts.map(({ endtime }) => instantOf(endtime)).filter((end) => end !== undefined);
  return {
    startedAt: parts.map(({ starttime }) => instantOf(starttime)).reduce(earlierOf, undefined),
    finishedAt: ends.toSorted().at(-1),
  };
}

/** https://slsa.dev/spec/v1.0/verification_summary; before version 0.2 its members were in snake case. */
function verificationSummary(predicate: JsonObject): PredicateFacts {
  const { verificationResult, resourceUri, timeVerified, verifiedLevels } = predicate;
  const level = textOf(predicate["policy_level"]) ?? textOf(predicate["policyLevel"]);
  return {
    result: textOf(verificationResult) ?? textOf(predicate["verification_result"]),
    levels: Array.isArray(verifiedLevels) ? stringsOf(verifiedLevels) : level === undefined ? undefined : [level],
    verifier: textOf(objectOf(predicate["verifier"])["id"]),
    resource: textOf(resourceUri) ?? textOf(predicate["resource_uri"]),
    policy: textOf(objectOf(predicate["policy"])["uri"]),
    finishedAt: instantOf(timeVerified ?? predicate["time_verified"]),
  };
}

/** https://in-toto.io/attestation/svr; it names what was found to hold and has no word for failure. */
function simpleVerification(predicate: JsonObject): PredicateFacts {
  const verifier = objectOf(predicate["verifier"]);
  return {
    levels: stringsOf(predicate["properties"]),
    verifier: textOf(verifier["id"]),
    policy: textOf(objectOf(verifier["policy"])["uri"]),
    finishedAt: instantOf(predicate["timeCreated"]),
  };
}

/** https://in-toto.io/attestation/test-result; tests that failed outweigh a result that says otherwise. */
function testResult(predicate: JsonObject, contradiction: Contradiction): PredicateFacts {
  const result = textOf(predicate["result"]);
  const failed = stringsOf(predicate["failedTests"]).length;
  if (failed === 0 || result === "FAILED") return { result };
  contradiction("result-differs", `it declares ${result ?? "no result"} and lists ${failed} failed tests`);
  return { result: "FAILED" };
}

/** https://in-toto.io/attestation/vulns; the results of the scan belong in a document of their own. */
function vulnerabilityScan(predicate: JsonObject): PredicateFacts {
  const { scanStartedOn, scanFinishedOn } = objectOf(predicate["metadata"]);
  return { startedAt: instantOf(scanStartedOn), finishedAt: instantOf(scanFinishedOn) };
}
