import { generateKeyPairSync, sign } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { parseKey, readSshKey } from "../../src/trust/ssh-key.ts";
import { verifySshSignature } from "../../src/trust/sshsig.ts";
import { wireString } from "../../src/trust/wire.ts";
import {
  armour,
  SSH_KEYGEN,
  securityKey,
  sshKey,
  sshSign,
  sshVerifies,
  type TestKey,
  toBeSigned,
  unwrap,
} from "./keys.ts";

const MESSAGE = '{"kind":"approval"}';

/** The message of what is refused; fails where nothing is. */
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Error && error.name === "Refusal") return error.message;
    throw error;
  }
  throw new Error("it was taken");
}

const KEYS = [
  { name: "ed25519", type: "ed25519", bits: undefined },
  { name: "ecdsa on P-256", type: "ecdsa", bits: 256 },
  { name: "ecdsa on P-384", type: "ecdsa", bits: 384 },
  { name: "ecdsa on P-521", type: "ecdsa", bits: 521 },
  { name: "rsa with 2048 bits", type: "rsa", bits: 2048 },
  { name: "rsa with 3072 bits", type: "rsa", bits: 3072 },
];

describe.skipIf(!SSH_KEYGEN)("signatures of ssh-keygen (skipped where it is not installed)", () => {
  describe.each(KEYS)("$name", ({ type, bits }) => {
    let key: TestKey;
    let signature: string;
    beforeAll(() => {
      key = sshKey(type, bits);
      signature = sshSign(key, MESSAGE);
    });

    it("is taken, and says whose it is", () => {
      expect(verifySshSignature(Buffer.from(MESSAGE), signature).id).toBe(key.id);
      expect(parseKey(key.line).id).toBe(key.id);
    });

    it("is not taken for another message", () => {
      expect(refusal(() => verifySshSignature(Buffer.from(`${MESSAGE} `), signature))).toContain("does not fit");
    });

    it("is taken as often as it is made", () => {
      // Integers of ECDSA differ in length from one signature to the next.
      for (let round = 0; round < 20; round++) {
        const message = Buffer.from(`message ${round}`);
        expect(verifySshSignature(message, sshSign(key, message)).id).toBe(key.id);
      }
    });

    it("is refused with any byte changed", () => {
      const bytes = unwrap(signature);
      for (let index = 0; index < bytes.length; index++) {
        const altered = Buffer.from(bytes);
        altered.writeUInt8(altered.readUInt8(index) ^ 1, index);
        expect(refusal(() => verifySshSignature(Buffer.from(MESSAGE), armour([altered])))).not.toBe("");
      }
    });

    it("is refused cut off anywhere, and with something after its end", () => {
      const bytes = unwrap(signature);
      for (let length = 0; length < bytes.length; length++) {
        refusal(() => verifySshSignature(Buffer.from(MESSAGE), armour([bytes.subarray(0, length)])));
      }
      expect(refusal(() => verifySshSignature(Buffer.from(MESSAGE), armour([bytes, Buffer.of(0)])))).toContain(
        "goes on",
      );
    });
  });

  it("is refused in another namespace", () => {
    const signature = sshSign(sshKey("ed25519"), MESSAGE, "git");
    expect(refusal(() => verifySshSignature(Buffer.from(MESSAGE), signature))).toContain('"git"');
  });

  it("has line ends of either kind", () => {
    const key = sshKey("ed25519");
    const signature = sshSign(key, MESSAGE).replaceAll("\n", "\r\n");
    expect(verifySshSignature(Buffer.from(MESSAGE), signature).id).toBe(key.id);
  });

  it.each([
    ["no end", (text: string) => text.replace("-----END SSH SIGNATURE-----", "")],
    ["text before it", (text: string) => `x\n${text}`],
    ["text after it", (text: string) => `${text}x`],
    ["two in one file", (text: string) => text + text],
    ["a character that base64 has not", (text: string) => text.replace("U1NIU0lH", "U1NIU0l!")],
    ["another kind of armour", (text: string) => text.replaceAll("SSH SIGNATURE", "PGP SIGNATURE")],
    ["nothing", () => ""],
  ])("is refused with %s", (_, change) => {
    const signature = sshSign(sshKey("ed25519"), MESSAGE);
    expect(refusal(() => verifySshSignature(Buffer.from(MESSAGE), change(signature)))).toContain("no SSH signature");
  });

  it("takes what a security key signed with a touch, as ssh-keygen does", () => {
    const key = securityKey();
    const signature = key.sign(MESSAGE);
    expect(sshVerifies(key.line, MESSAGE, signature)).toBe(true);
    expect(verifySshSignature(Buffer.from(MESSAGE), signature).id).toBe(parseKey(key.line).id);
    expect(refusal(() => verifySshSignature(Buffer.from(MESSAGE), key.sign(MESSAGE, 0)))).toContain("nobody touched");
    expect(refusal(() => verifySshSignature(Buffer.from("other"), signature))).toContain("does not fit");
  });

  it("refuses keys that are too weak", () => {
    const { path, line } = sshKey("rsa", 1024);
    expect(refusal(() => parseKey(line))).toContain("needs 2048 bits, and this one has 1024");
    expect(refusal(() => verifySshSignature(Buffer.from(MESSAGE), sshSign({ path, line, id: "" }, MESSAGE)))).toContain(
      "2048",
    );
  });
});

