import { BINDING_PAYLOAD_TYPE, type OpenedBinding, unsignedBinding } from "../evidence/binding.ts";
import { readEnvelope, signersOf } from "./dsse.ts";
import { keyProblem, ownersOf, type Trust } from "./keyring.ts";
import { keyOf } from "./ssh-key.ts";
import { Refusal } from "./wire.ts";

/**
 * Opens what stands beside an evidence file, and says whose signature is on it: that of somebody of the trust file whose key
 * is valid now. A signature by anybody else is none.
 */
export function openBinding(bytes: Uint8Array, trust: Trust, now: Date): OpenedBinding {
  return signedBinding(bytes, trust, now) ?? unsignedBinding(bytes);
}

function signedBinding(bytes: Uint8Array, trust: Trust, now: Date): OpenedBinding | undefined {
  try {
    const envelope = readEnvelope(Buffer.from(bytes).toString("utf8"));
    if (envelope.payloadType !== BINDING_PAYLOAD_TYPE) return undefined;
    const known = [...new Set([...trust.people.flatMap(({ keys }) => keys), ...trust.signers.map(({ key }) => key)])];
    for (const { id } of signersOf(envelope, known.map(keyOf))) {
      const [owner] = ownersOf(trust, id);
      if (owner !== undefined && keyProblem(trust, id, owner.name, [now]) === undefined) {
        return { bytes: envelope.payload, signer: owner.name };
      }
    }
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
