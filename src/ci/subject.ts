import type { Subject } from "../decision/types.ts";
import { GateError } from "../util/errors.ts";
import type { GitState } from "./git.ts";
import type { CiContext } from "./provider.ts";

/** What the user says on the command line; it wins over everything else. */
export interface SubjectFlags {
  readonly commit?: string;
  readonly repository?: string;
  readonly ref?: string;
  /** `name@sha256:...` or `sha256:...`. */
  readonly artifacts: readonly string[];
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const ARTIFACT = /^(?:(?<name>.+)@)?(?<digest>sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128}))$/;

/**
 * Says what is being gated: flags first, then the CI service, then the git checkout.
 *
 * @throws {GateError} `usage` where a flag is no full commit id or no digest
 */
export function resolveSubject(flags: SubjectFlags, ci: CiContext | undefined, git: GitState | undefined): Subject {
  if (flags.commit !== undefined && !COMMIT.test(flags.commit)) {
    throw new GateError("usage", `--commit must be a full commit id in lower case, not "${flags.commit}"`, {
      hint: "Pass the output of `git rev-parse HEAD`.",
    });
  }
  const artifacts = flags.artifacts.map(parseArtifact);
  const commit = flags.commit ?? ci?.commit ?? git?.commit;
  const repository = flags.repository ?? ci?.repository;
  const ref = flags.ref ?? ci?.ref ?? (ci === undefined ? git?.branch : undefined);
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(commit === undefined ? {} : { commit }),
    ...(ref === undefined ? {} : { ref }),
    ...(ci?.change === undefined ? {} : { change: ci.change }),
    artifacts,
    ...(ci?.run === undefined ? {} : { run: ci.run }),
    source: sourceOf(flags, ci, git),
    // Whether files differ says something only about the commit that is checked out.
    ...(git === undefined || git.commit !== commit ? {} : { dirty: git.changed.length > 0 }),
  };
}

function sourceOf(flags: SubjectFlags, ci: CiContext | undefined, git: GitState | undefined): Subject["source"] {
  if (flags.commit !== undefined) return "flag";
  if (ci?.commit !== undefined) return "ci";
  return git === undefined ? "none" : "git";
}

function parseArtifact(text: string): { readonly name: string; readonly digest: string } {
  const groups = ARTIFACT.exec(text)?.groups;
  const digest = groups?.["digest"];
  if (digest === undefined) {
    throw new GateError("usage", `--artifact must be NAME@sha256:DIGEST, not "${text}"`, {
      hint: "Pass the digest that the registry or `sha256sum` gives.",
    });
  }
  return { name: groups?.["name"] ?? "", digest };
}