describe("signatures that ssh-keygen does not write", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { n = "", e = "" } = publicKey.export({ format: "jwk" });
  const modulus = Buffer.concat([Buffer.of(0), Buffer.from(n, "base64url")]);
  const rsa = Buffer.concat(["ssh-rsa", Buffer.from(e, "base64url"), modulus].map(wireString));

  function signature(changes: {
    version?: number;
    key?: Uint8Array;
    namespace?: string;
    reserved?: string;
    hash?: string;
    algorithm?: string;
    digest?: string;
  }): string {
    const { version = 1, key = rsa, namespace = "gate", reserved = "", hash = "sha256" } = changes;
    const { algorithm = "rsa-sha2-256", digest = "sha256" } = changes;
    const inner = Buffer.concat([algorithm, sign(digest, toBeSigned(MESSAGE), privateKey)].map(wireString));
    const head = Buffer.from(`SSHSIG\0\0\0${String.fromCharCode(version)}`, "latin1");
    return armour([head, ...[key, namespace, reserved, hash, inner].map(wireString)]);
  }

  it("takes one that is right", () => {
    expect(verifySshSignature(Buffer.from(MESSAGE), signature({})).type).toBe("ssh-rsa");
  });

  it.each([
    ["SHA-1 for the signature", { algorithm: "ssh-rsa", digest: "sha1" }, "over SHA-1"],
    ["a signature of another kind of key", { algorithm: "ssh-ed25519" }, "does not go with the key"],
    ["another version", { version: 2 }, "version 2"],
    ["an empty namespace", { namespace: "" }, 'namespace ""'],
    ["a namespace that only starts alike", { namespace: "gate\0" }, "namespace"],
    ["something in what is reserved", { reserved: "x" }, "reserves"],
    ["MD5 for the message", { hash: "md5" }, "over md5"],
    ["a key of an unknown type", { key: wireString("ssh-dss") }, "ssh-dss are not supported"],
    ["a certificate", { key: wireString("ssh-ed25519-cert-v01@openssh.com") }, "certificates are not supported"],
    ["a key without an end", { key: Buffer.concat([rsa, Buffer.of(0)]) }, "goes on"],
    ["no key", { key: Buffer.alloc(0) }, "cut off"],
  ])("refuses %s", (_, changes, message) => {
    expect(refusal(() => verifySshSignature(Buffer.from(MESSAGE), signature(changes)))).toContain(message);
  });

  it("refuses a length beyond the end", () => {
    const bytes = Buffer.from("SSHSIG\0\0\0\x01\xff\xff\xff\xff", "latin1");
    expect(refusal(() => verifySshSignature(Buffer.from(MESSAGE), armour([bytes])))).toContain("cut off");
  });

  it.each([
    ["an exponent of 1", Buffer.of(1)],
    ["an even exponent", Buffer.of(4)],
    ["no exponent", Buffer.of()],
    ["an exponent with superfluous zeros", Buffer.of(0, 1, 0, 1)],
    ["a negative exponent", Buffer.of(0x81, 1, 1)],
  ])("refuses an RSA key with %s", (_, exponent) => {
    const key = Buffer.concat(["ssh-rsa", exponent, modulus].map(wireString));
    expect(refusal(() => readSshKey(key))).toMatch(/exponent|number/);
  });

  it.each([
    ["of another curve than it says", ["ecdsa-sha2-nistp256", "nistp384", Buffer.alloc(97, 4)]],
    ["that is compressed", ["ecdsa-sha2-nistp256", "nistp256", Buffer.alloc(33, 2)]],
    ["that is not on the curve", ["ecdsa-sha2-nistp256", "nistp256", Buffer.alloc(65, 4)]],
  ])("refuses a point %s", (_, parts) => {
    expect(refusal(() => readSshKey(Buffer.concat(parts.map(wireString))))).toMatch(/point|no key/);
  });
});

describe("a key as people write it", () => {
  const raw = Buffer.alloc(32, 9).toString("base64");

  it("is the same key in either form", () => {
    const blob = Buffer.concat(["ssh-ed25519", Buffer.alloc(32, 9)].map(wireString)).toString("base64");
    expect(parseKey(`ed25519:${raw}`).id).toBe(parseKey(`ssh-ed25519 ${blob} alice@laptop`).id);
  });

  it.each([
    ["too few bytes", `ed25519:${Buffer.alloc(31).toString("base64")}`, "32 bytes"],
    ["no base64", "ed25519:????", "32 bytes"],
    ["no key", "alice", "is written as"],
    ["another type than it says", `ssh-rsa ${parseKey(`ed25519:${raw}`).id}`, "says ssh-rsa"],
    ["a private key", "-----BEGIN OPENSSH PRIVATE KEY-----", "only its owner"],
  ])("is refused with %s", (_, text, message) => {
    expect(refusal(() => parseKey(text))).toContain(message);
  });
});
