import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../src/evidence/canonical.ts";
import { openToolchain } from "../../src/policy/load.ts";
import {
  type PublicKeyAlgorithm,
  SIGNING_ALGORITHMS,
  signingKey,
  verificationKey,
} from "../../src/policy/package/keys.ts";
import type { PackageVerification, RegoToolchain } from "../../src/policy/toolchain/protocol.ts";
import { installation } from "../support.ts";
import { archive, entriesOf, type RawEntry, tar } from "./archive.ts";
import { CANARY, DENY_FAILED, gateSource } from "./compile.ts";

let toolchain: RegoToolchain;
let built: Uint8Array;
let signed: Uint8Array;

const FILES = [
  { path: "gates/few/few.rego", source: gateSource("few", DENY_FAILED) },
  { path: "gates/few/examples.yaml", source: `gate: few\n${CANARY}` },
  { path: "collections/all.yaml", source: "id: all\ntitle: All\ndescription: Everything.\nmandatory: [few]\n" },
  { path: "lib/deep/a.rego", source: "package lib.deep.a\n\none := 1\n" },
  { path: "lib/deep/b.rego", source: "package lib.deep\n\ntwo := 2\n" },
];
const REQUEST = { files: FILES, revision: "r1", metadata: { gate: { format: 1, gates: ["few"] } } };

function pem(key: KeyObject): string {
  return key.export({ type: key.type === "private" ? "pkcs8" : "spki", format: "pem" }).toString();
}

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const KEY = { text: pem(ec.privateKey), label: "key.pem" };
const PUBLIC = { text: pem(ec.publicKey), label: "key.pub" };
const SECRET = "a secret of at least sixty-four bytes, which is what HS512 asks for";

beforeAll(async () => {
  toolchain = await openToolchain({ installation, variables: {}, cacheFolder: undefined });
  built = await toolchain.bundle(REQUEST);
  signed = await toolchain.sign({ archive: built, keyId: "team", ...signingKey(KEY) });
});
afterAll(() => toolchain.close());

function verify(
  package_: Uint8Array,
  given: Parameters<typeof verificationKey>[0] = PUBLIC,
): Promise<PackageVerification> {
  const { key, algorithm } = verificationKey(given);
  return toolchain.verify({ archive: package_, key, algorithm });
}

describe("a package", () => {
  it("is an OPA bundle of sources that says which Rego packages it claims", () => {
    const entries = entriesOf(built);
    expect(entries.map(({ name }) => name)).toEqual([
      ".manifest",
      ...["data.json", ...FILES.map(({ path }) => path)].toSorted(),
    ]);
    expect(JSON.parse(entries[0]?.content ?? "")).toEqual({
      revision: "r1",
      roots: ["gates/few", "lib/deep"],
      rego_version: 1,
      metadata: REQUEST.metadata,
    });
  });

  it("has the same bytes for the same sources in any order", async () => {
    const again = await toolchain.bundle({ ...REQUEST, files: FILES.toReversed() });
    expect(sha256(again)).toBe(sha256(built));
  });

  it("gives back what went in", async () => {
    const { files, revision, metadata, signed: isSigned } = await toolchain.readBundle(signed);
    expect(files).toEqual(FILES.toSorted((a, b) => (a.path < b.path ? -1 : 1)));
    expect({ revision, metadata, isSigned }).toEqual({ revision: "r1", metadata: REQUEST.metadata, isSigned: true });
  });

  it("is not made of a path that leads out of it", async () => {
    const files = [{ path: "../out.rego", source: "package out" }];
    await expect(toolchain.bundle({ ...REQUEST, files })).rejects.toThrow(/"\.\.\/out\.rego" is not a path inside/);
  });
});

describe("an archive is read", () => {
  const rego = { name: "a.rego", content: "package a" };
  it.each<{ name: string; entries: readonly RawEntry[] }>([
    { name: "with a slash in front of its names, as OPA writes them", entries: [{ ...rego, name: "/a.rego" }] },
    {
      name: "with a dot in front of its names, as tar writes them",
      entries: [
        { name: "./", type: "5" },
        { ...rego, name: "./a.rego" },
      ],
    },
    { name: "with files that mean nothing here", entries: [rego, { name: "README.md", content: "# A" }] },
    { name: "with an empty data document", entries: [rego, { name: "data.json", content: "{}" }] },
  ])("$name", async ({ entries }) => {
    const { files } = await toolchain.readBundle(archive(entries));
    expect(files).toEqual([{ path: "a.rego", source: "package a" }]);
  });
});

