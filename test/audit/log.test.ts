import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  appendLeaf,
  consistencyProof,
  EMPTY_RANGE,
  EMPTY_ROOT,
  fromDigest,
  type Hash,
  inclusionProof,
  leafHash,
  type NodeId,
  type NodeReader,
  nodeHash,
  rangeNodes,
  rootOf,
  rootOfRange,
  toDigest,
  verifyConsistency,
  verifyInclusion,
} from "../../src/audit/log.ts";
import { VECTORS } from "./fixtures.ts";

const MERKLE = join(VECTORS, "merkle/testdata");
const TILES = join(VECTORS, "tlog-tiles/testdata/log");
const MAX_LEAVES = 300;
const LEAVES = Array.from({ length: MAX_LEAVES }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));
const NODES = nodesOf(LEAVES);

/** MTH of RFC 6962 section 2.1, word for word, without any of the code under test. */
function naiveRoot(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return createHash("sha256").digest();
  const [only] = leaves;
  if (only !== undefined && leaves.length === 1) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return createHash("sha256")
    .update(Uint8Array.of(1))
    .update(naiveRoot(leaves.slice(0, split)))
    .update(naiveRoot(leaves.slice(split)))
    .digest();
}

function nodesOf(leaves: readonly Hash[]): ReadonlyMap<string, Hash> {
  const nodes = new Map<string, Hash>();
  let range = EMPTY_RANGE;
  for (const leaf of leaves) {
    const appended = appendLeaf(range, leaf);
    range = appended.range;
    for (const node of appended.nodes) nodes.set(keyOf(node), node.hash);
  }
  return nodes;
}

function keyOf({ level, index }: NodeId): string {
  return `${level}/${index}`;
}

/** Knows only the complete subtrees of the first `size` leaves, as a store of that size does. */
function readerOf(size: number): NodeReader {
  return async (node) => {
    const hash = (node.index + 1) * 2 ** node.level <= size ? NODES.get(keyOf(node)) : undefined;
    if (hash === undefined) throw new Error(`no node ${keyOf(node)} in a tree of ${size}`);
    return hash;
  };
}

function leafAt(index: number): Hash {
  return LEAVES[index] ?? EMPTY_ROOT;
}

function flipBit(hash: Hash, bit: number): Hash {
  const flipped = Buffer.from(hash);
  flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return flipped;
}

interface Vector {
  readonly desc: string;
  readonly wantErr: boolean;
  readonly proof: readonly string[] | null;
  readonly [member: string]: unknown;
}

function vectorsOf(kind: string): readonly (readonly [name: string, vector: Vector])[] {
  return globSync("**/*.json", { cwd: join(MERKLE, kind) })
    .toSorted()
    .map((name) => [name, JSON.parse(readFileSync(join(MERKLE, kind, name), "utf8"))]);
}

function bytes(base64: unknown): Hash {
  return Buffer.from(String(base64), "base64");
}

describe.skipIf(!existsSync(MERKLE))("vectors of transparency-dev/merkle (skipped without ../shared)", () => {
  const inclusion = vectorsOf("inclusion");
  const consistency = vectorsOf("consistency");

  test("all of them are there", () => {
    expect([inclusion.length, consistency.length]).toEqual([98, 98]);
  });

  test.each(inclusion)("inclusion/%s", (_, vector) => {
    const verified = verifyInclusion({
      index: Number(vector["leafIdx"]),
      size: Number(vector["treeSize"]),
      leafHash: bytes(vector["leafHash"]),
      root: bytes(vector["root"]),
      proof: (vector.proof ?? []).map(bytes),
    });
    expect(verified).toBe(!vector.wantErr);
  });

  test.each(consistency)("consistency/%s", (_, vector) => {
    const verified = verifyConsistency({
      first: Number(vector["size1"]),
      second: Number(vector["size2"]),
      firstRoot: bytes(vector["root1"]),
      secondRoot: bytes(vector["root2"]),
      proof: (vector.proof ?? []).map(bytes),
    });
    expect(verified).toBe(!vector.wantErr);
  });
});

describe.skipIf(!existsSync(TILES))("the log of Tessera's test data (skipped without ../shared)", () => {
  const sizes = globSync("checkpoint.*", { cwd: TILES }).map((name) => Number(name.slice("checkpoint.".length)));

  test.each(sizes.toSorted((a, b) => a - b))("the root of checkpoint %i follows from the entries", (size) => {
    const [, stated, root] = readFileSync(join(TILES, `checkpoint.${size}`), "utf8").split("\n");
    const bundle = size === 0 ? Buffer.alloc(0) : readFileSync(join(TILES, `tile/entries/000.p/${size}`));
    const leaves: Hash[] = [];
    for (let at = 0; at < bundle.length; ) {
      const end = at + 2 + bundle.readUInt16BE(at);
      leaves.push(leafHash(bundle.subarray(at + 2, end)));
      at = end;
    }
    expect(leaves).toHaveLength(Number(stated));
    expect(Buffer.from(rootOf(leaves)).toString("base64")).toBe(root);
  });
});

