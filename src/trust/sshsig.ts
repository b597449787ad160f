import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto";
import { decodeBase64 } from "../util/base64.ts";
import { ed25519Text, parseKey, readSshKey, type SshPublicKey } from "./ssh-key.ts";
import { Refusal, wireReader, wireString } from "./wire.ts";

/** The namespace that statements are signed in, so that no signature over a commit or a file is taken for one. */
export const NAMESPACE = "gate";

const MAGIC = "SSHSIG";
const VERSION = 1;
const HASHES = ["sha256", "sha512"];
const ARMOUR = /^-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)\n-----END SSH SIGNATURE-----\s*$/;

/**
 * The key that made a signature over a message, as `ssh-keygen -Y sign -n gate` writes it. Whether the key is anybody's is
 * another question. Follows PROTOCOL.sshsig of OpenSSH.
 *
 * @param armoured the text of the signature file
 * @throws {Refusal} for a signature of another message or namespace, and for what is damaged or not supported
 */
export function verifySshSignature(message: Uint8Array, armoured: string): SshPublicKey {
  const reader = wireReader(unwrap(armoured), "the signature");
  const magic = Array.from({ length: MAGIC.length }, () => String.fromCharCode(reader.byte())).join("");
  if (magic !== MAGIC) throw new Refusal("the signature is none of ssh-keygen");
  const version = reader.uint32();
  if (version !== VERSION) throw new Refusal(`signatures of version ${version} are not supported`);
  const key = readSshKey(reader.string());
  const namespace = reader.string();
  const reserved = reader.string();
  const hash = reader.text();
  const signature = reader.string();
  reader.end();
  if (namespace.toString("latin1") !== NAMESPACE) {
    const given = JSON.stringify(namespace.toString("utf8").slice(0, 100));
    throw new Refusal(`it is signed in the namespace ${given}, and has to be in "${NAMESPACE}" (ssh-keygen -n)`);
  }
  if (reserved.length > 0) throw new Refusal("the signature uses what version 1 reserves");
  if (!HASHES.includes(hash)) throw new Refusal(`the signature is over ${hash}; supported are ${HASHES.join(", ")}`);
  if (key.verify(signedBytes(message, namespace, reserved, hash), signature)) return key;
  throw new Refusal("the signature does not fit: the statement, or the signature, was altered");
}

/**
 * A signature by an Ed25519 key, as `ssh-keygen -Y sign -n gate` writes it.
 *
 * @param key a private one
 */
export function signAsSsh(message: Uint8Array, key: KeyObject): string {
  const { id, type } = parseKey(ed25519Text(createPublicKey(key)));
  const hash = "sha512";
  const signature = sign(null, signedBytes(message, NAMESPACE, "", hash), key);
  const version = Buffer.alloc(4);
  version.writeUInt32BE(VERSION);
  const blob = Buffer.concat([wireString(type), wireString(signature)]);
  const parts = [Buffer.from(id, "base64"), NAMESPACE, "", hash, blob].map(wireString);
  const body = Buffer.concat([Buffer.from(MAGIC), version, ...parts]).toString("base64");
  const lines = body.match(/.{1,70}/g) ?? [];
  return ["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----", ""].join("\n");
}

/** What an SSH signature is over. */
function signedBytes(message: Uint8Array, ...[namespace, reserved, hash]: readonly [Field, Field, string]): Buffer {
  const digest = createHash(hash).update(message).digest();
  return Buffer.concat([Buffer.from(MAGIC), ...[namespace, reserved, hash, digest].map(wireString)]);
}

type Field = Uint8Array | string;

function unwrap(armoured: string): Buffer {
  const [, body = ""] = ARMOUR.exec(armoured) ?? [];
  const bytes = decodeBase64(body.replace(/[\r\n]+/g, ""));
  if (bytes === undefined || bytes.length === 0) throw new Refusal("the signature file holds no SSH signature");
  return bytes;
}
