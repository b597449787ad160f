import type { Quorum } from "../../../decision/environment.ts";
import { isExpired } from "../../../decision/expiry.ts";
import { peopleOf } from "../../../decision/people.ts";
import type { SignedStatement } from "../../../trust/folder.ts";
import type { Trust } from "../../../trust/keyring.ts";

/**
 * What else is needed, in words. It counts people whose signatures hold and who have a role; a check excludes authors of
 * the commit as well, whom only it knows.
 *
 * @param statements those that are about the same
 */
export function quorumText(statements: readonly SignedStatement[], rules: Quorum, trust: Trust, now: Date): string {
  const people = peopleOf(trust.people);
  const approvers = new Set(
    statements
      .filter(({ problem, expiresAt }) => problem === undefined && !isExpired(expiresAt, now))
      .map(({ signer }) => people.of(signer))
      .filter(({ roles }) => rules.roles.length === 0 || roles.some((role) => rules.roles.includes(role)))
      .map(({ name }) => name),
  );
  const who = rules.roles.length === 0 ? "" : ` by people with the role ${rules.roles.join(" or ")}`;
  const left = rules.quorum - approvers.size;
  const rest = left <= 0 ? "no more are needed" : `${left} more ${left === 1 ? "is" : "are"} needed`;
  return `Approvals${who}: ${approvers.size}, needed: ${rules.quorum}, so ${rest}. Authors of the commit do not count.`;
}
