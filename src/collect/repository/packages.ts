import { parse as parseToml } from "smol-toml";
import type { Pin } from "../../evidence/types.ts";
import { isRecord } from "../../util/json.ts";
import { isCommit, type Needs } from "./configuration.ts";
import type { RawReference } from "./references.ts";
import { readYaml, type YamlValue, yamlValues } from "./yaml.ts";

/** Finds a lock file: the text of the first of these names in the folder of the manifest, or in one above it. */
export type LockFinder = (names: readonly string[]) => { readonly path: string; readonly text: string } | undefined;

/** Reads a manifest of packages; what cannot be read throws. */
export type ManifestReader = (path: string, text: string, findLock: LockFinder) => Needs;

/** The reader of a manifest by its path. */
export function manifestReader(path: string): ManifestReader | undefined {
  return READERS.find(([pattern]) => pattern.test(path))?.[1];
}

/** Whether a path is that of a lock file which {@link manifestReader}'s readers look for. */
export function isLockFile(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return LOCK_FILES.has(name);
}

const NPM_LOCKS = ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"];
const PYTHON_LOCKS = ["uv.lock", "poetry.lock", "pdm.lock"];
const LOCK_FILES = new Set([
  ...NPM_LOCKS,
  ...PYTHON_LOCKS,
  "Pipfile.lock",
  "Cargo.lock",
  "Gemfile.lock",
  "composer.lock",
  "go.sum",
]);

const READERS: readonly (readonly [RegExp, ManifestReader])[] = [
  [/(?:^|\/)package\.json$/, npmNeeds],
  [
    /(?:^|\/)(?:[\w.-]*requirements[\w.-]*|constraints[\w.-]*)\.(?:txt|in)$|(?:^|\/)requirements\/[^/]+\.txt$/,
    requirementsNeeds,
  ],
  [/(?:^|\/)pyproject\.toml$/, pyprojectNeeds],
  [/(?:^|\/)Pipfile$/, pipfileNeeds],
  [/(?:^|\/)go\.mod$/, goNeeds],
  [/(?:^|\/)Cargo\.toml$/, cargoNeeds],
  [/(?:^|\/)Gemfile$/, gemNeeds],
  [/(?:^|\/)composer\.json$/, composerNeeds],
];

/** Something that a manifest asks for. */
interface Wish {
  readonly name: string;
  readonly reference: string;
  readonly line: number;
  readonly pinned: boolean;
  readonly type?: string;
}

function pinsOf(path: string, wishes: readonly Wish[]): readonly Pin[] {
  return wishes.map(({ name, reference, line, pinned, type = "package" }) => {
    return { path, line, type, reference, pinned, name };
  });
}

