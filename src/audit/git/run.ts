import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { gitEnvironment } from "../../ci/git.ts";
import type { Environment } from "../../ci/provider.ts";
import { GateError, messageOf, systemCodeOf } from "../../util/errors.ts";

/** How git ended, and what it said. */
export interface GitAnswer {
  /** Null where it was killed, as for taking too long. */
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A setting for one run of git, as in `git -c name=value`; it is passed in the environment, where no other user sees it. */
export type GitSetting = readonly [name: string, value: string];

export interface GitCall {
  readonly cwd: string;
  readonly variables: Environment;
  readonly args: readonly string[];
  /** Instead of those that the environment has. */
  readonly settings?: readonly GitSetting[];
  readonly input?: string | Buffer;
}

/** A remote that does not answer for this long is given up, in milliseconds. */
const TIMEOUT_MS = 300_000;
const MOST_STDOUT = 1 << 30;
const MOST_STDERR = 1 << 16;

/** What git needs for reaching a remote as the user does, besides where it is. */
const FOR_REMOTES = [
  "SSH_AUTH_SOCK",
  "GIT_SSH",
  "GIT_SSH_COMMAND",
  "GIT_SSH_VARIANT",
  "GIT_ASKPASS",
  "SSH_ASKPASS",
  "GIT_SSL_CAINFO",
  "GIT_SSL_CAPATH",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "CURL_CA_BUNDLE",
  "http_proxy",
  "https_proxy",
  "HTTPS_PROXY",
  "all_proxy",
  "ALL_PROXY",
  "no_proxy",
  "NO_PROXY",
  "XDG_CONFIG_HOME",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_TRACE",
  "GIT_TRACE_PACKET",
  "USER",
  "LOGNAME",
  "TMPDIR",
  "SystemRoot",
] as const;

/**
 * Runs git to its end, whatever that is.
 *
 * @throws {GateError} `audit-unreadable` where there is no git, or it says more than 1 GiB
 */
export async function git(call: GitCall): Promise<GitAnswer> {
  const child = start(call);
  const { promise, resolve, reject } = Promise.withResolvers<GitAnswer>();
  const stdout: Buffer[] = [];
  let received = 0;
  let stderr = "";
  const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
  child.stdout.on("data", (chunk: Buffer) => {
    received += chunk.length;
    if (received <= MOST_STDOUT) stdout.push(chunk);
    else child.kill("SIGKILL");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    if (stderr.length < MOST_STDERR) stderr += chunk.toString("utf8");
  });
  child.on("error", (cause) => reject(cannotRun(cause)));
  child.on("close", (code) => {
    clearTimeout(timer);
    resolve({ code, stdout: Buffer.concat(stdout), stderr: stderr.slice(0, MOST_STDERR) });
  });
  // A git that ends before it has read everything says itself why.
  child.stdin.on("error", () => undefined);
  child.stdin.end(call.input ?? "");
  return promise;
}

/** Starts git, for whoever talks with it. */
export function start({ cwd, variables, args, settings }: GitCall): ChildProcessWithoutNullStreams {
  const given = settings === undefined ? givenSettings(variables) : settingVariables(settings);
  const env = { ...gitEnvironment(variables), ...forRemotes(variables), ...given };
  return spawn("git", [...args], { cwd, env, stdio: "pipe" });
}

/** A failure to start git. */
export function cannotRun(cause: unknown): GateError {
  const missing = systemCodeOf(cause) === "ENOENT";
  const message = missing ? "there is no git, or no folder to run it in" : `git does not start: ${messageOf(cause)}`;
  return new GateError("audit-unreadable", message, { cause, hint: "Install git 2.29 or newer." });
}

/** What git said of a failure, in one line and without passwords of URLs. */
export function complaintOf({ stderr, code }: Pick<GitAnswer, "stderr" | "code">): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== "" && !line.startsWith("hint:"));
  const text = lines.join("; ").slice(0, 600);
  if (text === "") return code === null ? "git took too long" : `git ended with ${code}`;
  return text.replaceAll(/:\/\/[^/@\s]*@/g, "://***@");
}

function forRemotes(variables: Environment): Readonly<Record<string, string | undefined>> {
  return {
    ...Object.fromEntries(FOR_REMOTES.map((name) => [name, variables[name]])),
    // A prompt would wait for a person whom no CI job has.
    GIT_TERMINAL_PROMPT: "0",
  };
}

/** Settings that the caller of gate has in the environment. */
function givenSettings(variables: Environment): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => name.startsWith("GIT_CONFIG_")));
}

/** As git-config(1) says under GIT_CONFIG_COUNT. */
function settingVariables(settings: readonly GitSetting[]): Readonly<Record<string, string>> {
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(settings.length) };
  for (const [at, [name, value]] of settings.entries()) {
    variables[`GIT_CONFIG_KEY_${at}`] = name;
    variables[`GIT_CONFIG_VALUE_${at}`] = value;
  }
  return variables;
}