describe("an archive is refused", () => {
  const rego = { name: "a.rego", content: "package a" };
  it.each<{ name: string; packed: () => Uint8Array; says: RegExp }>([
    { name: "that is none", packed: () => Buffer.from("package a"), says: /not a \.tar\.gz/ },
    { name: "that is cut off", packed: () => built.subarray(0, built.length - 40), says: /damaged or cut off/ },
    {
      name: "that is damaged",
      packed: () => {
        const damaged = Buffer.from(archive([rego]));
        damaged.writeUInt32LE(1, damaged.length - 8);
        return damaged;
      },
      says: /damaged or cut off: gzip: invalid checksum/,
    },
    {
      name: "with a path upwards",
      packed: () => archive([{ ...rego, name: "../a.rego" }]),
      says: /"\.\.\/a\.rego" is not a path inside/,
    },
    {
      name: "with a path upwards in the middle",
      packed: () => archive([{ ...rego, name: "a/../../a.rego" }]),
      says: /not a path inside/,
    },
    { name: "with a backslash", packed: () => archive([{ ...rego, name: "..\\a.rego" }]), says: /not a path inside/ },
    {
      name: "with a control character",
      packed: () => archive([{ ...rego, name: "a\u001b[2J.rego" }]),
      says: /not a path inside/,
    },
    {
      name: "with a symbolic link",
      packed: () => archive([{ name: "a.rego", type: "2", link: "/etc/passwd" }]),
      says: /a\.rego is not a plain file/,
    },
    {
      name: "with a hard link",
      packed: () => archive([rego, { name: "b.rego", type: "1", link: "a.rego" }]),
      says: /b\.rego is not a plain file/,
    },
    { name: "with a device", packed: () => archive([{ name: "a.rego", type: "3" }]), says: /not a plain file/ },
    { name: "with a file twice", packed: () => archive([rego, rego]), says: /has a\.rego twice/ },
    {
      name: "with a file twice under two spellings",
      packed: () => archive([rego, { ...rego, name: "./a.rego" }]),
      says: /has a\.rego twice/,
    },
    {
      name: "with a large file",
      packed: () => archive([{ name: "a", content: new Uint8Array((8 << 20) + 1) }]),
      says: /a is larger than 8 MiB/,
    },
    {
      name: "that expands without end",
      packed: () => archive(many(9, new Uint8Array(8 << 20))),
      says: /expands to more than 64 MiB/,
    },
    { name: "of zeros", packed: () => gzipSync(new Uint8Array(70 << 20)), says: /expands to more than 64 MiB/ },
    {
      name: "with more files than anybody needs",
      packed: () => archive(many(10_001, "")),
      says: /more than 10000 files/,
    },
    {
      name: "with something behind its end",
      packed: () => gzipSync(Buffer.concat([tar([rego]), tar([{ ...rego, name: "hidden.rego" }])])),
      says: /after the end of the archive/,
    },
    {
      name: "with a compiled policy",
      packed: () => archive([rego, { name: "policy.wasm", content: "\0asm" }]),
      says: /compiled policy/,
    },
    {
      name: "with data that gates could not see",
      packed: () => archive([rego, { name: "x/data.json", content: '{"y": 1}' }]),
      says: /holds data, which gates cannot read: data\.x/,
    },
    {
      name: "with data in YAML",
      packed: () => archive([rego, { name: "data.yaml", content: "limits: {a: 1}" }]),
      says: /holds data.*data\.limits/,
    },
    {
      name: "that is a delta",
      packed: () => archive([{ name: "patch.json", content: '{"data":[{"op":"remove","path":"/a"}]}' }]),
      says: /delta bundle/,
    },
    {
      name: "of Rego v0",
      packed: () => archive([rego, { name: ".manifest", content: '{"rego_version": 0}' }]),
      says: /is Rego v0/,
    },
    {
      name: "with one file of Rego v0",
      packed: () =>
        archive([rego, { name: ".manifest", content: '{"rego_version": 1, "file_rego_versions": {"a.rego": 0}}' }]),
      says: /is Rego v0/,
    },
    {
      name: "with a damaged manifest",
      packed: () => archive([rego, { name: ".manifest", content: "{" }]),
      says: /manifest/,
    },
    {
      name: "outside of its own roots",
      packed: () => archive([rego, { name: ".manifest", content: '{"roots": ["b"]}' }]),
      says: /do not permit 'package a'/,
    },
    {
      name: "with Rego that is not text",
      packed: () => archive([{ name: "a.rego", content: Buffer.from("package a # \xff", "latin1") }]),
      says: /UTF-8|illegal/,
    },
    {
      name: "with examples that are not text",
      packed: () => archive([rego, { name: "examples.yaml", content: Buffer.from([0xff]) }]),
      says: /examples\.yaml is not UTF-8/,
    },
    {
      name: "with Rego that does not parse",
      packed: () => archive([{ name: "a.rego", content: "package" }]),
      says: /a\.rego:1/,
    },
  ])("$name", async ({ packed, says }) => {
    await expect(toolchain.readBundle(packed())).rejects.toThrow(says);
  });
});