describe("roots", () => {
  test("the empty tree has the hash of nothing", () => {
    expect(toDigest(EMPTY_ROOT)).toBe("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(rootOf([])).toEqual(EMPTY_ROOT);
  });

  test(`appending gives the naive root for every size to ${MAX_LEAVES}`, () => {
    let range = EMPTY_RANGE;
    expect(toDigest(rootOfRange(range))).toBe(toDigest(naiveRoot([])));
    for (const [index, leaf] of LEAVES.entries()) {
      range = appendLeaf(range, leaf).range;
      expect(range.size).toBe(index + 1);
      expect(toDigest(rootOfRange(range))).toBe(toDigest(naiveRoot(LEAVES.slice(0, index + 1))));
    }
  });

  test("every complete subtree arises once, with its naive root", () => {
    for (const [key, hash] of NODES) {
      const [level = 0, index = 0] = key.split("/").map(Number);
      expect(toDigest(hash)).toBe(toDigest(naiveRoot(LEAVES.slice(index * 2 ** level, (index + 1) * 2 ** level))));
    }
    const expected = Array.from({ length: 9 }, (_, level) => Math.floor(MAX_LEAVES / 2 ** level));
    expect(NODES.size).toBe(expected.reduce((sum, count) => sum + count));
  });

  test("a compact range read back from its nodes is the one that appending keeps", () => {
    let range = EMPTY_RANGE;
    for (const leaf of LEAVES) {
      range = appendLeaf(range, leaf).range;
      expect(rangeNodes(range.size).map((node) => NODES.get(keyOf(node)))).toEqual(range.hashes);
    }
  });

  test("the nodes of a size beyond 32 bits are right", () => {
    expect(rangeNodes(2 ** 40 + 3)).toEqual([
      { level: 40, index: 0 },
      { level: 1, index: 2 ** 39 },
      { level: 0, index: 2 ** 40 + 2 },
    ]);
  });

  test("a range without the subtrees of its size is refused", () => {
    const refused = new RangeError("a compact range of 3 leaves lacks a subtree");
    expect(() => appendLeaf({ size: 3, hashes: [] }, EMPTY_ROOT)).toThrow(refused);
  });
});

describe("proofs", () => {
  const roots = Array.from({ length: 65 }, (_, size) => naiveRoot(LEAVES.slice(0, size)));
  const rootAt = (size: number): Hash => roots[size] ?? EMPTY_ROOT;

  test("each leaf of each tree to 64 is proven, and at no other place", async () => {
    for (let size = 1; size <= 64; size++) {
      for (let index = 0; index < size; index++) {
        const claim = {
          index,
          size,
          leafHash: leafAt(index),
          root: rootAt(size),
          proof: await inclusionProof(index, size, readerOf(size)),
        };
        expect(verifyInclusion(claim)).toBe(true);
        expect(verifyInclusion({ ...claim, index: index + 1 })).toBe(false);
        expect(verifyInclusion({ ...claim, leafHash: leafAt(index + 1) })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: [...claim.proof, EMPTY_ROOT] })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: claim.proof.slice(1) })).toBe(size === 1);
      }
    }
  });

  test("each tree to 64 is proven to be the start of each later one", async () => {
    for (let second = 1; second <= 64; second++) {
      for (let first = 1; first <= second; first++) {
        const proof = await consistencyProof(first, second, readerOf(second));
        const claim = { first, second, firstRoot: rootAt(first), secondRoot: rootAt(second), proof };
        expect(verifyConsistency(claim)).toBe(true);
        expect(verifyConsistency({ ...claim, secondRoot: rootAt(second - 1) })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: [...proof, EMPTY_ROOT] })).toBe(false);
        expect(verifyConsistency({ ...claim, firstRoot: rootAt(first - 1) })).toBe(false);
      }
    }
  });

  test("a proof with any bit flipped fails", async () => {
    const indexes = fc.record({ size: fc.integer({ min: 2, max: 64 }), pick: fc.nat(), bit: fc.nat({ max: 255 }) });
    await fc.assert(
      fc.asyncProperty(indexes, async ({ size, pick, bit }) => {
        const index = pick % size;
        const proof = await inclusionProof(index, size, readerOf(size));
        const damaged = proof.map((hash, at) => (at === pick % proof.length ? flipBit(hash, bit) : hash));
        const claim = { index, size, leafHash: leafAt(index), root: rootAt(size), proof };
        expect(verifyInclusion(claim)).toBe(true);
        expect(verifyInclusion({ ...claim, proof: damaged })).toBe(false);
        expect(verifyInclusion({ ...claim, root: flipBit(claim.root, bit) })).toBe(false);
      }),
    );
  });

  test.each([
    ["a leaf beyond the tree", () => inclusionProof(3, 3, readerOf(3)), "no leaf 3 in a tree of 3"],
    ["a negative index", () => inclusionProof(-1, 3, readerOf(3)), "no leaf -1 in a tree of 3"],
    ["a fraction", () => inclusionProof(0.5, 3, readerOf(3)), "no leaf 0.5 in a tree of 3"],
    ["the empty tree", () => consistencyProof(0, 3, readerOf(3)), "no consistency proof from size 0 to 3"],
    ["a smaller tree", () => consistencyProof(4, 3, readerOf(3)), "no consistency proof from size 4 to 3"],
  ])("no proof is made for %s", async (_, prove, message) => {
    await expect(prove()).rejects.toThrow(new RangeError(message));
  });

  test("nothing verifies from the empty tree, not even itself", () => {
    const claim = { first: 0, second: 0, firstRoot: EMPTY_ROOT, secondRoot: EMPTY_ROOT, proof: [] };
    expect(verifyConsistency(claim)).toBe(false);
  });

  test("a hash of another length never verifies", () => {
    const short = new Uint8Array(31);
    expect(verifyInclusion({ index: 0, size: 1, leafHash: short, root: short, proof: [] })).toBe(false);
    const root = nodeHash(leafAt(0), short);
    expect(verifyInclusion({ index: 0, size: 2, leafHash: leafAt(0), root, proof: [short] })).toBe(false);
    const claim = { first: 1, second: 2, firstRoot: leafAt(0), secondRoot: root, proof: [short] };
    expect(verifyConsistency(claim)).toBe(false);
  });
});

