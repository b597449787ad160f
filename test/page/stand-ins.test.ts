import {
  createHash,
  createHmac,
  generateKeyPairSync,
  hash,
  sign as signWithNode,
  verify as verifyWithNode,
} from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Buffer as PageBuffer } from "../../src/page/buffer.ts";
import * as page from "../../src/page/crypto.ts";

/** What stands in a browser for Node's `Buffer` and `node:crypto` does as these do. */

const bytes = fc.uint8Array({ maxLength: 300 });

it("writes and reads bytes as Node's Buffer does", () => {
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      for (const encoding of ["hex", "base64", "base64url", "utf8"] as const) {
        expect(PageBuffer.from(one).toString(encoding)).toBe(Buffer.from(one).toString(encoding));
        const text = Buffer.from(one).toString(encoding);
        expect(Array.from(PageBuffer.from(text, encoding))).toEqual(Array.from(Buffer.from(text, encoding)));
      }
      expect(Array.from(PageBuffer.concat([one, other]))).toEqual(Array.from(Buffer.concat([one, other])));
      expect(PageBuffer.compare(one, other)).toBe(Buffer.compare(one, other));
      expect(Array.from(PageBuffer.from(one).subarray(1, 5))).toEqual(Array.from(Buffer.from(one).subarray(1, 5)));
    }),
  );
});

it("takes no other text for base64 than Node does, once it is written back", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (text) => {
      const isStrict = (from: typeof PageBuffer | typeof Buffer) =>
        from.from(text, "base64").toString("base64") === text;
      expect(isStrict(PageBuffer)).toBe(isStrict(Buffer));
    }),
  );
});

it("counts, and reads and writes numbers, as Node's Buffer does", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat({ max: 0xffffffff }), fc.bigInt(0n, 2n ** 64n - 1n), (text, small, large) => {
      expect(PageBuffer.byteLength(text)).toBe(Buffer.byteLength(text));
      const [one, other] = [PageBuffer.alloc(12), Buffer.alloc(12)];
      for (const buffer of [one, other]) {
        buffer.writeUInt32BE(small);
        buffer.writeBigUInt64BE(large, 4);
      }
      expect(Array.from(one)).toEqual(Array.from(other));
      expect([one.readUInt32BE(0), one.readBigUInt64BE(4)]).toEqual([small, large]);
      expect(Array.from(PageBuffer.of(1, 2))).toEqual([1, 2]);
    }),
  );
});

it("hashes as Node does", () => {
  fc.assert(
    fc.property(bytes, fc.string(), (data, text) => {
      const expected = createHash("sha256").update(data).update(text, "utf8").digest("hex");
      expect(page.createHash("sha256").update(data).update(text, "utf8").digest("hex")).toBe(expected);
      expect(page.hash("sha256", data)).toBe(hash("sha256", data));
    }),
  );
  fc.assert(
    fc.property(bytes, bytes, (key, data) => {
      const expected = createHmac("sha256", key).update(data).digest("hex");
      expect(page.createHmac("sha256", key).update(data).digest("hex")).toBe(expected);
      expect(page.timingSafeEqual(key, data)).toBe(Buffer.compare(key, data) === 0);
    }),
  );
  expect(() => page.createHash("sha1")).toThrow("no sha1");
});

it("takes the signatures that Node takes, and no others", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { x = "" } = publicKey.export({ format: "jwk" });
  const key = page.createPublicKey({ key: { x } });
  fc.assert(
    fc.property(bytes, fc.nat({ max: 511 }), (data, bit) => {
      const signature = signWithNode(null, data, privateKey);
      expect(page.verify(null, data, key, signature)).toBe(true);
      const forged = Buffer.from(signature);
      forged.writeUInt8(forged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(page.verify(null, data, key, forged)).toBe(verifyWithNode(null, data, publicKey, forged));
      expect(page.verify(null, data, key, signature.subarray(1))).toBe(false);
    }),
    { numRuns: 30 },
  );
  expect(() => page.sign()).toThrow("nothing is signed");
});
