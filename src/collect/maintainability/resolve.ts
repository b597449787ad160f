import { dirname, join, normalize } from "node:path/posix";
import type { Language } from "../source/tree.ts";
import type { FileLinks, Import } from "./imports.ts";

/** A source file and what it needs. */
export interface LinkedFile extends FileLinks {
  readonly path: string;
  readonly language: Language;
}

/** That a file needs another one, or all of a folder where its language imports packages. */
export interface Link {
  readonly to: string;
  readonly typeOnly: boolean;
}

/** Finds what an import means inside of the checkout; nothing for what comes from elsewhere. */
export type Resolver = (file: LinkedFile, imported: Import) => readonly Link[];

/** A Go module: what its packages are called by, and where they are. */
export interface GoModule {
  readonly name: string;
  /** The folder of its `go.mod`. */
  readonly folder: string;
}

/** @param goModules every `go.mod` of the checkout */
export function createResolver(files: readonly LinkedFile[], goModules: readonly GoModule[]): Resolver {
  const paths = new Set(files.map(({ path }) => path));
  const folders = new Set(files.map(({ path }) => dirname(path)));
  const java = javaNames(files);
  const modules = goModules.toSorted((a, b) => b.name.length - a.name.length);
  const byLanguage: Readonly<Record<Language, (path: string, imported: Import) => readonly string[]>> = {
    javascript: (path, { target }) => resolveRelative(path, target, paths),
    typescript: (path, { target }) => resolveRelative(path, target, paths),
    python: (path, imported) => resolvePython(path, imported, paths),
    go: (_, { target }) => resolveGo(target, modules).filter((folder) => folders.has(folder)),
    java: (_, imported) => resolveJava(imported, java),
  };
  return ({ path, language }, imported) => {
    const found = byLanguage[language](path, imported);
    return found.filter((to) => to !== path).map((to) => ({ to, typeOnly: imported.typeOnly }));
  };
}

const EXTENSIONS = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"] as const;

/** What may lie in the place of a file that is named as it will be called when it was built. */
const SOURCES_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ["js", ["ts", "tsx", "jsx"]],
  ["jsx", ["tsx"]],
  ["mjs", ["mts"]],
  ["cjs", ["cts"]],
]);

/** A path that begins with a point, as Node, TypeScript and bundlers look for it. */
function resolveRelative(path: string, target: string, paths: ReadonlySet<string>): readonly string[] {
  if (!/^\.\.?(?:\/|$)/.test(target)) return [];
  const plain = target.replace(/[?#].*$/, "");
  const wanted = normalize(join(dirname(path), plain)).replace(/\/$/, "");
  const [, stem = "", extension = ""] = /^(.*)\.(\w+)$/.exec(wanted) ?? [];
  const candidates = [
    wanted,
    ...(SOURCES_OF.get(extension) ?? []).map((source) => `${stem}.${source}`),
    ...EXTENSIONS.map((known) => `${wanted}.${known}`),
    ...EXTENSIONS.map((known) => (wanted === "." ? `index.${known}` : `${wanted}/index.${known}`)),
  ];
  const found = candidates.find((candidate) => paths.has(candidate));
  return found === undefined ? [] : [found];
}

/** A module by its name: from the folder that holds the package of the file, from the root, or from `src`. */
function resolvePython(path: string, { target, names }: Import, paths: ReadonlySet<string>): readonly string[] {
  const [, points = "", rest = ""] = /^(\.*)(.*)$/.exec(target) ?? [];
  const name = rest.replaceAll(".", "/");
  const bases = points === "" ? pythonRoots(path, paths) : [foldersUp(dirname(path), points.length - 1)];
  for (const base of bases) {
    const found = base === undefined ? [] : pythonModules(join(base, name), names, paths);
    if (found.length > 0) return found;
  }
  return [];
}

function foldersUp(folder: string, levels: number): string | undefined {
  const parts = folder === "." ? [] : folder.split("/");
  return levels > parts.length ? undefined : parts.slice(0, parts.length - levels).join("/") || ".";
}

function pythonRoots(path: string, paths: ReadonlySet<string>): readonly string[] {
  let folder = dirname(path);
  while (folder !== "." && paths.has(`${folder}/__init__.py`)) folder = dirname(folder);
  return [...new Set([folder, ".", "src"])];
}

/** What is taken from a package may be modules in it; whatever else is taken is of the package itself. */
function pythonModules(base: string, names: readonly string[], paths: ReadonlySet<string>): readonly string[] {
  const whole = [`${base}.py`, `${base}/__init__.py`].filter((path) => paths.has(path)).slice(0, 1);
  const parts = names.map((name) => {
    const inner = join(base, name.replaceAll(".", "/"));
    return [`${inner}.py`, `${inner}/__init__.py`].find((path) => paths.has(path));
  });
  const found = parts.filter((path) => path !== undefined);
  if (names.length > 0) return found.length === names.length ? found : [...found, ...whole];
  if (whole.length > 0) return whole;
  // `import a.b.c` where `c` is no module of its own.
  return base.includes("/") ? [`${dirname(base)}.py`].filter((path) => paths.has(path)) : [];
}

function resolveGo(target: string, modules: readonly GoModule[]): readonly string[] {
  const owner = modules.find(({ name }) => target === name || target.startsWith(`${name}/`));
  if (owner === undefined) return [];
  return [normalize(join(owner.folder, target.slice(owner.name.length + 1)))];
}

interface JavaNames {
  /** The file of each type, by its full name. */
  readonly types: ReadonlyMap<string, string>;
  /** The files of each package. */
  readonly packages: ReadonlyMap<string, readonly string[]>;
}

function javaNames(files: readonly LinkedFile[]): JavaNames {
  const java = files.filter(({ language }) => language === "java");
  const packages = Map.groupBy(java, (file) => file.package ?? "");
  return {
    types: new Map(java.flatMap((file) => file.declared.map((name) => [`${file.package ?? ""}.${name}`, file.path]))),
    packages: new Map([...packages].map(([name, members]) => [name, members.map(({ path }) => path)])),
  };
}

/** The longest part of a name that is a type: what is imported may be one inside of it, or a member of it. */
function resolveJava({ target, names }: Import, { types, packages }: JavaNames): readonly string[] {
  if (names.includes("*") && packages.has(target)) return packages.get(target) ?? [];
  for (let name = target; name.includes("."); name = name.slice(0, name.lastIndexOf("."))) {
    const path = types.get(name);
    if (path !== undefined) return [path];
  }
  return [];
}
