import { dirname } from "node:path/posix";
import { compareText } from "../../util/compare.ts";
import type { LinkedFile, Resolver } from "./resolve.ts";

/** How a folder of source files hangs together with the others. */
export interface ModuleMeasures {
  /** The folder; `.` for the root. */
  readonly path: string;
  readonly files: number;
  /** Other modules that it uses directly. */
  readonly dependsOn: number;
  /** Other modules that use it directly. */
  readonly usedBy: number;
  /** Other modules there are. */
  readonly others: number;
  /** The most of its files that are connected by imports, in either direction. */
  readonly connected: number;
}

/** Files, or packages of Java, that need each other. */
export interface ImportCycle {
  readonly type: "import";
  /** In the order of their names. */
  readonly paths: readonly string[];
}

/** A graph by the names of its nodes. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** What a checkout's files have to do with each other. */
export interface Structure {
  /** In the order of their paths. */
  readonly modules: readonly ModuleMeasures[];
  /** In the order of their first paths. */
  readonly cycles: readonly ImportCycle[];
}

/** Measures how folders depend on each other, how their files hang together, and which files need each other. */
export function structureOf(files: readonly LinkedFile[], resolve: Resolver): Structure {
  const folders = Map.groupBy(files, ({ path }) => dirname(path));
  const uses = new Map([...folders.keys()].map((folder) => [folder, new Set<string>()]));
  const usedBy = new Map([...folders.keys()].map((folder) => [folder, new Set<string>()]));
  const near = new Map(files.map(({ path }) => [path, new Set<string>()]));
  const needs = new Map<string, Set<string>>();
  for (const file of files) {
    const folder = dirname(file.path);
    for (const { to, typeOnly } of file.imports.flatMap((imported) => resolve(file, imported))) {
      const other = folders.has(to) && file.language === "go" ? to : dirname(to);
      if (other !== folder) {
        uses.get(folder)?.add(other);
        usedBy.get(other)?.add(folder);
      } else near.get(file.path)?.add(to);
      // Types are gone when the program runs, so that they need no order.
      if (!typeOnly) addNeed(needs, file, folder, to, other);
    }
  }
  addNeighbours(files, near);
  const modules = [...folders].map(([path, members]) => ({
    path,
    files: members.length,
    dependsOn: uses.get(path)?.size ?? 0,
    usedBy: usedBy.get(path)?.size ?? 0,
    others: folders.size - 1,
    connected: largestPart(
      members.map((member) => member.path),
      near,
    ),
  }));
  return { modules: modules.toSorted((a, b) => compareText(a.path, b.path)), cycles: cyclesOf(needs) };
}

/** Types of one Java package need each other as a matter of course, so that there packages are held against each other. */
function addNeed(needs: Map<string, Set<string>>, file: LinkedFile, folder: string, to: string, other: string): void {
  if (file.language === "java" && folder === other) return;
  const [from, target] = file.language === "java" ? [folder, other] : [file.path, to];
  const known = needs.get(from) ?? new Set();
  needs.set(from, known.add(target));
}

/** In Go and Java the files of a package need no imports: one is connected with another whose declarations it names. */
function addNeighbours(files: readonly LinkedFile[], near: ReadonlyMap<string, Set<string>>): void {
  const packages = Map.groupBy(files, ({ path, language }) => `${language} ${dirname(path)}`);
  for (const members of packages.values()) {
    const owners = new Map(members.flatMap(({ path, declared }) => declared.map((name) => [name, path])));
    for (const { path, used } of members) {
      for (const name of used) {
        const owner = owners.get(name);
        if (owner !== undefined && owner !== path) near.get(path)?.add(owner);
      }
    }
  }
}

/** How many of some nodes the largest part has that hangs together, whatever the direction. */
function largestPart(members: readonly string[], near: Graph): number {
  const both = new Map(members.map((member) => [member, new Set<string>()]));
  for (const member of members) {
    for (const other of near.get(member) ?? []) {
      both.get(member)?.add(other);
      both.get(other)?.add(member);
    }
  }
  const left = new Set(members);
  let largest = 0;
  for (const start of members) {
    let size = 0;
    const open = left.delete(start) ? [start] : [];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      size++;
      for (const other of both.get(next) ?? []) if (left.delete(other)) open.push(other);
    }
    largest = Math.max(largest, size);
  }
  return largest;
}

function cyclesOf(needs: Graph): readonly ImportCycle[] {
  const cycles = strongComponents(needs).filter(({ length }) => length > 1);
  return cycles
    .map((paths) => ({ type: "import" as const, paths: paths.toSorted(compareText) }))
    .toSorted((a, b) => compareText(a.paths[0] ?? "", b.paths[0] ?? ""));
}

interface Visit {
  readonly node: string;
  readonly next: Iterator<string>;
}

/**
 * The strongly connected components of a graph: R. Tarjan, "Depth-first search and linear graph algorithms", 1972, with a stack
 * of its own, because a chain of imports may be longer than the runtime's.
 */
function strongComponents(graph: Graph): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const onPath = new Set<string>();
  const components: (readonly string[])[] = [];
  const visits: Visit[] = [];

  function enter(node: string): void {
    order.set(node, order.size);
    lowest.set(node, order.size - 1);
    path.push(node);
    onPath.add(node);
    visits.push({ node, next: (graph.get(node) ?? new Set<string>()).values() });
  }

  function lower(node: string, to: number): void {
    lowest.set(node, Math.min(lowest.get(node) ?? to, to));
  }

  function leave({ node }: Visit): void {
    visits.pop();
    const low = lowest.get(node) ?? 0;
    const caller = visits.at(-1);
    if (caller !== undefined) lower(caller.node, low);
    if (low !== order.get(node)) return;
    const members = path.splice(path.lastIndexOf(node));
    for (const member of members) onPath.delete(member);
    components.push(members);
  }

  for (const start of graph.keys()) {
    if (!order.has(start)) enter(start);
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const { done, value } = visit.next.next();
      if (done === true) leave(visit);
      else if (!order.has(value)) enter(value);
      else if (onPath.has(value)) lower(visit.node, order.get(value) ?? 0);
    }
  }
  return components;
}
