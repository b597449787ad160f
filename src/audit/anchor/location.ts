import { resolve } from "node:path";
import type { Environment } from "../../ci/provider.ts";
import { parseDuration } from "../../util/duration.ts";
import { GateError } from "../../util/errors.ts";
import { isLoopback } from "../../util/loopback.ts";
import { type GitLocation, parseGitLocation } from "../git/location.ts";
import { NoteError, type NoteKey, readVerifierKey } from "../note.ts";

/** The ref of checkpoints where a location names none. */
const DEFAULT_REF = "refs/gate/checkpoints";
/** Seven years, in days, as audit papers are kept. */
const DEFAULT_RETENTION = "2557d";
const DEFAULT_REGION = "us-east-1";

/** Where checkpoints are anchored, or are read back from. Paths are absolute. */
export type AnchorLocation =
  | { readonly kind: "file"; readonly folder: string }
  | { readonly kind: "receipts"; readonly folder: string }
  | { readonly kind: "git"; readonly location: GitLocation }
  | { readonly kind: "s3-layout"; readonly folder: string; readonly retentionMs: number }
  | {
      readonly kind: "s3";
      readonly url: URL;
      readonly retentionMs: number;
      /** Undefined where they are not set; so whoever only looks at a location needs none. */
      readonly credentials: S3Credentials | undefined;
      readonly region: string;
    }
  | { readonly kind: "witness"; readonly url: URL; readonly key: NoteKey }
  | { readonly kind: "tsa"; readonly url: URL /** A file of certificates. */; readonly authorities?: string };

/** Of whoever may put objects into a bucket. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface LocationSurroundings {
  /** Where a relative path starts, and whose clone a remote is of; absolute. */
  readonly folder: string;
  readonly variables: Environment;
}

const FORMS: Readonly<Record<AnchorLocation["kind"], string>> = {
  file: "file:FOLDER",
  git: "git:REMOTE#REF",
  "s3-layout": "s3-layout:FOLDER#2557d",
  s3: "s3:URL#2557d",
  witness: "witness:URL#VERIFIER-KEY",
  tsa: "tsa:URL#CERTIFICATES",
  receipts: "receipts:FOLDER",
};

/**
 * Reads a location as `audit.anchors` and `--to` have it.
 *
 * @throws {GateError} `usage`
 */
export function readAnchorLocation(text: string, { folder, variables }: LocationSurroundings): AnchorLocation {
  const colon = text.indexOf(":");
  const kind = text.slice(0, Math.max(0, colon));
  const rest = text.slice(colon + 1);
  const hash = rest.indexOf("#");
  const [place, extra] = hash < 0 ? [rest, undefined] : [rest.slice(0, hash), rest.slice(hash + 1)];
  if (place === "" || extra === "") throw malformed(text);
  switch (kind) {
    case "git":
      return { kind, location: parseGitLocation(hash < 0 ? `${text}#${DEFAULT_REF}` : text, folder, variables) };
    case "file":
    case "receipts":
      return { kind, folder: resolve(folder, rest) };
    case "s3-layout":
      return { kind, folder: resolve(folder, place), retentionMs: retentionOf(extra, text) };
    case "s3": {
      const url = urlOf(place, kind);
      // Nothing in it that one side could encode in another way than the other.
      if (!/^[A-Za-z0-9._~/-]*$/.test(url.pathname)) throw malformed(text);
      const region = variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? DEFAULT_REGION;
      return { kind, url, retentionMs: retentionOf(extra, text), credentials: credentialsIn(variables), region };
    }
    case "witness":
      return { kind, url: urlOf(place, kind), key: witnessKey(extra, text) };
    case "tsa": {
      const url = urlOf(place, kind);
      return extra === undefined ? { kind, url } : { kind, url, authorities: resolve(folder, extra) };
    }
    default:
      throw malformed(text);
  }
}

function retentionOf(extra: string | undefined, text: string): number {
  const retentionMs = parseDuration(extra ?? DEFAULT_RETENTION);
  if (retentionMs === undefined) throw malformed(text);
  return retentionMs;
}

function credentialsIn(variables: Environment): S3Credentials | undefined {
  const accessKeyId = variables["AWS_ACCESS_KEY_ID"] ?? "";
  const secretAccessKey = variables["AWS_SECRET_ACCESS_KEY"] ?? "";
  const sessionToken = variables["AWS_SESSION_TOKEN"] ?? "";
  if (accessKeyId === "" || secretAccessKey === "") return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === "" ? {} : { sessionToken }) };
}

/** @throws {GateError} `usage` for an address that is not safe to ask, or not safe to print */
function urlOf(text: string, kind: string): URL {
  const wrong = (why: string): GateError =>
    new GateError("usage", `the address of ${kind}: ${why}`, { hint: "Write it such as https://witness.example.org." });
  if (!URL.canParse(text)) throw wrong("is none");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") throw wrong("holds a user or a password");
  if (url.search !== "") throw wrong("holds a query");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url))) throw wrong("is not of https://");
  return url;
}

function witnessKey(text: string | undefined, location: string): NoteKey {
  try {
    const key = text === undefined ? undefined : readVerifierKey(text);
    if (key?.type === "witness") return key;
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new GateError("key-invalid", `the key of the witness: ${error.message}`, { cause: error });
  }
  throw new GateError("usage", `${JSON.stringify(location.slice(0, 100))} names no key of a witness`, {
    hint: `Write ${FORMS.witness}; the witness publishes its verifier key.`,
  });
}

function malformed(text: string): GateError {
  // What follows can hold a secret where it is written wrongly.
  const kind = /^[a-z0-9-]{1,20}(?=:)/.exec(text)?.[0];
  return new GateError(
    "usage",
    `not a place for checkpoints: ${kind === undefined ? "it names no kind" : `${kind}:…`}`,
    {
      hint: `Write one of ${Object.values(FORMS).join(", ")}.`,
    },
  );
}
