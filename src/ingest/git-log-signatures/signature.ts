import type { SignatureStatus } from "../../evidence/types.ts";

/** What the lines above a commit say of its signature. */
export interface ShownSignature {
  readonly signature: SignatureStatus;
  /** Only where the signature fits the commit. */
  readonly signer?: string;
}

interface Verdict extends ShownSignature {
  /** Whether it is the one that each signature has, and no remark on it. */
  readonly isMain?: boolean;
}

/**
 * From here on git says how the tag is signed that was merged, in the same words. A commit that is not signed must not
 * pass for signed by that.
 */
const MERGED_TAG = /^(?:merged tag '|tag .* names a non-parent |parent #\d+, tagged '|malformed mergetag$)/;

/** From the worst on: what is said last, or least, must not make up for what was said before. */
const FROM_THE_WORST: readonly SignatureStatus[] = [
  "bad",
  "revoked",
  "expired",
  "uncheckable",
  "unknown-validity",
  "good",
];

/** What git itself takes for trusted, of what GnuPG says of a key: https://git-scm.com/docs/git-log (`%GT`). */
const TRUSTED = new Set(["ultimate", "full", "marginal"]);

/**
 * Reads the lines between a commit's id and its author, which are what GnuPG or ssh-keygen said. Whatever is not known,
 * such as another language, is `uncheckable`.
 */
export function signatureOf(lines: readonly string[]): ShownSignature {
  const tag = lines.findIndex((line) => MERGED_TAG.test(line));
  const own = tag === -1 ? lines : lines.slice(0, tag);
  const [first] = own;
  if (first === undefined) return { signature: "none" };
  const verdicts = /^gpg(?:sm)?: /.test(first) ? own.flatMap((line) => ofGpg(line) ?? []) : ofSsh(first, own);
  const main = verdicts.filter(({ isMain }) => isMain === true);
  // git does not judge several signatures at once.
  const [only] = main.length === 1 ? main : [];
  const found = new Set([only?.signature ?? "uncheckable", ...verdicts.map(({ signature }) => signature)]);
  const signature = FROM_THE_WORST.find((one) => found.has(one)) ?? "uncheckable";
  const { signer } = only ?? {};
  return signer === undefined ? { signature } : { signature, signer };
}

/** A name may hold quotes and brackets; the last of them are of GnuPG, which writes no name on several lines. */
const GPG_GOOD = /^gpg: Good signature from "(.*)" \[([a-z]+)\]$/;

const GPG_REMARKS: readonly (readonly [pattern: RegExp, verdict: Verdict])[] = [
  [/^gpg(?:sm)?: BAD signature /, { signature: "bad", isMain: true }],
  [/^gpg(?:sm)?: Can't check signature/, { signature: "uncheckable", isMain: true }],
  [/^gpg(?:sm)?: Expired signature /, { signature: "expired", isMain: true }],
  // Old versions do not say how far a key is trusted, and gpgsm says it elsewhere.
  [/^gpg(?:sm)?: Good signature /, { signature: "unknown-validity", isMain: true }],
  [/^gpg: (?:Note: This key has|Note: signature|Signature) expired/i, { signature: "expired" }],
  [/^gpg: WARNING: This (?:sub)?key has been revoked/, { signature: "revoked" }],
  [/^gpg: WARNING: (?:This key is not certified with a trusted|We do NOT trust)/, { signature: "unknown-validity" }],
];

function ofGpg(line: string): Verdict | undefined {
  const [, signer, trust = ""] = GPG_GOOD.exec(line) ?? [];
  if (signer === undefined) return GPG_REMARKS.find(([pattern]) => pattern.test(line))?.[1];
  return { signature: ofTrust(trust), signer, isMain: true };
}

function ofTrust(trust: string): SignatureStatus {
  if (TRUSTED.has(trust)) return "good";
  return trust === "expired" || trust === "revoked" ? trust : "unknown-validity";
}

/** As git does, of the first line alone: https://man.openbsd.org/ssh-keygen#Y~5. A principal may hold spaces. */
function ofSsh(first: string, lines: readonly string[]): readonly Verdict[] {
  const [said, signer] = /^Good "git" signature (?:for (.+) )?with \S+ key \S+$/.exec(first) ?? [];
  if (lines.some((line) => /^(?:Could not verify signature\.|Signature verification failed)/.test(line)))
    return [{ signature: "bad", isMain: true }];
  if (said === undefined) return [];
  if (signer === undefined || lines.includes("No principal matched.")) {
    return [{ signature: "unknown-validity", isMain: true }];
  }
  return [{ signature: "good", signer, isMain: true }];
}
