import { peopleOf } from "../decision/people.ts";
import type { SignatureCheck, StatementEvidence } from "../evidence/stated.ts";
import { keyProblem, type Trust } from "./keyring.ts";
import { verifySshSignature } from "./sshsig.ts";
import { Refusal } from "./wire.ts";

/**
 * Holds the signature beside a statement against the list of people: it counts where it is over these very bytes, and by a key
 * of the person who states it that was valid when it was stated and still is.
 *
 * @param bytes of the statement's file
 * @param signature of the file beside it, as `ssh-keygen -Y sign -n gate` writes it
 */
export function checkStated(
  {
    bytes,
    signature,
    summary,
  }: Readonly<Record<"bytes" | "signature", Uint8Array>> & Pick<StatementEvidence, "summary">,
  trust: Trust,
  now: Date,
): SignatureCheck {
  const { statedBy, statedAt } = summary;
  try {
    const key = verifySshSignature(bytes, Buffer.from(signature).toString("latin1"));
    const problem = keyProblem(trust, key.id, statedBy, [new Date(statedAt), now]);
    if (problem !== undefined) return { verified: "failed", problem };
    const { name, roles } = peopleOf(trust.people).of(statedBy);
    return { verified: "verified", signer: name, roles };
  } catch (error) {
    if (error instanceof Refusal) return { verified: "failed", problem: error.message };
    throw error;
  }
}