describe("a signature", () => {
  const pairs: Readonly<Record<string, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>> = {
    ES256: ec,
    ES384: generateKeyPairSync("ec", { namedCurve: "P-384" }),
    ES512: generateKeyPairSync("ec", { namedCurve: "P-521" }),
    EdDSA: generateKeyPairSync("ed25519"),
    rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  };

  it.each(SIGNING_ALGORITHMS)("made with %s verifies, and not with another key", async (algorithm) => {
    const pair = pairs[algorithm] ?? pairs["rsa"];
    const hmac = algorithm.startsWith("HS");
    const secret = hmac || pair === undefined ? SECRET : pem(pair.privateKey);
    const known = hmac || pair === undefined ? SECRET : pem(pair.publicKey);
    const made = await toolchain.sign({
      archive: built,
      keyId: "team",
      ...signingKey({ text: secret, label: "key", algorithm }),
    });
    const good = await verify(made, { text: known, label: "key", algorithm });
    expect(good).toEqual({ signed: true, verified: true, reason: "", keyId: "team" });
    const other = hmac ? `${SECRET}!` : pem(otherKey(algorithm as PublicKeyAlgorithm));
    const bad = await verify(made, { text: other, label: "key", algorithm });
    expect(bad).toMatchObject({ signed: true, verified: false, keyId: "" });
    expect(bad.reason).toContain("failed to verify JWT signature");
  });

  it("is replaced by the next one", async () => {
    const twice = await toolchain.sign({ archive: signed, keyId: "next", ...signingKey(KEY) });
    expect(entriesOf(twice).filter(({ name }) => name.includes("signatures"))).toHaveLength(1);
    expect(await verify(twice)).toMatchObject({ verified: true, keyId: "next" });
  });

  it("is missed where there is none", async () => {
    expect(await verify(built)).toEqual({
      signed: false,
      verified: false,
      reason: "the package is not signed",
      keyId: "",
    });
  });

  it.each(entriesNames())("covers %s", async (changed) => {
    const entries = entriesOf(signed).map(({ name, content }) => ({
      name,
      content: name === changed ? changedContent(name, content) : content,
    }));
    const { verified, reason } = await verify(archive(entries));
    expect({ verified, reason }).toEqual({
      verified: false,
      reason: expect.stringContaining(`${changed}: digest mismatch`),
    });
  });

  it.each<{ name: string; change: (entries: RawEntry[]) => readonly RawEntry[]; says: string }>([
    {
      name: "a file that was added",
      change: (entries) => [...entries, { name: "lib/more.rego", content: "package lib.more" }],
      says: "file lib/more.rego not included in bundle signature",
    },
    {
      name: "examples that were added",
      change: (entries) => [...entries, { name: "lib/examples.yaml", content: "gate: few" }],
      says: "file lib/examples.yaml not included in bundle signature",
    },
    {
      name: "examples that were taken away",
      change: (entries) => entries.filter(({ name }) => name !== "gates/few/examples.yaml"),
      says: "gates/few/examples.yaml is signed, and missing",
    },
    {
      name: "a signature plugin",
      change: (entries) => withSignatures(entries, (content) => content.replace("{", '{"plugin":"mine",')),
      says: "no verifier exists under id mine",
    },
    {
      name: "an emptied list of signatures",
      change: (entries) => withSignatures(entries, () => '{"signatures":[]}'),
      says: "missing JWT",
    },
    {
      name: "a signature without an algorithm",
      change: (entries) =>
        withSignatures(entries, (content) => {
          const [, payload = ""] = content.split(".");
          const header = Buffer.from('{"alg":"none","kid":"team"}').toString("base64url");
          return JSON.stringify({ signatures: [`${header}.${payload}.`] });
        }),
      says: "failed to verify JWT signature",
    },
  ])("notices $name", async ({ change, says }) => {
    const { verified, reason } = await verify(archive(change(entriesOf(signed))));
    expect(verified).toBe(false);
    expect(reason).toContain(says);
  });

  it("with two signature files is none", async () => {
    const first = entriesOf(signed).find(({ name }) => name === ".signatures.json");
    const entries = [...entriesOf(signed), { name: "x/.signatures.json", content: first?.content ?? "" }];
    await expect(verify(archive(entries))).rejects.toThrow(/more than one \.signatures\.json/);
  });

  it("over digests that can be forged is refused", async () => {
    const { createHash, createHmac } = await import("node:crypto");
    const source = "package a";
    const hash = createHash("md5").update(source).digest("hex");
    const token = `${part({ alg: "HS256" })}.${part({ files: [{ name: "a.rego", hash, algorithm: "MD5" }] })}`;
    const mac = createHmac("sha256", SECRET).update(token).digest("base64url");
    const packed = archive([
      { name: "a.rego", content: source },
      { name: ".signatures.json", content: JSON.stringify({ signatures: [`${token}.${mac}`] }) },
    ]);
    const answer = await verify(packed, { text: SECRET, label: "key", algorithm: "HS256" });
    expect(answer).toMatchObject({ verified: false, reason: "the digest of a.rego is MD5, which can be forged" });
  });
});

