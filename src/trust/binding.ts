import { BINDING_PAYLOAD_TYPE, type OpenedBinding, unsignedBinding } from "../evidence/binding.ts";
import { readEnvelope, signersOf } from "./dsse.ts";
import { keyProblem, ownersOf, type Trust } from "./keyring.ts";
import { parseKey } from "./ssh-key.ts";
import { Refusal } from "./wire.ts";

/**
 * Opens what stands beside an evidence file, and says whose signature is on it: that of somebody of the trust file whose key
 * is valid now. A signature by anybody else is none.
 */
export function openBinding(bytes: Uint8Array, trust: Trust, now: Date): OpenedBinding {
  const opened = unsignedBinding(bytes);
  const signer = signerOf(bytes, trust, now);
  return signer === undefined ? opened : { ...opened, signer };
}

function signerOf(bytes: Uint8Array, trust: Trust, now: Date): string | undefined {
  try {
    const envelope = readEnvelope(Buffer.from(bytes).toString("utf8"));
    if (envelope.payloadType !== BINDING_PAYLOAD_TYPE) return undefined;
    const known = [...new Set([...trust.people.flatMap(({ keys }) => keys), ...trust.signers.map(({ key }) => key)])];
    const [key] = signersOf(envelope, known.map(parseKey));
    const owner = key === undefined ? undefined : ownersOf(trust, key.id)[0]?.name;
    if (key === undefined || owner === undefined) return undefined;
    return keyProblem(trust, key.id, owner, [now]) === undefined ? owner : undefined;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
