import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { readCertificates } from "../../../src/audit/anchor/tsa/certificate.ts";
import { timeStampAnchor } from "../../../src/audit/anchor/tsa/client.ts";
import { oidOf, readDer, TokenError, writeDer, writeOid } from "../../../src/audit/anchor/tsa/der.ts";
import { isTrustedStamp, readToken, timeStampRequest } from "../../../src/audit/anchor/tsa/token.ts";
import { openAuditStore } from "../../../src/audit/open.ts";
import { checkpointText } from "../../../src/audit/receipt.ts";
import type { Voucher } from "../../../src/audit/store.ts";
import { type VerifyReport, verifyStore } from "../../../src/audit/verify.ts";
import { signCheckpoint } from "../../../src/audit/vouch.ts";
import { systemClock } from "../../../src/util/clock.ts";
import { collect, temporaryDirectory } from "../fixtures.ts";
import { type Authority, type AuthorityOptions, createAuthority, hasOpenssl } from "./authority.ts";
import { LOG_KEY, makeLog } from "./support.ts";
import { type Reply, serve } from "./witness.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const RANDOM = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(0xa5);

/** Asks for a time stamp of the newest tree, and keeps it. */
async function stamp(path: string, answer: (request: Buffer) => Reply | undefined, roots?: string): Promise<Voucher> {
  await using server = await serve(answer);
  const store = await openAuditStore({ path, mode: "append" });
  try {
    const checkpoint = await signCheckpoint(store, await store.head(), LOG_KEY);
    const authorities = roots === undefined ? {} : { authorities: readCertificates(roots) };
    const options = { clock: systemClock, random: RANDOM, timeoutMs: 5000, ...authorities };
    const { voucher } = await timeStampAnchor(server.url, options).publish(checkpoint, store);
    if (voucher === undefined) throw new Error("a token comes with a new time stamp");
    await store.keep(voucher);
    return voucher;
  } finally {
    await store.close();
  }
}

async function verifyWith(path: string, root: string): Promise<VerifyReport> {
  return verifyStore(path, { timeStampers: readCertificates(root) });
}

