import { beginningOf, isExpired } from "../decision/expiry.ts";
import { peopleOf } from "../decision/people.ts";
import type { AllowedSigner } from "./allowed-signers.ts";
import { matchesPatterns } from "./patterns.ts";
import type { TrustedPerson } from "./people.ts";
import { fingerprintOf } from "./ssh-key.ts";
import { NAMESPACE } from "./sshsig.ts";

/** Everybody whose word counts, and their keys. */
export interface Trust {
  readonly people: readonly TrustedPerson[];
  /** More keys of these people, and times within which keys are valid. */
  readonly signers: readonly AllowedSigner[];
}

/** The people that a key stands for; more than one is a mistake, for whoever has it could approve as each of them. */
export function ownersOf(trust: Trust, key: string): readonly TrustedPerson[] {
  const lines = linesOf(trust, key);
  return trust.people.filter((person) => {
    return person.keys.includes(key) || lines.some((line) => matchesPatterns(namesOf(person), line.principals));
  });
}

/**
 * Why a key does not vouch for somebody's statement; undefined where it does. Where `allowed_signers` has a line for a key
 * of `trust.yaml` as well, the line's times count for it.
 *
 * @param key the id of a key
 * @param signer whose statement it is, by any of their names
 * @param times at each of which the key has to be valid
 */
export function keyProblem(trust: Trust, key: string, signer: string, times: readonly Date[]): string | undefined {
  const people = peopleOf(trust.people);
  const shown = `the key ${fingerprintOf({ id: key })}`;
  const owners = ownersOf(trust, key);
  const [owner] = owners;
  if (owner === undefined) {
    const [line] = linesOf(trust, key);
    if (line === undefined) return `${shown} is nobody's in trust.yaml or allowed_signers`;
    return `${shown} is for ${line.principals.join(",")} (${line.source}), who is nobody in trust.yaml`;
  }
  if (owners.length > 1)
    return `${shown} stands for more than one person: ${owners.map(({ name }) => name).join(", ")}`;
  if (!people.known(signer)) return `${signer} is not in trust.yaml`;
  if (people.of(signer).name !== owner.name) return `${shown} is ${owner.name}'s, and ${signer} is said to have signed`;
  const lines = linesOf(trust, key).filter(({ principals }) => matchesPatterns(namesOf(owner), principals));
  if (lines.length === 0 || lines.some((line) => times.every((time) => isValid(line, time)))) return undefined;
  const [line] = lines;
  return `${shown} was not valid when it was signed, or is no longer (${line?.source ?? "allowed_signers"})`;
}

/** The lines of a key that are about statements. */
function linesOf({ signers }: Trust, key: string): readonly AllowedSigner[] {
  return signers.filter((line) => {
    return line.key === key && (line.namespaces === undefined || matchesPatterns([NAMESPACE], line.namespaces));
  });
}

function isValid({ validAfter, validBefore }: AllowedSigner, time: Date): boolean {
  if (validAfter !== undefined && time.getTime() < beginningOf(validAfter)) return false;
  return validBefore === undefined || !isExpired(validBefore, time);
}

function namesOf({ name, identities }: TrustedPerson): readonly string[] {
  return [name, ...identities];
}
