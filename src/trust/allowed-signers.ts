import { GateError, type Issue, messageOf } from "../util/errors.ts";
import { parseKey } from "./ssh-key.ts";
import { Refusal } from "./wire.ts";

/** A line of `allowed_signers`. */
export interface AllowedSigner {
  /** Patterns of the names that the key is for. */
  readonly principals: readonly string[];
  /** The id of the key, see `SshPublicKey`. */
  readonly key: string;
  /** Patterns of the namespaces that it may sign in; missing for all. */
  readonly namespaces?: readonly string[];
  /** An instant, or a text that is none where nobody can read it: then the key is never valid. */
  readonly validAfter?: string;
  readonly validBefore?: string;
  /** Such as `allowed_signers:3`. */
  readonly source: string;
}

const MAX_BYTES = 1 << 20;
const TIMESTAMP = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?Z?$/;
const OPTION = /^([A-Za-z-]+)(?:=("(?:[^"\\]|\\.)*"|[^",]*))?(,|$)/;

/**
 * Reads an `allowed_signers` file (ssh-keygen(1), ALLOWED SIGNERS). A line that cannot be used is an error, for whoever
 * wrote it counts on it. Times are UTC, with or without `Z`: what a decision says must not depend on a machine's zone.
 *
 * @param path for messages
 * @throws {GateError} `trust-invalid` with every line that is wrong
 */
export function parseAllowedSigners(bytes: Uint8Array, path: string): readonly AllowedSigner[] {
  if (bytes.byteLength > MAX_BYTES) throw new GateError("trust-invalid", `${path} is larger than 1 MiB`);
  const issues: Issue[] = [];
  const signers: AllowedSigner[] = [];
  for (const [index, line] of decode(bytes, path).split(/\r?\n/).entries()) {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) continue;
    try {
      signers.push({ ...parseLine(text), source: `${path}:${index + 1}` });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      issues.push({ message: error.message, file: path, row: index + 1, column: 1 });
    }
  }
  if (issues.length === 0) return signers;
  throw new GateError("trust-invalid", `${path} is not a valid list of allowed signers`, {
    issues,
    hint: "See docs/approvals.md.",
  });
}

function parseLine(line: string): Omit<AllowedSigner, "source"> {
  const [, quoted, plain, rest = ""] = /^(?:"([^"]*)"|([^\s"]+))\s+(.*)$/.exec(line) ?? [];
  const principals = (quoted ?? plain ?? "").split(",");
  if (principals.includes("")) throw new Refusal("a line is: principals, options if any, type of key, key");
  const options = splitOptions(rest);
  return {
    principals,
    key: parseKey(options.rest).id,
    ...readOptions(options.text),
  };
}

/** Options go on to the first blank outside of quotes; a line without options goes on with the type of its key. */
function splitOptions(text: string): { readonly text: string; readonly rest: string } {
  if (/^(?:sk-)?(?:ssh|ecdsa)-[^\s="]*(?:\s|$)/.test(text)) return { text: "", rest: text };
  const [options = ""] = /^(?:[^\s"]|"(?:[^"\\]|\\.)*")*/.exec(text) ?? [];
  return { text: options, rest: text.slice(options.length).trim() };
}

function readOptions(text: string): Pick<AllowedSigner, "namespaces" | "validAfter" | "validBefore"> {
  const options = new Map<string, string>();
  let left = text;
  while (left !== "") {
    const [whole = "", name = "", value, separator] = OPTION.exec(left) ?? [];
    if (whole === "" || (separator === "," && whole === left)) throw new Refusal(`the options cannot be read: ${text}`);
    const option = name.toLowerCase();
    if (options.has(option)) throw new Refusal(`the option ${option} is given twice`);
    options.set(option, valueOf(option, value));
    left = left.slice(whole.length);
  }
  const namespaces = options.get("namespaces");
  const after = options.get("valid-after");
  const before = options.get("valid-before");
  return {
    ...(namespaces === undefined ? {} : { namespaces: namespaces.split(",") }),
    ...(after === undefined ? {} : { validAfter: instantOf(after) }),
    ...(before === undefined ? {} : { validBefore: instantOf(before) }),
  };
}

function valueOf(option: string, value: string | undefined): string {
  if (option === "cert-authority") {
    throw new Refusal("certificate authorities are not supported: list the key of each person instead");
  }
  if (!["namespaces", "valid-after", "valid-before"].includes(option)) throw new Refusal(`unknown option ${option}`);
  if (value === undefined || !value.startsWith('"')) throw new Refusal(`${option} needs a value in double quotes`);
  return value.slice(1, -1).replaceAll('\\"', '"');
}

/** `20260131` or `202601312359[59]` as RFC 3339, so that it expires as everything else does; else the text as it is. */
function instantOf(text: string): string {
  const [, year, month, day, hour = "00", minute = "00", second = "00"] = TIMESTAMP.exec(text) ?? [];
  return year === undefined ? text : `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new GateError("trust-invalid", `${path} is not UTF-8 text: ${messageOf(cause)}`, { cause });
  }
}