// Without OpenSSL there is no authority to ask on this machine.
describe.skipIf(!hasOpenssl())("an authority of OpenSSL", () => {
  test.each<[string, AuthorityOptions]>([
    ["P-256", {}],
    ["RSA", { key: "rsa:2048" }],
    ["SHA-512 and the older way to name its certificate", { digest: "sha512", essHash: "sha1" }],
    ["a certificate in between", { intermediate: "CA:TRUE", essHash: "sha512", digest: "sha384" }],
  ])("with %s stamps a tree, and the token is verified offline, by OpenSSL as well", async (_, options) => {
    using directory = temporaryDirectory();
    const authority = createAuthority(directory.path, "a", options);
    const path = await makeLog(directory.path, "log", { decisions: 4 });
    const voucher = await stamp(path, (request) => authority.answer(request), authority.root);
    const report = await verifyWith(path, authority.root);
    expect(report).toMatchObject({
      verdict: "good",
      vouched: [expect.stringContaining("The first 5 entries were there at")],
    });
    const { head } = report;
    if (head === null) throw new Error("there is one");
    const file = (name: string): string => join(directory.path, name);
    writeFileSync(file("text"), checkpointText(head));
    writeFileSync(file("token"), voucher.material);
    const args = [
      "ts",
      "-verify",
      "-data",
      file("text"),
      "-in",
      file("token"),
      "-token_in",
      "-CAfile",
      file("a.root.pem"),
    ];
    expect(execFileSync("openssl", args, { stdio: "pipe" }).toString()).toContain("Verification: OK");
  });

  test("is not asked again for a tree that it has stamped", async () => {
    using directory = temporaryDirectory();
    const authority = createAuthority(directory.path, "a");
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    await using server = await serve((request) => authority.answer(request));
    const store = await openAuditStore({ path, mode: "append" });
    const checkpoint = await signCheckpoint(store, await store.head(), LOG_KEY);
    const anchor = timeStampAnchor(server.url, { clock: systemClock, random: RANDOM });
    const { voucher } = await anchor.publish(checkpoint, store);
    if (voucher !== undefined) await store.keep(voucher);
    expect(await anchor.publish(checkpoint, store)).toEqual({ status: "present", size: 3 });
    expect(server.requests).toHaveLength(1);
    await store.close();
  });

  // OpenSSL makes no time stamps with these, so that it is the certificates themselves that are looked at.
  test.each([
    ["critical,timeStamping", true],
    ["critical,codeSigning", false],
    ["critical,timeStamping,codeSigning", false],
    ["timeStamping", false],
  ])("with a certificate for %s: %s", async (usage, counts) => {
    using directory = temporaryDirectory();
    const good = createAuthority(directory.path, "good");
    const { certificate, root } = createAuthority(directory.path, "a", { usage });
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    const { material } = await stamp(path, (request) => good.answer(request));
    const [signer] = readCertificates(certificate);
    if (signer === undefined) throw new Error("there is one");
    const asIf = { ...readToken(Buffer.from(material)), signer };
    expect(isTrustedStamp(asIf, readCertificates(root))).toBe(counts);
  });

  test("whose names are right and whose key is another one's counts for nothing", async () => {
    using directory = temporaryDirectory();
    using elsewhere = temporaryDirectory();
    const authority = createAuthority(directory.path, "a", { namesOnly: true });
    const other = createAuthority(elsewhere.path, "a", { namesOnly: true });
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    const { material } = await stamp(path, (request) => authority.answer(request));
    const token = readToken(Buffer.from(material));
    expect(isTrustedStamp({ ...token, certificates: [] }, readCertificates(authority.root))).toBe(true);
    expect(isTrustedStamp({ ...token, certificates: [] }, readCertificates(other.root))).toBe(false);
  });

  test("whose certificate was issued by one that may not issue any counts for nothing", async () => {
    using directory = temporaryDirectory();
    const authority = createAuthority(directory.path, "a", { intermediate: "CA:FALSE", namesOnly: true });
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    const { material } = await stamp(path, (request) => authority.answer(request));
    expect(isTrustedStamp(readToken(Buffer.from(material)), readCertificates(authority.root))).toBe(false);
  });

  test("counts at times when each of its certificates was valid, and only then", async () => {
    using directory = temporaryDirectory();
    const authority = createAuthority(directory.path, "a", { intermediate: "CA:TRUE", days: 20 });
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    const { material } = await stamp(path, (request) => authority.answer(request));
    const token = readToken(Buffer.from(material));
    const roots = readCertificates(authority.root);
    const at = (days: number): boolean =>
      isTrustedStamp({ ...token, time: new Date(token.time.getTime() + days * 86_400_000) }, roots);
    expect([at(0), at(19)]).toEqual([true, true]);
    // The authority's has ended, while those above are valid; and none had begun.
    expect([at(21), at(-1)]).toEqual([false, false]);
    // The certificate in between is trusted by nobody for being in the token.
    expect(isTrustedStamp(token, token.certificates)).toBe(true);
    expect(isTrustedStamp(token, [])).toBe(false);
    expect(isTrustedStamp({ ...token, certificates: [] }, roots)).toBe(false);
  });

  describe("answers", () => {
    let authority: Authority;
    let other: Authority;
    let folder: string;
    beforeAll(() => {
      const directory = temporaryDirectory();
      folder = directory.path;
      authority = createAuthority(folder, "a");
      other = createAuthority(folder, "b");
      return () => directory[Symbol.dispose]();
    });
    let logs = 0;
    const newLog = async (): Promise<string> => makeLog(folder, `log-${++logs}`, { decisions: 2 });

    test("of another authority are refused where its certificates are known, and count for nothing else", async () => {
      const path = await newLog();
      await expect(stamp(path, (request) => other.answer(request), authority.root)).rejects.toMatchObject({
        message: expect.stringContaining("does not lead to"),
      });
      await stamp(path, (request) => other.answer(request));
      expect(await verifyWith(path, authority.root)).toMatchObject({
        verdict: "unknown",
        findings: [{ code: "timestamp-missing" }],
      });
      expect((await verifyWith(path, other.root)).verdict).toBe("good");
    });

    test.each<[string, (request: Buffer) => Reply | undefined]>([
      ["for another hash", () => authority.answer(requestOf(1))],
      ["for another request", (given) => authority.answer(timeStampRequest(imprintIn(given), Buffer.alloc(8, 3)))],
      ["without a nonce", (given) => authority.answer(withoutNonce(given))],
      ["that say no", () => ({ status: 200, body: Buffer.from("30053003020102", "hex") })],
      [
        "with half a token",
        (given) => ({ status: 200, body: Buffer.from(authority.answer(given).body).subarray(0, 400) }),
      ],
      [
        "with more behind the token",
        (given) => ({ status: 200, body: Buffer.concat([Buffer.from(authority.answer(given).body), Buffer.of(0)]) }),
      ],
      ["with nothing", () => ({ status: 200, body: "" })],
      ["with a page for people", () => ({ status: 200, body: "<html>\u001b[2J" })],
      ["that are far too long", () => ({ status: 200, body: Buffer.alloc(1 << 20, 0x30) })],
      ["with nothing but nesting", () => ({ status: 200, body: Buffer.from("3080".repeat(20_000), "hex") })],
      ["from elsewhere", () => ({ status: 302, body: "", headers: { location: "http://127.0.0.1:1/" } })],
      ["404", () => ({ status: 404, body: "" })],
    ])("%s are no time stamp", async (_, answer) => {
      await expect(stamp(await newLog(), answer, authority.root)).rejects.toMatchObject({ code: "anchor-failed" });
    });

    test("that never come are waited for no longer than said", async () => {
      const path = await newLog();
      await using server = await serve(() => undefined);
      const store = await openAuditStore({ path, mode: "append" });
      const checkpoint = await signCheckpoint(store, await store.head(), LOG_KEY);
      const anchor = timeStampAnchor(server.url, { clock: systemClock, random: RANDOM, timeoutMs: 300 });
      await expect(anchor.publish(checkpoint, store)).rejects.toMatchObject({
        message: expect.stringContaining("took more than 300 ms"),
      });
      await store.close();
    });

    test("no bit of a token can be another one", async () => {
      const path = await newLog();
      const { material } = await stamp(path, (given) => authority.answer(given), authority.root);
      const roots = readCertificates(authority.root);
      const original = readToken(Buffer.from(material));
      const same: number[] = [];
      for (let at = 0; at < material.length; at++) {
        const flipped = Buffer.from(material);
        flipped[at] = (flipped[at] ?? 0) ^ 1;
        try {
          const read = readToken(flipped);
          if (!isTrustedStamp(read, roots)) continue;
          // What is not signed may differ where it changes nothing: versions, and what stands twice.
          expect(read.imprint.equals(original.imprint) && read.time.getTime() === original.time.getTime()).toBe(true);
          same.push(at);
        } catch (error) {
          expect(error).toBeInstanceOf(TokenError);
        }
      }
      // Besides the copy of the root, only versions and algorithms that stand twice or are of no use.
      const root = Buffer.from(material).indexOf(roots[0]?.raw ?? "");
      const rest = same.filter((at) => at < root || at >= root + (roots[0]?.raw.length ?? 0));
      expect(rest.length).toBeLessThan(40);
      expect(rest.filter((at) => at >= material.length - 64)).toEqual([]);
    });

    test("are held against the log", async () => {
      const path = await newLog();
      const voucher = await stamp(path, (given) => authority.answer(given), authority.root);
      for (const [name, variant, material, code] of [
        ["rewritten", { decisions: 5, changed: 1 }, voucher.material, "root-changed"],
        ["cut", { decisions: 1 }, voucher.material, "truncated"],
        ["with a damaged token", { decisions: 2 }, voucher.material.slice(0, 300), "timestamp-invalid"],
      ] as const) {
        const changed = await makeLog(folder, name, variant);
        const store = await openAuditStore({ path: changed, mode: "append" });
        await store.keep({ ...voucher, material });
        await store.close();
        const report = await verifyWith(changed, authority.root);
        expect(report.verdict, name).toBe("tampered");
        expect(
          report.findings.map((finding) => finding.code),
          name,
        ).toContain(code);
      }
      const bare = await openAuditStore({ path, mode: "read" });
      expect(await collect(bare.vouchers("timestamp"))).toHaveLength(1);
      await bare.close();
    });
  });
});

