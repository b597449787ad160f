/** How many items have which of a fixed set of keys; every key is in the result, in the order given. */
export function tally<K extends string, T>(
  keys: readonly K[],
  items: readonly T[],
  keyOf: (item: T) => K,
): Readonly<Record<K, number>> {
  const counts = keys.map((key) => [key, items.filter((item) => keyOf(item) === key).length] as const);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every key is there, by construction
  return Object.fromEntries(counts) as Record<K, number>;
}

/** Groups by a key and sorts by it; the members of a group keep their order. */
export function grouped<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): readonly (readonly [string, readonly T[]])[] {
  return [...Map.groupBy(items, keyOf)].toSorted(([a], [b]) => (a < b ? -1 : 1));
}
