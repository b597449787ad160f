import type { Environment } from "../../ci/provider.ts";
import { GateError } from "../../util/errors.ts";

/** The ref that holds the log where a location names none. */
const DEFAULT_REF = "refs/gate/audit";

const SCHEME = "git:";
const REMOTE = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;
const URL_OF_REMOTE = /^(?:https?|ssh|git|file):\/\/[^\s]+$/;
const WITH_PASSWORD = /^[a-z]+:\/\/[^/@]*:[^/@]*@/;
// A part of git-check-ref-format(1) that needs no escaping anywhere.
const REF = /^refs(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*){2,}$/;

/** An audit log on a ref of a remote repository. */
export interface GitLocation {
  /** A folder of the clone through which the remote is reached, absolute. */
  readonly clone: string;
  /** Name of a remote of that clone, or a URL. */
  readonly remote: string;
  /** In full, such as `refs/gate/audit`. */
  readonly ref: string;
  /** The environment for git: where it is, and how it logs in. */
  readonly variables: Environment;
}

/** Whether a location is one of git, and not a path. */
export function isGitLocation(text: string): boolean {
  return text.startsWith(SCHEME);
}

/**
 * Reads `git:<remote>[#<ref>]`.
 *
 * @throws {GateError} `usage`
 */
export function parseGitLocation(text: string, clone: string, variables: Environment): GitLocation {
  const [remote = "", ref = DEFAULT_REF, ...rest] = text.slice(SCHEME.length).split("#");
  if (WITH_PASSWORD.test(remote)) {
    throw new GateError("usage", "the location of the audit log holds a password", {
      hint: "Leave it to git's credential helper, or name the remote: git:origin.",
    });
  }
  if (!REMOTE.test(remote) && !URL_OF_REMOTE.test(remote)) throw malformed(text, "names no remote");
  if (rest.length > 0 || !isRef(ref)) throw malformed(text, "names no ref");
  return { clone, remote, ref, variables };
}

/** As it was written, for messages. */
export function gitLocationText({ remote, ref }: GitLocation): string {
  return `${SCHEME}${remote}#${ref}`;
}

/** Whether the location has the name of a remote, and not its URL. */
export function isNamedRemote({ remote }: GitLocation): boolean {
  return REMOTE.test(remote);
}

function isRef(ref: string): boolean {
  return REF.test(ref) && !ref.includes("..") && !/(?:\.lock|\.)(?:\/|$)/.test(ref);
}

function malformed(text: string, why: string): GateError {
  return new GateError("usage", `the location of the audit log ${why}: ${JSON.stringify(text)}`, {
    hint: "Write git:origin, or git:origin#refs/heads/gate-audit.",
  });
}