test("a proof with more hashes than the tree has levels fails, even against a root made for it", () => {
  const root = nodeHash(leafAt(1), leafAt(0));
  expect(verifyInclusion({ index: 0, size: 1, leafHash: leafAt(0), root, proof: [leafAt(1)] })).toBe(false);
  const [firstRoot, secondRoot] = [leafAt(0), nodeHash(leafAt(2), nodeHash(leafAt(0), leafAt(1)))];
  const proof = [leafAt(1), leafAt(2)];
  expect(verifyConsistency({ first: 1, second: 2, firstRoot, secondRoot, proof })).toBe(false);
});

test("a proof with more hashes than lead to the first tree fails, even against two roots made for it", async () => {
  const [three, four, more] = [naiveRoot(LEAVES.slice(0, 3)), naiveRoot(LEAVES.slice(0, 4)), leafAt(9)];
  const proof = await consistencyProof(3, 4, readerOf(4));
  const claim = { first: 3, second: 4, firstRoot: three, secondRoot: four, proof };
  expect(verifyConsistency(claim)).toBe(true);
  const [firstRoot, secondRoot] = [nodeHash(more, three), nodeHash(more, four)];
  expect(verifyConsistency({ ...claim, firstRoot, secondRoot, proof: [...proof, more] })).toBe(false);
});

test("a proof of a part of a tree is none of the whole, whatever size is said", async () => {
  const root = naiveRoot(LEAVES.slice(0, 4));
  const inclusion = { index: 1, size: 4, leafHash: leafAt(1), root, proof: await inclusionProof(1, 4, readerOf(4)) };
  expect(verifyInclusion(inclusion)).toBe(true);
  expect(verifyInclusion({ ...inclusion, size: 8 })).toBe(false);
  const firstRoot = naiveRoot(LEAVES.slice(0, 2));
  const proof = await consistencyProof(2, 4, readerOf(4));
  const consistency = { first: 2, second: 4, firstRoot, secondRoot: root, proof };
  expect(verifyConsistency(consistency)).toBe(true);
  expect(verifyConsistency({ ...consistency, second: 8 })).toBe(false);
  expect(verifyConsistency({ ...consistency, first: 3, proof: [] })).toBe(false);
});

describe("digests", () => {
  test("a hash survives its written form", () => {
    expect(fromDigest(toDigest(EMPTY_ROOT))).toEqual(EMPTY_ROOT);
  });

  test.each([
    "",
    "sha256:",
    `sha256:${"A".repeat(64)}`,
    `sha512:${"a".repeat(64)}`,
    `sha256:${"a".repeat(64)}\n`,
    ` sha256:${"a".repeat(63)}`,
    `xsha256:${"a".repeat(64)}`,
  ])("%j is refused", (text) => {
    expect(() => fromDigest(text)).toThrow(new RangeError("not a sha256 digest"));
  });
});
