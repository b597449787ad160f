import { createHash } from "node:crypto";

/** The tree of RFC 6962 section 2.1 as the RFC words it: slow, and of no line of what it checks. */
export function merkleTreeHash(leaves: readonly Uint8Array[]): Buffer {
  const [leaf, ...others] = leaves;
  if (leaf === undefined) return createHash("sha256").digest();
  if (others.length === 0) return hashOfLeaf(leaf);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const left = merkleTreeHash(leaves.slice(0, split));
  const right = merkleTreeHash(leaves.slice(split));
  return createHash("sha256").update(Uint8Array.of(1)).update(left).update(right).digest();
}

export function hashOfLeaf(leaf: Uint8Array): Buffer {
  return createHash("sha256").update(Uint8Array.of(0)).update(leaf).digest();
}