function requestOf(byte: number): Buffer {
  return timeStampRequest(new Uint8Array(32).fill(byte), Buffer.from(RANDOM(8)));
}

/** Of a request of gate's own. */
function imprintIn(request: Buffer): Buffer {
  const at = request.indexOf(Buffer.from("0420", "hex")) + 2;
  return request.subarray(at, at + 32);
}

function withoutNonce(request: Buffer): Buffer {
  const nonce = request.indexOf(Buffer.from("0208", "hex"));
  const content = Buffer.concat([request.subarray(2, nonce), request.subarray(nonce + 10)]);
  return writeDer(0x30, content);
}

describe("DER", () => {
  test.each([
    ["", "nothing"],
    ["30", "no length"],
    ["3080", "an indefinite length"],
    ["308100", "a length that is not the shortest"],
    ["30820010", "a length with a zero in front"],
    ["3002", "less than its length"],
    ["300000", "more than its length"],
    ["1f8100", "a long tag"],
    ["3085000000000100", "a length of five bytes"],
    ["30ffffffffff", "a reserved length"],
  ])("%s is refused: %s", (hex) => {
    expect(() => readDer(Buffer.from(hex, "hex"))).toThrow(TokenError);
  });

  test.each(["1.2.840.113549.1.9.16.1.4", "2.16.840.1.101.3.4.2.1", "2.5.29.37", "0.9.2342", "1.3.6.1.4.1.99999"])(
    "reads what it writes: %s",
    (oid) => {
      expect(oidOf(readDer(writeOid(oid)))).toBe(oid);
    },
  );

  test("whatever the bytes are, they are read or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => readToken(Buffer.from(bytes))).toThrow(TokenError);
      }),
    );
  });
});
