import { describe, expect, test, vi } from "vitest";
import { readAnchorLocation } from "../../../src/audit/anchor/open.ts";
import { signedHeaders } from "../../../src/audit/anchor/s3/sign.ts";
import { shelfFolder } from "../../../src/audit/anchor/shelf.ts";
import { formatNote } from "../../../src/audit/note.ts";
import { openAuditStore } from "../../../src/audit/open.ts";
import { signCheckpoint } from "../../../src/audit/vouch.ts";
import { ORIGIN, temporaryDirectory } from "../fixtures.ts";
import { type BucketOptions, createBucket } from "./bucket.ts";
import { anchorLog, ed25519, LOG_KEY, makeLog } from "./support.ts";
import { type Reply, serve } from "./witness.ts";

vi.setConfig({ testTimeout: 60_000 });

const ACCESS: BucketOptions = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  region: "eu-central-1",
};
const VARIABLES = {
  AWS_ACCESS_KEY_ID: ACCESS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ACCESS.secretAccessKey,
  AWS_REGION: ACCESS.region,
} as const;

const KEY = `/bucket/gate/${shelfFolder(ORIGIN)}/3.checkpoint`;

async function anchorAt(
  url: URL,
  path: string,
  variables: Readonly<Record<string, string>> = VARIABLES,
  key = LOG_KEY,
) {
  const location = readAnchorLocation(`s3:${url.href}bucket/gate#10d`, { folder: "/", variables });
  return anchorLog(path, location, key);
}

describe("a bucket with Object Lock", () => {
  test.each([
    ["keys of a user", VARIABLES, ACCESS],
    [
      "keys of a role",
      { ...VARIABLES, AWS_SESSION_TOKEN: "a/token+of=some" },
      { ...ACCESS, sessionToken: "a/token+of=some" },
    ],
  ])("is given a checkpoint once, locked, with the %s", async (_, variables, access) => {
    using directory = temporaryDirectory();
    const bucket = createBucket(access);
    await using server = await serve((body, request) => bucket.answer(body, request));
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    expect(await anchorAt(server.url, path, variables)).toEqual({ status: "added", size: 3 });
    const store = await openAuditStore({ path, mode: "append" });
    const { note } = await signCheckpoint(store, await store.head(), LOG_KEY);
    await store.close();
    expect([...bucket.objects]).toEqual([
      [KEY, { body: Buffer.from(formatNote(note)), mode: "COMPLIANCE", until: "2026-03-11T12:00:00.000Z" }],
    ]);
    expect(await anchorAt(server.url, path, variables)).toEqual({ status: "present", size: 3 });
    expect(bucket.objects.size).toBe(1);
  });

  test("that has another checkpoint of that size keeps it, and says so", async () => {
    using directory = temporaryDirectory();
    const bucket = createBucket(ACCESS);
    await using server = await serve((body, request) => bucket.answer(body, request));
    await anchorAt(server.url, await makeLog(directory.path, "log", { decisions: 2 }));
    const before = [...bucket.objects];
    const changed = await makeLog(directory.path, "changed", { decisions: 2, changed: 1 });
    await expect(anchorAt(server.url, changed)).rejects.toMatchObject({ code: "audit-corrupt" });
    const other = await makeLog(directory.path, "other", { decisions: 2 });
    await expect(anchorAt(server.url, other, VARIABLES, ed25519(2))).rejects.toMatchObject({ code: "audit-corrupt" });
    expect([...bucket.objects]).toEqual(before);
  });

  test.each<[string, Partial<BucketOptions>, string]>([
    ["forgets the lock", { forgetsLocks: true }, "does not say that it is locked until 2026-03-11"],
    [
      "knows another secret",
      { secretAccessKey: "other" },
      "answers 403: SignatureDoesNotMatch: said SignatureDoesNotMatch",
    ],
    ["is in another region", { region: "us-east-1" }, "answers 403"],
  ])("that %s has anchored nothing, and nothing secret is said", async (_, change, message) => {
    using directory = temporaryDirectory();
    const bucket = createBucket({ ...ACCESS, ...change });
    await using server = await serve((body, request) => bucket.answer(body, request));
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    const error: unknown = await anchorAt(server.url, path).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "anchor-failed", message: expect.stringContaining(message) });
    const said = JSON.stringify(error) + String(error);
    for (const secret of [ACCESS.secretAccessKey, ACCESS.accessKeyId]) expect(said).not.toContain(secret);
  });

  test.each<[string, Reply | undefined]>([
    ["repeats what it was sent", { status: 400, body: `<Code>No ${ACCESS.secretAccessKey}</Code>` }],
    ["is elsewhere", { status: 307, body: "", headers: { location: "http://127.0.0.1:1/" } }],
    ["says yes and has nothing", { status: 200, body: "" }],
    ["says far too much", { status: 200, body: "x".repeat(1 << 20) }],
  ])("that %s is no anchor", async (_, reply) => {
    using directory = temporaryDirectory();
    await using server = await serve(() => reply);
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    const error: unknown = await anchorAt(server.url, path).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expect.stringMatching(/^(?:anchor-failed|audit-corrupt)$/) });
    expect(String(error)).not.toContain(ACCESS.secretAccessKey);
  });

  test("is not asked without keys", async () => {
    using directory = temporaryDirectory();
    await using server = await serve(() => ({ status: 200, body: "" }));
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    await expect(anchorAt(server.url, path, {})).rejects.toMatchObject({
      message: expect.stringContaining("AWS_ACCESS_KEY_ID"),
    });
    expect(server.requests).toEqual([]);
  });
});

test("a request is signed as in the example of the specification", () => {
  const headers = signedHeaders(
    {
      method: "GET",
      url: new URL("https://examplebucket.s3.amazonaws.com/test.txt"),
      headers: { range: "bytes=0-9" },
      body: new Uint8Array(),
    },
    { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
    "us-east-1",
    new Date("2013-05-24T00:00:00Z"),
  );
  expect(headers["authorization"]).toBe(
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  );
});
