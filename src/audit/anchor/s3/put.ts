import { createHash } from "node:crypto";
import type { Clock } from "../../../util/clock.ts";
import type { GateError } from "../../../util/errors.ts";
import { formatNote, MAX_NOTE_BYTES } from "../../note.ts";
import { type Checkpoint, readCheckpoint } from "../../vouch.ts";
import { type Anchor, anchorFailed, contradiction } from "../anchor.ts";
import { ask, type ServiceAnswer } from "../http.ts";
import type { S3Credentials } from "../location.ts";
import { noteFile, requireSame, shelfFolder } from "../shelf.ts";
import { signedHeaders } from "./sign.ts";

export interface S3Options {
  readonly clock: Clock;
  readonly retentionMs: number;
  readonly credentials: S3Credentials | undefined;
  readonly region: string;
  /** For one request, in milliseconds. */
  readonly timeoutMs?: number;
}

const MODE = "COMPLIANCE";
const MAX_SAID = 200;

/**
 * A bucket with Object Lock. A checkpoint is put under a key where nothing is yet, and then read back with its lock: a
 * server that takes the lock and forgets it is no anchor.
 *
 * @param url of the bucket, with the prefix of all logs
 */
export function s3Anchor(url: URL, options: S3Options): Anchor {
  const name = `s3:${url.href}`;
  const { credentials, region, clock, timeoutMs } = options;

  async function send(
    method: "GET" | "PUT",
    key: string,
    headers: Readonly<Record<string, string>>,
    text: string,
  ): Promise<ServiceAnswer> {
    if (credentials === undefined) {
      throw anchorFailed(name, "needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment");
    }
    const target = new URL(url);
    target.pathname = `${url.pathname.replace(/\/+$/, "")}/${key}`;
    const body = new TextEncoder().encode(text);
    return ask({
      name,
      url: target,
      method,
      headers: signedHeaders({ method, url: target, headers, body }, credentials, region, clock.now()),
      ...(method === "GET" ? {} : { body }),
      maxBytes: MAX_NOTE_BYTES,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  }

  return {
    name,
    async publish(checkpoint) {
      const { origin, size } = checkpoint.head;
      const key = `${shelfFolder(origin)}/${noteFile(size)}`;
      const text = formatNote(checkpoint.note);
      const until = new Date(clock.now().getTime() + options.retentionMs);
      const put = await send("PUT", key, putHeaders(text, until), text);
      // Something is there already: 412. Somebody puts it there at this moment: 409.
      if (put.status !== 200 && put.status !== 412) throw refusedBy(name, put, credentials);
      const got = await send("GET", key, {}, "");
      if (got.status !== 200) throw refusedBy(name, got, credentials);
      requireKept(got, checkpoint, name);
      requireLocked(got.headers, put.status === 200 ? until : clock.now(), name);
      return { status: put.status === 200 ? "added" : "present", size };
    },
  };
}

/** As `s3-layout` says them to whoever uploads. */
function putHeaders(text: string, until: Date): Readonly<Record<string, string>> {
  return {
    "content-type": "text/plain; charset=utf-8",
    "content-md5": createHash("md5").update(text).digest("base64"),
    "x-amz-checksum-sha256": createHash("sha256").update(text).digest("base64"),
    "x-amz-object-lock-mode": MODE,
    "x-amz-object-lock-retain-until-date": until.toISOString(),
    "if-none-match": "*",
  };
}

function requireKept({ body }: ServiceAnswer, checkpoint: Checkpoint, name: string): void {
  const found = readCheckpoint(body);
  if (found === undefined) throw contradiction(name, `holds something else under the key of this checkpoint`);
  requireSame(found, checkpoint, name);
}

/** @param until at least */
function requireLocked(headers: Headers, until: Date, name: string): void {
  const mode = headers.get("x-amz-object-lock-mode");
  const date = Date.parse(headers.get("x-amz-object-lock-retain-until-date") ?? "");
  // Servers round to seconds.
  if (mode === MODE && date >= until.getTime() - 1000) return;
  throw anchorFailed(
    name,
    `took the checkpoint, and does not say that it is locked until ${until.toISOString()}`,
    "Turn on versioning and Object Lock for the bucket, and allow s3:GetObjectRetention.",
  );
}

/** What S3 says of an error, without what it repeats of the request. */
function refusedBy(name: string, { status, body }: ServiceAnswer, credentials: S3Credentials | undefined): GateError {
  const text = Buffer.from(body).toString("utf8");
  const said = ["Code", "Message"].flatMap(
    (tag) => new RegExp(`<${tag}>([^<]{1,${MAX_SAID}})</${tag}>`).exec(text)?.[1] ?? [],
  );
  const secrets = [credentials?.secretAccessKey, credentials?.sessionToken, credentials?.accessKeyId];
  const shown = secrets.reduce<string>(
    (message, secret) => (secret === undefined ? message : message.replaceAll(secret, "***")),
    said.join(": "),
  );
  return anchorFailed(name, `answers ${status}${shown === "" ? "" : `: ${shown}`}`);
}
