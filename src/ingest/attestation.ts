import type { Artifact, AttestationStatement, AttestedSubject, ParsedEvidence, Signer } from "../evidence/types.ts";
import { FormatError, type ParseContext } from "./adapter.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { objectsAt, textAt } from "./findings.ts";
import { collected, isProvenance, type PredicateFacts, predicateFacts, repositoryOf } from "./predicate.ts";
import { earlierOf, type JsonObject, kept, objectOf, textOf } from "./values.ts";

/** What an envelope claims of the statement in it. */
export interface EnvelopeClaims {
  readonly signatures: number;
  readonly signer?: Signer | undefined;
  /** RFC 3339, UTC. */
  readonly loggedAt?: string | undefined;
}

/** The statements of a file, as they are read. */
export interface AttestationReader {
  readonly context: ParseContext;
  readonly statements: AttestationStatement[];
  readonly warnings: DiagnosticList;
  readonly inconsistencies: DiagnosticList;
  redactions: number;
  /** Of all statements; the claims of a collection have its subjects each. */
  subjects: number;
}

/** A reader that has read nothing yet. */
export function createReader(context: ParseContext): AttestationReader {
  const [warnings, inconsistencies] = [createDiagnostics(), createDiagnostics()];
  return { context, statements: [], warnings, inconsistencies, redactions: 0, subjects: 0 };
}

/** A pointer below a place; a line of JSON lines stays the line. */
export function below(place: string, pointer: string): string {
  return place.startsWith("line ") ? place : place + pointer;
}

/** A place as it is reported; the whole document is none. */
export function placed(place: string): string | undefined {
  return place === "" ? undefined : place;
}

const STATEMENT = /^https:\/\/in-toto\.io\/Statement\/(.*)$/s;
const STATEMENT_VERSIONS = /^(?:v0\.1|v1)$/;
const HEXADECIMAL = /^[0-9a-f]+$/i;
const CREDENTIALS = /\/\/[^/@\s:]*:[^/@\s]*@/g;

/**
 * Reads an in-toto Statement, version 0.1 or 1, and the claims inside a witness collection.
 *
 * @throws {FormatError} of every reason
 */
export function readStatement(
  value: JsonObject,
  place: string,
  claims: EnvelopeClaims,
  reader: AttestationReader,
): void {
  const statementType = textAt(value["_type"], below(place, "/_type"));
  const [, version] = STATEMENT.exec(statementType) ?? [];
  if (version === undefined) {
    throw new FormatError("not-this-format", "it is no in-toto Statement", below(place, "/_type"));
  }
  if (!STATEMENT_VERSIONS.test(version)) {
    const message = `in-toto Statement ${version.slice(0, 32)}; v0.1 and v1 are supported`;
    throw new FormatError("unsupported-version", message, below(place, "/_type"));
  }
  const predicateType = textAt(value["predicateType"], below(place, "/predicateType"));
  const subjects = objectsAt(value["subject"], below(place, "/subject")).map((subject, index) =>
    subjectOf(subject, below(place, `/subject/${index}`), reader),
  );
  if (claims.signatures === 0) reader.warnings.add("unsigned", "the statement has no signature", placed(place));
  addStatement({ statementType, predicateType, subjects }, value["predicate"], place, claims, reader);
}

/** What is stated of what. */
export type Stated = Pick<AttestationStatement, "statementType" | "predicateType" | "subjects">;

/** Adds a statement and, of a witness collection, the claims that are in it, each as a statement of its own. */
export function addStatement(
  stated: Stated,
  content: unknown,
  place: string,
  claims: EnvelopeClaims,
  reader: AttestationReader,
): void {
  const { subjects, predicateType } = stated;
  const predicate = objectOf(content);
  warnOfSubjects(subjects, place, reader);
  const facts = predicateFacts(predicateType, predicate, (code, message) =>
    reader.inconsistencies.add(code, message, placed(place)),
  );
  reader.statements.push({
    statementType: keep(stated.statementType, reader),
    predicateType: keep(predicateType, reader),
    subjects,
    signatures: claims.signatures,
    verified: "unchecked",
    ...(claims.signer === undefined ? {} : { signer: keptSigner(claims.signer, reader) }),
    ...(claims.loggedAt === undefined ? {} : { loggedAt: claims.loggedAt }),
    ...keptFacts(facts, reader),
  });
  for (const [index, part] of collected(predicateType, predicate, below(place, "/predicate")).entries()) {
    const type = textAt(part["type"], below(place, `/predicate/attestations/${index}/type`));
    addStatement({ ...stated, predicateType: type }, part["attestation"], place, claims, reader);
  }
}

