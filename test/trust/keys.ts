import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../src/evidence/canonical.ts";
import { ed25519Text, parseKey } from "../../src/trust/ssh-key.ts";
import { NAMESPACE } from "../../src/trust/sshsig.ts";
import { wireString } from "../../src/trust/wire.ts";

/** Keys and signatures of the real ssh-keygen. */

const environment = { PATH: process.env["PATH"] ?? "" };

/** Where it is missing, the tests that need it say so by their names. */
export const SSH_KEYGEN = spawnSync("ssh-keygen", ["-?"], { env: environment }).error === undefined;

function sshKeygen(args: readonly string[], input: string | Uint8Array = ""): string {
  return execFileSync("ssh-keygen", [...args], { input, encoding: "latin1", env: environment, stdio: "pipe" });
}

export interface TestKey {
  /** Of the private key. */
  readonly path: string;
  /** The line of the `.pub` file. */
  readonly line: string;
  readonly id: string;
}

/** @param bits or the number of the curve */
export function sshKey(type: string, bits?: number): TestKey {
  const path = join(mkdtempSync(join(tmpdir(), "gate-key-")), "id");
  sshKeygen(["-q", "-t", type, ...(bits === undefined ? [] : ["-b", String(bits)]), "-N", "", "-C", "", "-f", path]);
  const line = readFileSync(`${path}.pub`, "utf8").trim();
  return { path, line, id: line.split(" ")[1] ?? "" };
}

export function sshSign(key: TestKey, message: string | Uint8Array, namespace = NAMESPACE): string {
  return sshKeygen(["-q", "-Y", "sign", "-n", namespace, "-f", key.path], message);
}

/** Whether ssh-keygen takes a signature by a key. */
export function sshVerifies(line: string, message: string | Uint8Array, signature: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), "gate-key-"));
  writeFileSync(join(folder, "signers"), `alice@example.com ${line}\n`);
  writeFileSync(join(folder, "signature"), signature);
  const args = [
    "-f",
    join(folder, "signers"),
    "-I",
    "alice@example.com",
    "-n",
    NAMESPACE,
    "-s",
    join(folder, "signature"),
  ];
  return spawnSync("ssh-keygen", ["-Y", "verify", ...args], { input: message, env: environment }).status === 0;
}

/** A key of gate's own. */
export function gateKey(): { readonly key: KeyObject; readonly text: string; readonly id: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const text = ed25519Text(publicKey);
  return { key: privateKey, text, id: parseKey(text).id };
}

/** A security key, which only hardware has: it signs as PROTOCOL.u2f says. */
export function securityKey(): {
  readonly line: string;
  sign(message: string | Uint8Array, flags?: number): string;
} {
  const type = "sk-ssh-ed25519@openssh.com";
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  const blob = Buffer.concat([type, raw, "ssh:"].map(wireString));
  return {
    line: `${type} ${blob.toString("base64")}`,
    sign(message, flags = 1) {
      const trailer = Buffer.from([flags, 0, 0, 0, 7]);
      const parts = [hash("ssh:"), trailer, hash(toBeSigned(message))];
      const signature = sign(null, Buffer.concat(parts), privateKey);
      const inner = Buffer.concat([wireString(type), wireString(signature), trailer]);
      return armour([
        Buffer.from("SSHSIG\0\0\0\x01", "latin1"),
        ...[blob, "gate", "", "sha256", inner].map(wireString),
      ]);
    },
  };
}

/** What a signature over a message is over. */
export function toBeSigned(message: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from("SSHSIG"), ...[NAMESPACE, "", "sha256", hash(message)].map(wireString)]);
}

export function armour(parts: readonly Uint8Array[]): string {
  const lines = Buffer.concat(parts).toString("base64").replace(/.{70}/g, "$&\n").trimEnd();
  return `-----BEGIN SSH SIGNATURE-----\n${lines}\n-----END SSH SIGNATURE-----\n`;
}

export function unwrap(signature: string): Buffer {
  return Buffer.from(signature.split("\n").slice(1, -2).join(""), "base64");
}

function hash(data: string | Uint8Array): Buffer {
  return Buffer.from(sha256(data).slice("sha256:".length), "hex");
}
