import type { KeyObject } from "node:crypto";
import type { Environment as Variables } from "../ci/provider.ts";
import type { SubjectFlags } from "../ci/subject.ts";
import type { Decision, IntegrityLevel } from "../decision/types.ts";
import type { Installation } from "../installation.ts";
import type { Clock } from "../util/clock.ts";

/** What a user asks of `gate check`. */
export interface CheckOptions {
  readonly environment: string;
  /** The part of the repository, by its name in gate.yaml; default: the whole. */
  readonly component?: string;
  /** Path of the configuration; default: `gate.yaml` here or above. */
  readonly config?: string;
  /** The revision that decides, instead of the work tree or the branch that a pull request goes to. */
  readonly policyRef?: string;
  /** `path`, `kind=path` or `kind:format=path`, in addition to the configuration's; `-` is standard input. */
  readonly evidence: readonly string[];
  /** `code` or `path=code`: with which code the tool that wrote a file ended. */
  readonly exitCodes: readonly string[];
  /** Whether text that may hold secrets is kept; the decision says so. */
  readonly keepRaw?: boolean;
  readonly subject: SubjectFlags;
  /** False with `--no-audit`. */
  readonly audit: boolean;
  /** Writes the decision to a file, for somebody who may append to the log. */
  readonly spool?: SpoolOptions;
  /** Path of the audit store, instead of the configuration's. */
  readonly store?: string;
  /** Instead of the environment's; it may only be higher. */
  readonly requireIntegrity?: IntegrityLevel;
  /** Fingerprint of the key that the decision will be signed with. */
  readonly signer?: string;
  /** The log's private key, Ed25519: its tree is signed, and the decision gets a receipt. */
  readonly logKey?: KeyObject;
  /** Milliseconds for one gate. */
  readonly timeLimitMs?: number;
  /** Policies of Conftest to ask besides. */
  readonly conftest?: ConftestOptions;
}

/** Where decisions wait that the runner may not append. */
export interface SpoolOptions {
  /** Relative to the working directory. */
  readonly folder: string;
  /** Signs what is spooled; missing where it is not signed. */
  readonly seal?: (document: Uint8Array) => string;
}

/** What `conftest test` would be called with; paths are relative to the working directory. */
export interface ConftestOptions {
  /** Files or folders of Rego. */
  readonly policies: readonly string[];
  /** Files or folders of JSON or YAML, for `data`. */
  readonly data: readonly string[];
  /** Names or globs of packages; empty for `main`. */
  readonly namespaces: readonly string[];
  /** Whether all documents are one input. */
  readonly combine: boolean;
  /** The parser for all documents; default: the one that the name of each asks for. */
  readonly parser?: string;
  /** The documents: files, folders or globs. */
  readonly files: readonly string[];
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
  /** Folder of what is remembered from one check to the next; undefined where nothing is. */
  readonly stateFolder?: string | undefined;
  /** Tells the user what is no part of the decision; it can hold text of anybody. */
  tell?(notice: string): void;
}

export interface CheckResult {
  readonly decision: Decision;
  /** That the decision is in the log, as a C2SP tlog-proof; missing without the log's key. */
  readonly receipt?: string;
  /** Whether policies had to be compiled, which loads the toolchain. */
  readonly compiled: boolean;
}
