import { relative } from "node:path";
import { bundleInputs, type PolicySelection, type PolicyServices } from "../load.ts";
import { type PolicyFile, type PolicyFolder, type PolicySources, readPolicySources } from "../sources.ts";
import type { InspectedModule, RegoModule, RegoToolchain } from "../toolchain/protocol.ts";
import { findRegalProject, type RegalProject } from "./project.ts";

/** A module by the path that Regal is given for it, and by its own. */
export interface RegalFile {
  /** From the root of the project, with a slash in front. */
  readonly regalPath: string;
  readonly file: PolicyFile;
}

/** Folders of one project, which one run of Regal looks at. */
export interface ProjectFiles {
  readonly project: RegalProject;
  readonly files: readonly RegalFile[];
}

/** Reads folders, and finds the project of each. */
export async function readProjects(
  folders: readonly PolicyFolder[],
): Promise<{ readonly sources: PolicySources; readonly projects: readonly ProjectFiles[] }> {
  const projects = new Map<string, ProjectFiles & { readonly files: RegalFile[] }>();
  for (const folder of folders) {
    const project = await findRegalProject(folder.path);
    const { modules, tests } = await readPolicySources([folder]);
    const group = projects.get(project.root) ?? { project, files: [] };
    projects.set(project.root, group);
    const base = relative(project.root, folder.path).replaceAll("\\", "/");
    for (const file of [...modules, ...tests]) {
      const below = file.path.slice(folder.label.length);
      group.files.push({ regalPath: `${base === "" ? "" : `/${base}`}${below}`, file });
    }
  }
  return { sources: await readPolicySources(folders), projects: [...projects.values()] };
}

/**
 * The modules that linted ones refer to and that are not among them: of the policies that ship with gate, and of the
 * packages of a selection. Without them Regal would take what they define for undefined.
 */
export async function readLibraries(
  linted: readonly InspectedModule[],
  { packages = [] }: PolicySelection,
  services: PolicyServices,
  toolchain: RegoToolchain,
): Promise<readonly RegoModule[]> {
  const own = new Set(linted.map((module) => module.package));
  const wanted = linted.flatMap(({ references }) => references).filter((path) => !path.startsWith("data.params"));
  if (wanted.every((path) => prefixesOf(path).some((prefix) => own.has(prefix)))) return [];
  const { sources } = await bundleInputs({ builtin: true, folders: [], packages }, services);
  const modules = sources.modules.map(({ path, text }) => ({ path, source: text }));
  const needed = new Set(wanted.flatMap(prefixesOf).filter((name) => !own.has(name)));
  const inspected = (await toolchain.inspect(modules)).filter((module) => needed.has(module.package));
  const paths = new Set(inspected.map(({ path }) => path));
  return modules.filter(({ path }) => paths.has(path));
}

/** `data.a.b.c` and what is above it. */
function prefixesOf(path: string): readonly string[] {
  const parts = path.split(".");
  return parts.map((_, index) => parts.slice(0, index + 1).join("."));
}
