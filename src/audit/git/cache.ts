import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GateError, messageOf } from "../../util/errors.ts";
import { type GitLocation, gitLocationText, isNamedRemote } from "./location.ts";
import { type ObjectReader, openReader } from "./objects.ts";
import { PERSONAL_SUFFIX } from "./personal.ts";
import { complaintOf, type GitAnswer, type GitSetting, git } from "./run.ts";

/** The tip that this clone has seen last: a log that does not contain what it holds was rewritten. */
export const SEEN_REF = "refs/gate/seen";

/** The remote's name in the cache. */
const REMOTE = "audit";

/**
 * A bare repository inside of the clone's `.git` that holds what is known of the log. The clone itself is left alone: no
 * ref, no object, no setting of it changes, and its history does not become shallow.
 */
export interface GitCache {
  readonly folder: string;
  /** Bytes of an object's name. */
  readonly hashBytes: number;
  readonly reader: ObjectReader;
  /** Runs git in the cache alone. */
  local(args: readonly string[], input?: string | Buffer): Promise<GitAnswer>;
  /**
   * The commit that the ref names at the remote; undefined where it has no such ref. Folders come with it, files do not
   * where the remote can leave them out.
   *
   * @throws {GateError} `audit-unreadable`
   */
  fetchTip(): Promise<string | undefined>;
  /** As {@link fetchTip}, of the ref beside the log's. */
  fetchPersonal(): Promise<string | undefined>;
  /** @throws {GateError} `audit-unreadable` */
  fetchFiles(oids: Iterable<string>): Promise<void>;
  /** Moves the remote's ref, if it still is where it was; with that of the personal data both or none. */
  push(commit: string, old: string | undefined, personal?: PersonalMove): Promise<GitAnswer>;
  close(): void;
}

/** From one commit to another. */
export interface PersonalMove {
  readonly commit: string;
  /** Undefined where there is none yet. */
  readonly old: string | undefined;
}

/** What applies to every run of git, whatever the user's own settings say. */
const ALWAYS: readonly GitSetting[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["protocol.version", "2"],
  ["fetch.fsckObjects", "true"],
  ["fetch.recurseSubmodules", "false"],
  ["fetch.writeCommitGraph", "false"],
  ["push.gpgSign", "false"],
  ["push.followTags", "false"],
  ["push.recurseSubmodules", "no"],
  ["gc.autoDetach", "false"],
  ["maintenance.autoDetach", "false"],
  ["http.lowSpeedLimit", "1000"],
  ["http.lowSpeedTime", "60"],
];

/** Settings of the clone that say how a remote is reached; `actions/checkout` puts the token into one of them. */
const TRANSPORT = /^(?:http|credential|ssh|protocol)\.|^core\.(?:sshcommand|askpass|gitproxy)$/;

/**
 * Opens the cache of a log, and makes it where it is missing.
 *
 * @throws {GateError} `usage` outside of a clone or without that remote; `audit-unreadable`
 */
