import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Reply } from "./witness.ts";

interface StoredObject {
  readonly body: Buffer;
  readonly mode: string;
  readonly until: string;
}

/** A bucket with Object Lock, as far as putting and getting goes, which looks at the signature of each request. */
export interface Bucket {
  readonly objects: Map<string, StoredObject>;
  answer(body: Buffer, request: IncomingMessage): Reply;
}

export interface BucketOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly region: string;
  /** A server that takes whatever it is told about locks, and keeps nothing of it. */
  readonly forgetsLocks?: boolean;
}

export function createBucket(options: BucketOptions): Bucket {
  const objects = new Map<string, StoredObject>();

  function put(path: string, body: Buffer, request: IncomingMessage): Reply {
    const md5 = header(request, "content-md5");
    const mode = header(request, "x-amz-object-lock-mode");
    const until = header(request, "x-amz-object-lock-retain-until-date");
    if (md5 !== createHash("md5").update(body).digest("base64")) return problem(400, "BadDigest");
    const checksum = header(request, "x-amz-checksum-sha256");
    if (checksum !== createHash("sha256").update(body).digest("base64")) return problem(400, "BadDigest");
    if (mode !== "COMPLIANCE" || Number.isNaN(Date.parse(until))) return problem(400, "InvalidRequest");
    // With Object Lock an object that is there stays; without the condition there would be another version of it.
    if (objects.has(path)) return problem(412, "PreconditionFailed");
    if (header(request, "if-none-match") !== "*") return problem(403, "AccessDenied");
    objects.set(path, { body, mode, until });
    return { status: 200, body: "" };
  }

  function get(path: string): Reply {
    const found = objects.get(path);
    if (found === undefined) return problem(404, "NoSuchKey");
    const { body, mode, until } = found;
    const seconds = `${until.slice(0, 19)}Z`;
    const lock = { "x-amz-object-lock-mode": mode, "x-amz-object-lock-retain-until-date": seconds };
    return { status: 200, body, headers: options.forgetsLocks === true ? {} : lock };
  }

  return {
    objects,
    answer(body, request) {
      const { method = "", url = "" } = request;
      if (!isSigned(method, url, body, request, options)) {
        // As S3 does, with what the request said in it.
        return problem(403, "SignatureDoesNotMatch", `<AWSAccessKeyId>${options.accessKeyId}</AWSAccessKeyId>`);
      }
      return method === "PUT" ? put(url, body, request) : get(url);
    },
  };
}

function problem(status: number, code: string, more = ""): Reply {
  return { status, body: `<Error><Code>${code}</Code><Message>said ${code}</Message>${more}</Error>` };
}

function header({ headers }: IncomingMessage, name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : "";
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

function isSigned(
  method: string,
  path: string,
  body: Buffer,
  request: IncomingMessage,
  { accessKeyId, secretAccessKey, sessionToken, region }: BucketOptions,
): boolean {
  const match = AUTHORIZATION.exec(header(request, "authorization"));
  const [, id = "", day = "", scope = "", names = "", signature = ""] = match ?? [];
  const hash = createHash("sha256").update(body).digest("hex");
  if (id !== accessKeyId || scope !== region || header(request, "x-amz-content-sha256") !== hash) return false;
  if (header(request, "x-amz-security-token") !== (sessionToken ?? "")) return false;
  const sent = Object.keys(request.headers).filter((name) => name === "host" || name.startsWith("x-amz-"));
  if (!sent.every((name) => names.split(";").includes(name))) return false;
  const lines = names.split(";").map((name) => `${name}:${header(request, name)}\n`);
  const canonical = `${method}\n${path}\n\n${lines.join("")}\n${names}\n${hash}`;
  const key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, day), region), "s3"), "aws4_request");
  const digest = createHash("sha256").update(canonical).digest("hex");
  const text = `AWS4-HMAC-SHA256\n${header(request, "x-amz-date")}\n${day}/${region}/s3/aws4_request\n${digest}`;
  return hmac(key, text).toString("hex") === signature;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
