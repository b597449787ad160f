import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 as crcOfNode, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openPack, type PackPlatform } from "../../src/audit/pack/verify.ts";
import { crc32, isMemberName, isZip, openZip, PACK_LIMITS } from "../../src/audit/pack/zip.ts";
import { type PackMember, writeZip } from "../../src/audit/pack/zip-write.ts";
import { temporaryDirectory } from "./fixtures.ts";
import { inflate } from "./inflate.ts";

const PLATFORM: PackPlatform = { inflate };

async function* each(members: readonly PackMember[]): AsyncIterable<PackMember> {
  yield* members;
}

async function zipOf(members: readonly PackMember[]): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeZip(each(members))) pieces.push(piece);
  return Buffer.concat(pieces);
}

const text = (name: string, content: string): PackMember => ({ name, data: Buffer.from(content) });
const SAMPLE = [text("a.txt", "hello"), text("b/c.json", `{"long":"${"x".repeat(150)}"}`)];

describe("the container of a pack", () => {
  it("gives back what was put in, whatever it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 2_000 }), { maxLength: 12 }), async (contents) => {
        const members = contents.map((data, index) => ({ name: `m/${index}.bin`, data }));
        const pack = openPack(await zipOf(members), PLATFORM);
        expect(pack.names).toEqual(members.map(({ name }) => name));
        for (const { name, data } of members)
          expect(Buffer.from((await pack.read(name)) ?? [])).toEqual(Buffer.from(data));
      }),
      { numRuns: 30 },
    );
  });

  it("is a ZIP file to other programs", async () => {
    using folder = temporaryDirectory();
    const path = join(folder.path, "x.zip");
    writeFileSync(path, await zipOf(SAMPLE));
    const script = `import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
print(z.testzip(), z.namelist(), z.read("a.txt"), {i.date_time for i in z.infolist()})`;
    expect(execFileSync("python3", ["-c", script, path], { encoding: "utf8" })).toBe(
      "None ['a.txt', 'b/c.json'] b'hello' {(1980, 1, 1, 0, 0, 0)}\n",
    );
  });

  it("has the CRC-32 that everybody has", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (data) => {
        expect(crc32(data)).toBe(crcOfNode(data));
      }),
    );
  });

  it("is not read with any byte of it changed", async () => {
    const bytes = await zipOf(SAMPLE);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      const read = async () => {
        const opened = openPack(changed, PLATFORM);
        for (const name of opened.names) await opened.read(name);
        return opened.names;
      };
      await expect(read(), `byte ${at}`).rejects.toThrow("the pack is damaged");
    }
  });

  it("is not opened where it is cut or has bytes too many anywhere", async () => {
    const bytes = await zipOf(SAMPLE);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => openZip(bytes.subarray(0, length)), `${length} bytes`).toThrow("the pack is damaged");
    }
    for (const at of [0, 3, 40, bytes.length - 22, bytes.length]) {
      const longer = Buffer.concat([bytes.subarray(0, at), Buffer.from("!"), bytes.subarray(at)]);
      expect(() => openZip(longer), `after ${at} bytes`).toThrow("the pack is damaged");
    }
  });

  it.each([
    "/etc/passwd",
    "../up",
    "a/../b",
    "a..b",
    "a//b",
    "a/",
    "C:/x",
    "a\\b",
    "A",
    "a\0b",
    ".hidden",
    "",
    "a".repeat(201),
  ])("takes no member called %j", async (name) => {
    expect(isMemberName(name)).toBe(false);
    const bytes = await zipOf([text(name, "x")]);
    expect(() => openZip(bytes)).toThrow("the pack is damaged");
  });

  it("takes no name that reads as another", () => {
    for (const name of ["a\u202eb", "ａ", "caf\u00e9"]) expect(isMemberName(name)).toBe(false);
  });

  it("takes no member twice", async () => {
    expect(() => openZip(Buffer.alloc(0))).toThrow("it is cut");
    const bytes = await zipOf([text("a", "1"), text("a", "2")]);
    expect(() => openZip(bytes)).toThrow("it has a twice");
  });

  it("takes no link, no folder and nothing encrypted", async () => {
    const bytes = await zipOf([text("a", "target")]);
    const central = bytes.indexOf("PK\x01\x02", 0, "latin1");
    const link = Buffer.from(bytes);
    link.writeUInt32LE((0o120_777 << 16) >>> 0, central + 38);
    const encrypted = Buffer.from(bytes);
    for (const at of [6, central + 8]) encrypted.writeUInt16LE(0x0801, at);
    for (const other of [link, encrypted]) expect(() => openZip(other)).toThrow("not described as a pack has it");
  });

  it("makes no more of a member than it states, and believes no size beyond the limits", async () => {
    const bomb = deflateRawSync(Buffer.alloc(10_000_000));
    const bytes = await zipOf([{ name: "a", data: bomb }]);
    const central = bytes.indexOf("PK\x01\x02", 0, "latin1");
    const deflated = Buffer.from(bytes);
    for (const [method, size] of [
      [8, 22],
      [10, 24],
    ] as const) {
      const start = method === 8 ? 0 : central;
      deflated.writeUInt16LE(8, start + method);
      deflated.writeUInt32LE(10_000_000, start + size);
    }
    expect(() => openZip(deflated)).toThrow("which no member does");
    expect(bomb.length * PACK_LIMITS.ratio).toBeLessThan(10_000_000);
  });

  it("stores what deflates too well, so that it can be read again", async () => {
    const data = Buffer.alloc(1_000_000);
    const bytes = await zipOf([{ name: "zeros", data }]);
    expect(bytes.length).toBeGreaterThan(data.length);
    expect(await openPack(bytes, PLATFORM).read("zeros")).toHaveLength(data.length);
  });

  it("is told by its first bytes", async () => {
    expect(isZip(await zipOf(SAMPLE))).toBe(true);
    expect(isZip(Buffer.from("PK"))).toBe(false);
    expect(isZip(Buffer.from('{"payloadType":"x", "and more": "of it"}'))).toBe(false);
  });

  it("is not written beyond what is read", async () => {
    const member = { name: "a", data: new Uint8Array(PACK_LIMITS.memberBytes + 1) };
    await expect(zipOf([member])).rejects.toThrow("(memberBytes)");
  });
});