export async function openCache(location: GitLocation): Promise<GitCache> {
  const { clone: cwd, variables, ref } = location;
  const ask = async (...args: readonly string[]): Promise<GitAnswer> => git({ cwd, variables, args });
  const [place, format, urls, settings] = await Promise.all([
    ask("rev-parse", "--git-common-dir"),
    ask("rev-parse", "--show-object-format"),
    remoteUrls(location, ask),
    transportSettings(ask),
  ]);
  if (place.code !== 0) {
    throw new GateError("usage", `${gitLocationText(location)} is reached through a clone, and ${cwd} is in none`, {
      hint: "Run it inside of a clone of the repository.",
    });
  }
  const objectFormat = format.stdout.toString("latin1").trim() === "sha256" ? "sha256" : "sha1";
  const common = resolve(cwd, place.stdout.toString("utf8").replace(/\n$/, ""));
  const key = createHash("sha256").update(`${urls.fetch}\n${ref}`).digest("hex").slice(0, 16);
  const folder = join(common, "gate", `${key}.git`);
  await makeCache(folder, location, objectFormat);

  const reader = openReader({ cwd: folder, variables, settings: ALWAYS }, folder);
  const local = async (args: readonly string[], input: string | Buffer = ""): Promise<GitAnswer> =>
    git({ cwd: folder, variables, args: [`--git-dir=${folder}`, ...args], settings: ALWAYS, input });
  const remoteSettings: readonly GitSetting[] = [
    ...settings,
    ...ALWAYS,
    [`remote.${REMOTE}.url`, urls.fetch],
    [`remote.${REMOTE}.pushurl`, urls.push],
    // With these set, git neither asks for nor writes them into the cache's settings, and what is read there stays missing.
    [`remote.${REMOTE}.promisor`, "true"],
    [`remote.${REMOTE}.partialclonefilter`, "blob:none"],
  ];
  // In the clone's folder, so that a relative URL means what it means there.
  const remote = async (args: readonly string[], input = ""): Promise<GitAnswer> =>
    git({ cwd, variables, args: [`--git-dir=${folder}`, ...args], settings: remoteSettings, input });
  const fetching = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--filter=blob:none"];
  const fetchRef = async (wanted: string): Promise<string | undefined> => {
    // A ref of its own, for another process may fetch at the same time.
    const into = `refs/gate/fetched/${randomBytes(8).toString("hex")}`;
    // Tidying up can wait until files are fetched; others wait for nobody.
    const args = [
      "-c",
      "maintenance.auto=false",
      "-c",
      "gc.auto=0",
      ...fetching,
      "--depth=1",
      REMOTE,
      `+${wanted}:${into}`,
    ];
    const answer = await patient(async () => remote(args));
    if (answer.code === 0) {
      const commit = (await reader.read(into))?.oid;
      await local(["update-ref", "-d", into]);
      if (commit !== undefined) return commit;
    } else if (/couldn't find remote ref|could not find remote ref/i.test(answer.stderr)) return undefined;
    throw unreachable(location, answer);
  };
  const personalRef = `${ref}${PERSONAL_SUFFIX}`;
  return {
    folder,
    hashBytes: objectFormat === "sha256" ? 32 : 20,
    reader,
    local,
    fetchTip: async () => fetchRef(ref),
    fetchPersonal: async () => fetchRef(personalRef),
    async fetchFiles(oids) {
      const list = [...oids].join("\n");
      if (list === "") return;
      const args = ["-c", "fetch.negotiationAlgorithm=noop", ...fetching, "--stdin", REMOTE];
      const answer = await patient(async () => remote(args, `${list}\n`));
      if (answer.code !== 0) throw unreachable(location, answer);
    },
    async push(commit, old, personal) {
      const moves = [{ commit, old, ref }, ...(personal === undefined ? [] : [{ ...personal, ref: personalRef }])];
      const leases = moves.map((move) => `--force-with-lease=${move.ref}:${move.old ?? ""}`);
      const atomic = personal === undefined ? [] : ["--atomic"];
      const refspecs = moves.map((move) => `${move.commit}:${move.ref}`);
      return remote(["push", "--porcelain", "--no-verify", ...atomic, ...leases, REMOTE, ...refspecs]);
    },
    close: () => reader.close(),
  };
}

/**
 * Removes the cache of a log, with everything that was ever fetched of it: git keeps for a while what no ref names any more,
 * and for longer what it could fetch again.
 */
export async function dropCache(location: GitLocation): Promise<void> {
  const cache = await openCache(location);
  cache.close();
  rmSync(cache.folder, { recursive: true, force: true, maxRetries: 5 });
}

async function remoteUrls(
  location: GitLocation,
  ask: (...args: readonly string[]) => Promise<GitAnswer>,
): Promise<{ readonly fetch: string; readonly push: string }> {
  const { remote } = location;
  if (!isNamedRemote(location)) return { fetch: firstLine(await ask("ls-remote", "--get-url", remote)), push: remote };
  const [fetch, push] = await Promise.all([
    ask("remote", "get-url", remote),
    ask("remote", "get-url", "--push", remote),
  ]);
  if (fetch.code === 0 && push.code === 0 && firstLine(fetch) !== "")
    return { fetch: firstLine(fetch), push: firstLine(push) };
  throw new GateError("usage", `this clone has no remote ${remote}`, {
    hint: "Name one of `git remote`, as in git:origin.",
  });
}

function firstLine({ stdout }: GitAnswer): string {
  return stdout.toString("utf8").split("\n")[0] ?? "";
}

/** What the clone's own settings say about reaching remotes; those of the user and the machine apply by themselves. */
async function transportSettings(
  ask: (...args: readonly string[]) => Promise<GitAnswer>,
): Promise<readonly GitSetting[]> {
  const { stdout } = await ask("config", "--list", "--includes", "--show-scope", "-z");
  const fields = stdout.toString("utf8").split("\0");
  const settings: GitSetting[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [scope = "", setting = ""] = fields.slice(at, at + 2);
    const newline = setting.indexOf("\n");
    const [name, value] = newline < 0 ? [setting, "true"] : [setting.slice(0, newline), setting.slice(newline + 1)];
    if (["local", "worktree", "command"].includes(scope) && TRANSPORT.test(name.toLowerCase())) {
      settings.push([name, value]);
    }
  }
  return settings;
}

/** Made under another name and moved into place, so that two that start together both find a whole one. */
async function makeCache(folder: string, location: GitLocation, format: string): Promise<void> {
  if (existsSync(folder)) return;
  const { variables, clone } = location;
  const made = `${folder}.${randomBytes(6).toString("hex")}`;
  try {
    mkdirSync(join(folder, ".."), { recursive: true, mode: 0o700 });
    const args = ["init", "--quiet", "--bare", "--template=", `--object-format=${format}`, made];
    const answer = await git({ cwd: clone, variables, args, settings: ALWAYS });
    if (answer.code !== 0) throw new Error(complaintOf(answer));
    renameSync(made, folder);
  } catch (cause) {
    rmSync(made, { recursive: true, force: true });
    if (existsSync(folder)) return;
    throw new GateError("audit-unreadable", `no cache of the audit log at ${folder}: ${messageOf(cause)}`, { cause });
  }
}

const LOCKED = /\.lock'?: File exists|cannot lock ref|shallow file has changed/i;
const LOCK_ATTEMPTS = 20;

/** Another process of this clone can hold a lock of the cache for a moment. */
async function patient(run: () => Promise<GitAnswer>): Promise<GitAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await run();
    if (answer.code === 0 || attempt === LOCK_ATTEMPTS || !LOCKED.test(answer.stderr)) return answer;
    await sleep(20 + Math.random() * 20 * attempt);
  }
}

function unreachable(location: GitLocation, answer: GitAnswer): GateError {
  return new GateError(
    "audit-unreadable",
    `the audit log ${gitLocationText(location)} cannot be fetched: ${complaintOf(answer)}`,
    { hint: "Check that this machine can reach the remote and is allowed to read it." },
  );
}