describe("a key is refused", () => {
  const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const x25519 = generateKeyPairSync("x25519");
  const locked = ec.privateKey
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
    .toString();
  it.each([
    { name: "that is private, to verify with", use: () => verificationKey(KEY), says: /key\.pem is a private key/ },
    { name: "that is public, to sign with", use: () => signingKey(PUBLIC), says: /key\.pub is not a private key/ },
    {
      name: "with a password",
      use: () => signingKey({ ...KEY, text: locked }),
      says: /is not a private key in PEM without/,
    },
    {
      name: "that is too short",
      use: () => verificationKey({ ...PUBLIC, text: pem(small.publicKey) }),
      says: /1024 bits/,
    },
    { name: "that cannot sign", use: () => signingKey({ ...KEY, text: pem(x25519.privateKey) }), says: /x25519/ },
    {
      name: "for another algorithm",
      use: () => signingKey({ ...KEY, algorithm: "ES384" }),
      says: /does not fit ES384/,
    },
    {
      name: "in PEM as a secret",
      use: () => verificationKey({ ...PUBLIC, algorithm: "HS256" }),
      says: /takes a secret/,
    },
    {
      name: "as a short secret",
      use: () => signingKey({ text: "hunter2", label: "f", algorithm: "HS256" }),
      says: /32 bytes/,
    },
    { name: "that is none", use: () => verificationKey({ text: "", label: "f" }), says: /f is not a public key/ },
  ])("$name", ({ use, says }) => {
    expect(use).toThrow(expect.objectContaining({ code: "key-invalid", message: expect.stringMatching(says) }));
  });

  it("but not for what stands around it in its file", async () => {
    const traditional = ec.privateKey.export({ type: "sec1", format: "pem" }).toString();
    const text = `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${traditional}`;
    const made = await toolchain.sign({ archive: built, keyId: "", ...signingKey({ text, label: "key" }) });
    expect(await verify(made)).toMatchObject({ verified: true });
  });
});

function otherKey(algorithm: PublicKeyAlgorithm): KeyObject {
  if (algorithm === "EdDSA") return generateKeyPairSync("ed25519").publicKey;
  const curves: Partial<Record<PublicKeyAlgorithm, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };
  const namedCurve = curves[algorithm];
  if (namedCurve !== undefined) return generateKeyPairSync("ec", { namedCurve }).publicKey;
  return generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
}

function entriesNames(): readonly string[] {
  return [".manifest", "data.json", ...FILES.map(({ path }) => path)];
}

function changedContent(name: string, content: string): string {
  if (name === ".manifest") return content.replace("r1", "r2");
  return name === "data.json" ? '{"a":1}' : `${content}\n# one line more\n`;
}

function withSignatures(entries: readonly RawEntry[], change: (content: string) => string): readonly RawEntry[] {
  return entries.map(({ name, content = "" }) => ({
    name,
    content: name === ".signatures.json" ? change(String(content)) : content,
  }));
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function many(count: number, content: string | Uint8Array): readonly RawEntry[] {
  return Array.from({ length: count }, (_, index) => ({ name: `f${index}`, content }));
}
