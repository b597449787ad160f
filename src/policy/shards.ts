import type { InspectedModule } from "./toolchain/protocol.ts";

/**
 * Gates of one compiled module. All entry points of a module begin in one function, so that the first evaluation takes
 * longer than in proportion: 0.15 s for 500 gates, 3.6 s for 2,000 (docs/benchmarks.md).
 */
const SHARD_GATES = 250;

/** Modules that are compiled together, and the packages of the gates among them. */
export interface Shard {
  readonly gates: ReadonlySet<string>;
  readonly modules: ReadonlySet<string>;
}

/**
 * Parts a pack of policies for the compiler. Gates that refer to each other stay together; what is no gate is in every part.
 *
 * @param gates packages of the gates, with dots and `data`
 */
export function shardsOf(modules: readonly InspectedModule[], gates: readonly string[]): readonly Shard[] {
  const groups = gates.length <= SHARD_GATES ? [gates] : relatedGates(modules, gates);
  const shards: string[][] = [];
  for (const group of groups) {
    const last = shards.at(-1);
    if (last === undefined || last.length + group.length > SHARD_GATES) shards.push([...group]);
    else last.push(...group);
  }
  const isGate = new Set(gates);
  return shards.map((packages) => {
    const own = new Set(packages);
    const included = modules.filter(({ package: name }) => own.has(name) || !isGate.has(name));
    return { gates: own, modules: new Set(included.map(({ path }) => path)) };
  });
}

/** Groups of gates of which none refers to a gate of another group. */
function relatedGates(modules: readonly InspectedModule[], gates: readonly string[]): readonly (readonly string[])[] {
  const groupOf = new Map(gates.map((gate) => [gate, [gate]]));
  const join = (one: string, other: string): void => {
    const [kept, moved] = [groupOf.get(one), groupOf.get(other)];
    if (kept === undefined || moved === undefined || kept === moved) return;
    for (const gate of moved) groupOf.set(gate, kept);
    kept.push(...moved);
  };
  const [first = ""] = gates;
  for (const module of modules) {
    // What is no gate is everywhere: all that it refers to has to be there as well.
    const from = groupOf.has(module.package) ? module.package : first;
    for (const gate of gatesIn(module, groupOf)) {
      join(from, gate);
    }
  }
  return [...new Set(groupOf.values())];
}

/** The gates that a module refers to. A reference that ends above them, at a variable, may mean any. */
function gatesIn(module: InspectedModule, gates: ReadonlyMap<string, unknown>): readonly string[] {
  const found: string[] = [];
  for (const reference of module.references) {
    const parts = reference.split(".");
    const exact = parts.map((_, index) => parts.slice(0, index + 1).join(".")).find((prefix) => gates.has(prefix));
    if (exact === module.package) continue;
    if (exact === undefined) found.push(...[...gates.keys()].filter((gate) => `${gate}.`.startsWith(`${reference}.`)));
    else found.push(exact);
  }
  return found;
}
