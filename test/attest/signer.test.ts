import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { describe, expect, it } from "vitest";
import { type AttestationSigner, commandWords, keySigner, programSigner } from "../../src/attest/signer.ts";
import { verifyAttestation } from "../../src/attest/verify.ts";
import { attest } from "../../src/attest/write.ts";
import { readEnvelope } from "../../src/trust/dsse.ts";
import { generateKey } from "../../src/trust/signing.ts";
import { temporaryFolder } from "../support.ts";
import { allowed, expectations, KEY_KINDS, keyOf, type TestKeys, testKeys } from "./support.ts";

const READ =
  'import { readFileSync } from "node:fs"; import { sign } from "node:crypto"; const data = readFileSync(0);';

/** A program that signs as its last line says; `key` is the private key, and `hash` what goes with it. */
function program(keys: TestKeys, kind: string, last: string, timeLimitMs?: number): AttestationSigner {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "key.pem"), keys.privatePem);
  writeFileSync(
    join(folder, "sign.mjs"),
    `${READ} const key = readFileSync("key.pem"); const hash = ${kind === "P-256" ? '"sha256"' : "null"};\n${last}\n`,
  );
  return programSigner({
    command: [execPath, "sign.mjs"],
    key: keyOf(keys),
    cwd: folder,
    variables: {},
    ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
  });
}

describe.each(KEY_KINDS)("a program that signs with a key of kind %s", (kind) => {
  const keys = testKeys(kind);
  it.each([
    ["as it is", "process.stdout.write(sign(hash, data, key));"],
    ["in base64", 'console.log(sign(hash, data, key).toString("base64"));'],
    [
      "in base64 for addresses, over several lines",
      'console.log(sign(hash, data, key).toString("base64url").replace(/.{40}/g, "$&\\n"));',
    ],
    ["as r and s", 'process.stdout.write(sign(hash, data, { key, dsaEncoding: "ieee-p1363" }));'],
    ["as r and s in base64", 'console.log(sign(hash, data, { key, dsaEncoding: "ieee-p1363" }).toString("base64"));'],
  ])("is taken where it writes the signature %s", async (_, last) => {
    const { dsse } = await attest(allowed(), {}, program(keys, kind, last));
    const envelope = readEnvelope(dsse ?? "");
    expect(verifyAttestation(envelope, [keyOf(keys)], expectations()).verdict).toBe("good");
    // Other tools take P-256 in DER only.
    if (kind === "P-256") expect(envelope.signatures[0]?.[0]).toBe(0x30);
  });

  it.each([
    ["signs something else", "process.stdout.write(sign(hash, Buffer.concat([data, data]), key));"],
    ["writes nothing", ""],
    ["writes something else", 'console.log("vault:v1:AAAA");'],
    ["writes something behind it", 'process.stdout.write(Buffer.concat([sign(hash, data, key), Buffer.from("x")]));'],
  ])("is refused where it %s", async (_, last) => {
    await expect(attest(allowed(), {}, program(keys, kind, last))).rejects.toThrow("no signature of the key");
  });

  it("is refused where it signs with another key than it was said to", async () => {
    const other = keyOf(testKeys(kind));
    const signer = program(keys, kind, "process.stdout.write(sign(hash, data, key));");
    const data = Buffer.from("data");
    expect(other.verify(data, await signer.sign(data))).toBe(false);
    expect(keyOf(keys).verify(data, await signer.sign(data))).toBe(true);
  });
});

describe("a program that does not sign", () => {
  const keys = testKeys("Ed25519");
  it.each([
    ["fails after it signed", "process.stdout.write(sign(hash, data, key)); process.exitCode = 3;", "ended with 3"],
    ["takes too long", "setTimeout(() => undefined, 60_000);", "within 200 ms"],
    [
      "prints without end",
      'const more = () => process.stdout.write("x".repeat(65536), more); more();',
      "more than 16384 bytes",
    ],
  ])("is refused where it %s", async (what, last, message) => {
    const signer = program(keys, "Ed25519", last, what === "takes too long" ? 200 : undefined);
    await expect(signer.sign(Buffer.from("data"))).rejects.toThrow(message);
  });

  it("is refused where it does not wait for what it should sign", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "sign.mjs"), "");
    const signer = programSigner({ command: [execPath, "sign.mjs"], key: keyOf(keys), cwd: folder, variables: {} });
    await expect(signer.sign(Buffer.alloc(1 << 20))).rejects.toThrow("no signature of the key");
  });

  it("is said where there is none", async () => {
    const signer = programSigner({ command: ["./no-such"], key: keyOf(keys), cwd: temporaryFolder(), variables: {} });
    await expect(signer.sign(Buffer.from("data"))).rejects.toThrow("there is no program ./no-such");
  });

  it("is said where it cannot be run", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "sign"), "");
    chmodSync(join(folder, "sign"), 0o600);
    const signer = programSigner({ command: ["./sign"], key: keyOf(keys), cwd: folder, variables: {} });
    await expect(signer.sign(Buffer.from("data"))).rejects.toThrow("does not start");
  });
});

describe("the command of a program", () => {
  it("is split at white space, and given to no shell", () => {
    expect(commandWords("  sign.sh --key  $KEY;ls \n")).toEqual(["sign.sh", "--key", "$KEY;ls"]);
  });

  it.each(["", "  ", "sign 'a b'", 'sign "a b"', "sign `id`"])("cannot be %j", (text) => {
    expect(() => commandWords(text)).toThrow("no shell reads quotes");
  });
});

describe("a key in a file", () => {
  it("is unlocked by its passphrase", async () => {
    const signer = keySigner({ text: generateKey("correct"), label: "key.pem" }, "correct");
    const data = Buffer.from("data");
    expect(signer.key.verify(data, await signer.sign(data))).toBe(true);
    for (const wrong of ["wrong", undefined]) {
      expect(() => keySigner({ text: generateKey("correct"), label: "key.pem" }, wrong)).toThrow("cannot be unlocked");
    }
  });

  it("cannot be a public key", () => {
    expect(() => keySigner({ text: testKeys("P-256").publicPem, label: "key.pem" }, undefined)).toThrow(
      "cannot be read",
    );
  });
});