function warnOfSubjects(subjects: readonly AttestedSubject[], place: string, reader: AttestationReader): void {
  const { elements } = reader.context.limits;
  reader.subjects += subjects.length;
  if (reader.subjects > elements)
    throw new FormatError("limit-exceeded", `more than ${elements} subjects`, placed(place));
  if (subjects.some(({ digests }) => digests.length > 0)) return;
  if (subjects.length === 0) reader.warnings.add("no-subjects", "the statement has no subjects", placed(place));
  else reader.warnings.add("no-digests", "no subject has a digest, so the statement fits no artifact", placed(place));
}

/** Digests are put into order, for the members of an object have none. */
function subjectOf(subject: JsonObject, place: string, reader: AttestationReader): AttestedSubject {
  const name = textOf(subject["name"]) ?? textOf(subject["uri"]);
  const digests = Object.entries(objectOf(subject["digest"])).map(([algorithm, value]) => {
    const text = textAt(value, below(place, "/digest"));
    return keep(`${algorithm.toLowerCase()}:${HEXADECIMAL.test(text) ? text.toLowerCase() : text}`, reader);
  });
  return { ...(name === undefined ? {} : { name: keep(name, reader) }), digests: digests.toSorted() };
}

/** As {@link kept}, without the credentials of a URI. */
function keep(text: string, reader: AttestationReader): string {
  const { limits } = reader.context;
  const clean = kept(text, limits).replace(CREDENTIALS, () => {
    reader.redactions++;
    return "//";
  });
  return kept(clean, limits);
}

function keptSigner({ issuer, identity, keyId }: Signer, reader: AttestationReader): Signer {
  return {
    ...(issuer === undefined ? {} : { issuer: keep(issuer, reader) }),
    ...(identity === undefined ? {} : { identity: keep(identity, reader) }),
    ...(keyId === undefined ? {} : { keyId: keep(keyId, reader) }),
  };
}

const TEXTS = [
  ...(["builder", "buildType", "sourceUri", "sourceCommit", "invocation", "startedAt", "finishedAt"] as const),
  ...(["result", "verifier", "resource", "policy"] as const),
];

function keptFacts(facts: PredicateFacts, reader: AttestationReader): PredicateFactsKept {
  const texts: Partial<Record<(typeof TEXTS)[number], string>> = {};
  for (const name of TEXTS) {
    const text = facts[name];
    if (text !== undefined) texts[name] = keep(text, reader);
  }
  const { materials, levels } = facts;
  return {
    ...texts,
    ...(materials === undefined ? {} : { materials }),
    ...(levels === undefined ? {} : { levels: levels.map((level) => keep(level, reader)) }),
  };
}

type PredicateFactsKept = Partial<Pick<AttestationStatement, keyof PredicateFacts>>;

/** The document of a file whose statements have been read. A parser verifies nothing, and no file says that it is all. */
export function attestationEvidence({
  statements,
  warnings,
  inconsistencies,
  redactions,
}: AttestationReader): ParsedEvidence {
  const reasons = createDiagnostics();
  if (statements.length === 0) reasons.add("no-statements", "there is not one statement in it");
  const producedAt = statements
    .flatMap(({ startedAt, finishedAt, loggedAt }) => [startedAt, finishedAt, loggedAt])
    .reduce(earlierOf, undefined);
  return {
    kind: "attestation",
    tools: [],
    subject: subjectOfAll(statements),
    ...(producedAt === undefined ? {} : { producedAt }),
    status: statements.length === 0 ? "empty" : "unknown",
    statusReasons: reasons.list(),
    quality: { warnings: warnings.list(), inconsistencies: inconsistencies.list(), redactions },
    summary: {
      statements: statements.length,
      signed: statements.filter(({ signatures }) => signatures > 0).length,
      verified: 0,
      predicateTypes: [...new Set(statements.map(({ predicateType }) => predicateType))].filter((type) => type !== ""),
    },
    body: { statements },
  };
}

/** The artifacts of all statements, and the source where every provenance names the same one. */
function subjectOfAll(statements: readonly AttestationStatement[]): ParsedEvidence["subject"] {
  const provenance = statements.filter(({ predicateType }) => isProvenance(predicateType));
  const commit = onlyOne(provenance.map(({ sourceCommit }) => sourceCommit));
  const repository = onlyOne(
    provenance.map(({ sourceUri }) => (sourceUri === undefined ? undefined : repositoryOf(sourceUri))),
  );
  const artifacts = new Map<string, Artifact>();
  for (const subject of statements.flatMap(({ subjects }) => subjects)) {
    const purl = subject.name?.startsWith("pkg:") === true ? { purl: subject.name } : {};
    artifacts.set(JSON.stringify([subject.name, subject.digests]), { ...subject, ...purl });
  }
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(commit === undefined ? {} : { commit }),
    ...(artifacts.size === 0 ? {} : { artifacts: [...artifacts.values()] }),
  };
}

/** What all of them are; none where one of them is missing or another. */
function onlyOne(values: readonly (string | undefined)[]): string | undefined {
  const [first] = values;
  return values.every((value) => value === first) ? first : undefined;
}