/** Finds the lines of names, each search going on where the one before ended, and from the top where that finds nothing. */
function lineFinder(text: string): (needle: string) => number {
  let at = 0;
  let line = 1;
  return (needle) => {
    let next = text.indexOf(needle, at);
    if (next === -1) {
      [at, line] = [0, 1];
      next = text.indexOf(needle);
    }
    if (next === -1) return 1;
    for (let from = text.indexOf("\n", at); from !== -1 && from < next; from = text.indexOf("\n", from + 1)) line++;
    at = next;
    return line;
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function own(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function textAt(value: unknown, name: string): string {
  const member = own(value, name);
  return typeof member === "string" ? member : "";
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) throw new Error("it is no object");
  return value;
}

const EXACT_VERSION = /^[=v]?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

// npm, yarn and pnpm: https://docs.npmjs.com/cli/configuring-npm/package-json#dependencies

/** Whether a lock file fixes a package that a manifest asks for in these words. */
type IsLocked = (name: string, wanted: string) => boolean;

function npmNeeds(path: string, text: string, findLock: LockFinder): Needs {
  const manifest = jsonOf(text);
  const isLocked = npmLock(path, findLock(NPM_LOCKS));
  const lineOf = lineFinder(text);
  const wishes: Wish[] = [];
  for (const group of ["dependencies", "devDependencies", "optionalDependencies"]) {
    lineOf(`"${group}"`);
    for (const [name, wanted] of Object.entries(recordOf(own(manifest, group)))) {
      if (typeof wanted !== "string" || /^(?:workspace|file|link|portal):|^\.{0,2}\//.test(wanted)) continue;
      const reference = `${name}@${wanted}`;
      const pinned = isExactNpm(wanted) || isLocked(name, wanted);
      wishes.push({ name, reference, line: lineOf(JSON.stringify(name)), pinned });
    }
  }
  return { pins: pinsOf(path, wishes), references: [] };
}

/** An exact version, an alias of one, or a commit of a repository. */
function isExactNpm(wanted: string): boolean {
  const version = /^npm:@?[^@]+@(.+)$/.exec(wanted)?.[1] ?? wanted;
  if (EXACT_VERSION.test(version)) return true;
  return isCommit(/#(?:commit=)?([0-9a-f]+)$/.exec(wanted)?.[1]);
}

function npmLock(path: string, lock: ReturnType<LockFinder>): IsLocked {
  if (lock === undefined) return () => false;
  const folder = relativeFolder(lock.path, path);
  if (lock.path.endsWith("yarn.lock")) return yarnLock(lock.text);
  if (lock.path.endsWith("pnpm-lock.yaml")) return pnpmLock(lock.text, folder);
  return packageLock(jsonOf(lock.text), folder);
}

/** The folder of a manifest, from that of its lock file. */
function relativeFolder(lock: string, manifest: string): string {
  const above = lock.slice(0, lock.lastIndexOf("/") + 1);
  return manifest.slice(above.length, Math.max(above.length, manifest.lastIndexOf("/")));
}

/** A lock file that was made for other words than those of the manifest fixes nothing: `npm install` would change it. */
function packageLock(lock: Readonly<Record<string, unknown>>, folder: string): IsLocked {
  const packages = own(lock, "packages");
  if (!isRecord(packages)) return (name) => typeof own(own(own(lock, "dependencies"), name), "version") === "string";
  const project = own(packages, folder);
  return (name, wanted) => {
    if (project === undefined) return false;
    const groups = ["dependencies", "devDependencies", "optionalDependencies"];
    if (!groups.some((group) => own(own(project, group), name) === wanted)) return false;
    const places = [folder === "" ? "" : `${folder}/`, ""];
    return places.some((place) => own(packages, `${place}node_modules/${name}`) !== undefined);
  };
}

/** Entries begin with what was asked for: `"a@^1", a@^2:` in version 1, `"a@npm:^1, a@npm:^2":` later. */
function yarnLock(text: string): IsLocked {
  const asked = new Set<string>();
  for (const line of text.split("\n")) {
    if (!/^["\w@]/.test(line) || !line.trimEnd().endsWith(":")) continue;
    for (const one of line.trimEnd().slice(0, -1).replaceAll('"', "").split(", ")) asked.add(one);
  }
  return (name, wanted) => asked.has(`${name}@${wanted}`) || asked.has(`${name}@npm:${wanted}`);
}

function pnpmLock(text: string, folder: string): IsLocked {
  const file = readYaml(text);
  if ("problem" in file) throw new Error(file.problem);
  const [root] = yamlValues(file);
  const importer = root?.at("importers", folder === "" ? "." : folder) ?? root;
  const locked = new Map<string, string>();
  for (const [name, wanted] of importer?.at("specifiers")?.entries ?? []) locked.set(name, wanted.text ?? "");
  for (const group of ["dependencies", "devDependencies", "optionalDependencies"]) {
    for (const [name, one] of importer?.at(group)?.entries ?? []) setSpecifier(locked, name, one);
  }
  return (name, wanted) => locked.get(name) === wanted;
}

function setSpecifier(locked: Map<string, string>, name: string, one: YamlValue): void {
  const specifier = one.at("specifier")?.text;
  if (specifier !== undefined) locked.set(name, specifier);
}

// Python: https://packaging.python.org/specifications/dependency-specifiers/

/** Names that differ in case and in `-`, `_` and `.` are the same package. */
function pythonName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}

function requirementsNeeds(path: string, text: string): Needs {
  const wishes: Wish[] = [];
  const references: RawReference[] = [];
  for (const { line, content } of joinedLines(text)) {
    const other = /^(?:-r|-c|--requirement|--constraint)(?:\s+|=)(\S+)/.exec(content)?.[1];
    if (other !== undefined) references.push({ path, line, target: other, type: "include", from: "file" });
    else if (!content.startsWith("-") || /^(?:-e|--editable)[\s=]+(?!\.)/.test(content)) {
      wishes.push(...pythonWish(content.replace(/^(?:-e|--editable)[\s=]+/, ""), line));
    }
  }
  return { pins: pinsOf(path, wishes), references };
}

/** Lines of a requirements file without comments, those that a backslash continues as one. */
function joinedLines(text: string): readonly { readonly line: number; readonly content: string }[] {
  const joined: { line: number; content: string }[] = [];
  let open: { line: number; content: string } | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const continued = raw.endsWith("\\");
    const content = (continued ? raw.slice(0, -1) : raw).replace(/(?:^|\s)#.*$/, "");
    open ??= { line: index + 1, content: "" };
    open.content += content;
    if (continued) continue;
    if (open.content.trim() !== "") joined.push({ line: open.line, content: open.content.trim() });
    open = undefined;
  }
  if (open !== undefined && open.content.trim() !== "") joined.push({ line: open.line, content: open.content.trim() });
  return joined;
}

/** Characters of a requirement without its hashes. */
const LONGEST = 1_000;

/** A requirement that is not of this checkout. */
function pythonWish(whole: string, line: number, isLocked?: (name: string) => boolean): readonly Wish[] {
  const requirement = (whole.split(/\s--hash/, 1)[0] ?? "").slice(0, LONGEST).trim();
  if (/^\.{0,2}\/|^file:/.test(requirement)) return [];
  const name = /^([A-Za-z0-9][\w.-]*)/.exec(requirement)?.[1];
  const url =
    /^(?:git\+|https?:)\S+/.exec(requirement)?.[0] ?? /@\s*((?:git\+|https?:|file:)\S+)/.exec(requirement)?.[1];
  if (url?.startsWith("file:") === true) return [];
  if (url !== undefined) {
    const pinned = isCommit(/@([0-9a-f]{40,64})(?:#|$)/.exec(url)?.[1]) || /#(?:.*&)?sha256=[0-9a-f]{64}/.test(url);
    const named = url === requirement ? url : (name ?? url);
    return [{ name: named, reference: requirement, line, pinned: pinned || hasHash(whole) }];
  }
  if (name === undefined) return [];
  const exact = /^[\w.-]+(?:\[[^\]]*\])?\(?===?[^,;*)]+\)?(?:;|$)/.test(requirement.replaceAll(/\s/g, ""));
  const pinned = exact || isLocked?.(pythonName(name)) === true;
  return [{ name: pythonName(name), reference: requirement, line, pinned }];
}

function hasHash(requirement: string): boolean {
  return /\s--hash[=\s]sha(?:256|384|512):[0-9a-f]+/.test(requirement);
}

function pyprojectNeeds(path: string, text: string, findLock: LockFinder): Needs {
  const file = parseToml(text);
  const isLocked = tomlLock(findLock(PYTHON_LOCKS));
  const lineOf = lineFinder(text);
  const project = own(file, "project");
  const groups = [
    own(project, "dependencies"),
    ...Object.values(recordOf(own(project, "optional-dependencies"))),
    ...Object.values(recordOf(own(file, "dependency-groups"))),
  ];
  const wishes = groups.flatMap((group) => textsOf(group)).flatMap((one) => pythonWish(one, lineOf(one), isLocked));
  const build = textsOf(own(own(file, "build-system"), "requires"));
  wishes.push(
    ...build.flatMap((one) => pythonWish(one, lineOf(one))).map((one) => ({ ...one, type: "build-package" })),
  );
  const poetry = own(own(file, "tool"), "poetry");
  const tables = [poetry, ...Object.values(recordOf(own(poetry, "group")))];
  for (const table of tables) {
    for (const key of ["dependencies", "dev-dependencies"]) {
      wishes.push(...poetryWishes(recordOf(own(table, key)), lineOf, isLocked));
    }
  }
  return { pins: pinsOf(path, wishes), references: [] };
}

/** The texts of a list, which in a group of dependencies may hold the names of other groups as well. */
function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function poetryWishes(
  table: Readonly<Record<string, unknown>>,
  lineOf: (needle: string) => number,
  isLocked: (name: string) => boolean,
): readonly Wish[] {
  return Object.entries(table).flatMap(([name, wanted]) => {
    if (name === "python" || own(wanted, "path") !== undefined) return [];
    const version = typeof wanted === "string" ? wanted : own(wanted, "version");
    const revision = own(wanted, "rev");
    const exact = typeof version === "string" && /^(?:==\s*)?\d+(?:\.\d+)*$/.test(version);
    const pinned = exact || (typeof revision === "string" && isCommit(revision)) || isLocked(pythonName(name));
    const shown = typeof version === "string" ? version : textAt(wanted, "git");
    return [{ name: pythonName(name), reference: `${name} ${shown}`.trim(), line: lineOf(name), pinned }];
  });
}

/** A lock file in TOML lists what it fixes as `[[package]]`. */
function tomlLock(lock: ReturnType<LockFinder>): (name: string) => boolean {
  if (lock === undefined) return () => false;
  const packages = own(parseToml(lock.text), "package");
  const names = new Set((Array.isArray(packages) ? packages : []).map((one) => pythonName(textAt(one, "name"))));
  return (name) => names.has(pythonName(name));
}

function pipfileNeeds(path: string, text: string, findLock: LockFinder): Needs {
  const file = parseToml(text);
  const lock = findLock(["Pipfile.lock"]);
  const locked = lock === undefined ? {} : jsonOf(lock.text);
  const isLocked = (name: string): boolean =>
    ["default", "develop"].some((group) =>
      Object.keys(recordOf(own(locked, group)))
        .map(pythonName)
        .includes(name),
    );
  const lineOf = lineFinder(text);
  const wishes = ["packages", "dev-packages"].flatMap((group) =>
    poetryWishes(recordOf(own(file, group)), lineOf, isLocked),
  );
  return { pins: pinsOf(path, wishes), references: [] };
}

// Go: https://go.dev/ref/mod#go-mod-file-require. Every version is exact, and `go.sum` has its hash.

function goNeeds(path: string, text: string, findLock: LockFinder): Needs {
  const sums = new Set((findLock(["go.sum"])?.text ?? "").split("\n").map((line) => line.split(" ", 2).join(" ")));
  // A replacement that is a path is a folder of this checkout.
  const local = new Set(
    [...text.matchAll(/^[ \t]*(?:replace[ \t]+)?([^\s()]+)(?:[ \t]+v\S+)?[ \t]+=>[ \t]+\.{1,2}\//gm)].map(
      ([, name]) => name,
    ),
  );
  const wishes: Wish[] = [];
  let inBlock = false;
  for (const [index, raw] of text.split("\n").entries()) {
    const content = raw.replace(/\/\/.*$/, "").trim();
    if (/^require\s*\($/.test(content)) inBlock = true;
    else if (content === ")") inBlock = false;
    const [, name, version] = /^(?:require\s+)?([^\s()"]+)\s+(v\S+)$/.exec(content) ?? [];
    if (name === undefined || version === undefined || local.has(name)) continue;
    if (!inBlock && !content.startsWith("require ")) continue;
    const pinned = sums.has(`${name} ${version}`) || sums.has(`${name} ${version}/go.mod`);
    wishes.push({ name, reference: `${name}@${version}`, line: index + 1, pinned });
  }
  return { pins: pinsOf(path, wishes), references: [] };
}

// Rust: https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html

function cargoNeeds(path: string, text: string, findLock: LockFinder): Needs {
  const file = parseToml(text);
  const isLocked = tomlLock(findLock(["Cargo.lock"]));
  const lineOf = lineFinder(text);
  const tables = [file, own(file, "workspace"), ...Object.values(recordOf(own(file, "target")))];
  const wishes: Wish[] = [];
  for (const table of tables) {
    for (const group of ["dependencies", "dev-dependencies", "build-dependencies"]) {
      for (const [alias, wanted] of Object.entries(recordOf(own(table, group)))) {
        const wish = cargoWish(alias, wanted, isLocked);
        if (wish !== undefined) wishes.push({ ...wish, line: lineOf(alias) });
      }
    }
  }
  return { pins: pinsOf(path, wishes), references: [] };
}

function cargoWish(
  alias: string,
  wanted: unknown,
  isLocked: (name: string) => boolean,
): Omit<Wish, "line"> | undefined {
  if (own(wanted, "path") !== undefined || own(wanted, "workspace") === true) return undefined;
  const renamed = own(wanted, "package");
  const name = typeof renamed === "string" ? renamed : alias;
  const [version, revision] = [typeof wanted === "string" ? wanted : own(wanted, "version"), own(wanted, "rev")];
  const exact = typeof version === "string" && /^=\s*\d+\.\d+\.\d+/.test(version);
  const pinned = exact || (typeof revision === "string" && isCommit(revision)) || isLocked(name);
  const shown = typeof version === "string" ? version : textAt(wanted, "git");
  return { name, reference: `${name} ${shown}`.trim(), pinned };
}

// Ruby: https://bundler.io/man/gemfile.5.html

function gemNeeds(path: string, text: string, findLock: LockFinder): Needs {
  const locked = new Set<string>();
  for (const line of (findLock(["Gemfile.lock"])?.text ?? "").split("\n")) {
    const name = /^ {4}([\w.-]+) \(/.exec(line)?.[1];
    if (name !== undefined) locked.add(name);
  }
  const wishes = text.split("\n").flatMap((line, index) => {
    const [, name, version] = /^\s*gem[\s(]+["']([\w.-]+)["'](?:\s*,\s*["']([^"']+)["'])?/.exec(line) ?? [];
    if (name === undefined || /\bpath:\s|:path\s*=>/.test(line)) return [];
    const exact = version !== undefined && /^=?\s*\d+(?:\.\w+)+$/.test(version);
    const reference = version === undefined ? name : `${name} ${version}`;
    return [{ name, reference, line: index + 1, pinned: exact || locked.has(name) }];
  });
  return { pins: pinsOf(path, wishes), references: [] };
}

// PHP: https://getcomposer.org/doc/04-schema.md

function composerNeeds(path: string, text: string, findLock: LockFinder): Needs {
  const manifest = jsonOf(text);
  const lock = findLock(["composer.lock"]);
  const content = lock === undefined ? {} : jsonOf(lock.text);
  const locked = new Set(
    ["packages", "packages-dev"].flatMap((group) => {
      const list = own(content, group);
      return Array.isArray(list) ? list.map((one) => textAt(one, "name")) : [];
    }),
  );
  const lineOf = lineFinder(text);
  const wishes = ["require", "require-dev"].flatMap((group) =>
    Object.entries(recordOf(own(manifest, group))).flatMap(([name, wanted]) => {
      // What has no vendor is the platform: PHP itself and its extensions.
      if (typeof wanted !== "string" || !name.includes("/")) return [];
      const pinned = /^v?\d+\.\d+\.\d+(?:\.\d+)?$/.test(wanted) || locked.has(name);
      return [{ name, reference: `${name} ${wanted}`, line: lineOf(JSON.stringify(name)), pinned }];
    }),
  );
  return { pins: pinsOf(path, wishes), references: [] };
}
