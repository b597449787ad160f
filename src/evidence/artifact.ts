import type { Artifact, AttestationEvidence, AttestationStatement, BuildEvidence } from "./types.ts";

const DIGEST = /^([^:]+):([0-9a-f]+)$/i;

/**
 * Whether a statement is about the artifact with that digest. Algorithm and value both have to be the same, in any
 * case; a statement without digests is about no artifact, whatever names it gives. It says nothing of signatures.
 *
 * @param digest the algorithm and the hexadecimal value, such as `sha256:9f86d0…`; of any other form it matches nothing
 */
export function attestsArtifact({ subjects }: Pick<AttestationStatement, "subjects">, digest: string): boolean {
  return isAmong(digest, subjects);
}

/** Whether one of the things has the digest, with the algorithm and in any case. */
function isAmong(digest: string, things: readonly Pick<Artifact, "digests">[]): boolean {
  if (!DIGEST.test(digest)) return false;
  const wanted = digest.toLowerCase();
  return things.some(({ digests }) => digests.some((one) => one.toLowerCase() === wanted));
}

/**
 * Says of each statement whether it is about one of the gated artifacts. Where none is gated nothing is said.
 *
 * @param artifacts digests, as {@link attestsArtifact} takes them
 */
export function withArtifacts(document: AttestationEvidence, artifacts: readonly string[]): AttestationEvidence {
  if (artifacts.length === 0) return document;
  const statements = document.body.statements.map((statement) => {
    return { ...statement, aboutArtifact: artifacts.some((digest) => attestsArtifact(statement, digest)) };
  });
  const aboutArtifact = statements.filter((statement) => statement.aboutArtifact).length;
  return { ...document, summary: { ...document.summary, aboutArtifact }, body: { statements } };
}

/**
 * Says of each build whether it made one of the gated artifacts. Where none is gated nothing is said.
 *
 * @param artifacts digests, as {@link attestsArtifact} takes them
 */
export function withMadeArtifacts(document: BuildEvidence, artifacts: readonly string[]): BuildEvidence {
  if (artifacts.length === 0) return document;
  const builds = document.body.builds.map((build) => {
    return { ...build, aboutArtifact: artifacts.some((digest) => isAmong(digest, build.artifacts)) };
  });
  return { ...document, body: { builds } };
}
