/** Numbers for ids, of which a large document has millions: a number takes less room, and so does a pair of them. */
export interface Ids {
  /** From 0, in the order in which they were first asked for. */
  numberOf(id: string): number;
  entries(): Iterable<readonly [id: string, number: number]>;
}

/** Empty {@link Ids}. */
export function createIds(): Ids {
  const numbers = new Map<string, number>();
  return {
    numberOf(id) {
      const known = numbers.get(id);
      if (known !== undefined) return known;
      const { size } = numbers;
      numbers.set(id, size);
      return size;
    },
    entries: () => numbers,
  };
}

/** More than a file has room for; two numbers below it make one that a double holds exactly. */
const MOST = 2 ** 26;

/** One number for two of {@link Ids}, in their order. */
export function pairOf(first: number, second: number): number {
  return first * MOST + second;
}
