import type { Pin } from "../../evidence/types.ts";
import { expanded, imageOf } from "../images.ts";
import type { RawReference } from "./references.ts";
import { readYaml, type YamlValue, yamlValues } from "./yaml.ts";

/** What a file of configuration asks for. */
export interface Needs {
  readonly pins: readonly Pin[];
  readonly references: readonly RawReference[];
}

/** Reads one file; what cannot be read throws. */
export type NeedsReader = (path: string, text: string) => Needs;

const FULL_COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** Whether a revision of git can mean only one content. */
export function isCommit(revision: string | undefined): boolean {
  return revision !== undefined && FULL_COMMIT.test(revision);
}

/** The file's reader by its path; undefined for a file that asks for nothing that is known. */
export function configurationReader(path: string): NeedsReader | undefined {
  return READERS.find(([pattern]) => pattern.test(path))?.[1];
}

const READERS: readonly (readonly [RegExp, NeedsReader])[] = [
  [/^\.(?:github|gitea|forgejo)\/workflows\/[^/]+\.ya?ml$/, yamlReader(workflowNeeds)],
  [/(?:^|\/)action\.ya?ml$/, yamlReader(actionNeeds)],
  [/(?:^|\/)[^/]*\.gitlab-ci\.ya?ml$/, yamlReader(gitlabNeeds)],
  [/(?:^|\/)(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/, yamlReader(composeNeeds)],
  [/(?:^|\/)\.pre-commit-config\.ya?ml$/, yamlReader(hookNeeds)],
];

type Collect = (file: YamlValue, path: string, found: Found) => void;

interface Found {
  readonly pins: Pin[];
  readonly references: RawReference[];
}

function yamlReader(collect: Collect): NeedsReader {
  return (path, text) => {
    const file = readYaml(text);
    if ("problem" in file) throw new Error(file.problem);
    const found: Found = { pins: [], references: [] };
    for (const document of yamlValues(file)) collect(document, path, found);
    return found;
  };
}

function workflowNeeds(file: YamlValue, path: string, found: Found): void {
  for (const [, job] of file.at("jobs")?.entries ?? []) {
    addUse(job.at("uses"), path, found);
    const container = job.at("container");
    addImage(container?.at("image") ?? container, path, found);
    for (const [, service] of job.at("services")?.entries ?? []) addImage(service.at("image"), path, found);
    for (const step of job.at("steps")?.items ?? []) addUse(step.at("uses"), path, found);
  }
}

function actionNeeds(file: YamlValue, path: string, found: Found): void {
  for (const step of file.at("runs", "steps")?.items ?? []) addUse(step.at("uses"), path, found);
  const image = file.at("runs", "image");
  if (image?.text?.startsWith("docker://") === true) addUse(image, path, found);
  else if (image?.text !== undefined) {
    found.references.push({ path, line: image.line, target: image.text, type: "include", from: "file" });
  }
}

/**
 * A `uses` of GitHub Actions: an action or reusable workflow of another repository, an image, or something of this
 * repository (https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses).
 */
function addUse(value: YamlValue | undefined, path: string, found: Found): void {
  if (value?.text === undefined) return;
  const { text, line } = value;
  if (text.startsWith("./")) {
    found.references.push({ path, line, target: text, type: "include", from: "root" });
    return;
  }
  if (text.startsWith("docker://")) {
    found.pins.push(imagePin(text.slice("docker://".length), path, line));
    return;
  }
  const [name = "", revision] = text.split("@", 2);
  found.pins.push({ path, line, type: "action", reference: text, pinned: isCommit(revision), name });
}

/** The pin of an image; variables stand for what the file gives them as default. */
function imagePin(reference: string, path: string, line: number): Pin {
  const { name, digest } = imageOf(expanded(reference, () => undefined));
  return { path, line, type: "image", reference, pinned: digest !== undefined && !name.includes("$"), name };
}

function addImage(value: YamlValue | undefined, path: string, found: Found): void {
  if (value?.text === undefined || value.text.trim() === "") return;
  found.pins.push(imagePin(value.text, path, value.line));
}

/** Members of a GitLab pipeline that are no jobs. */
const GITLAB_KEYWORDS = new Set(["include", "stages", "variables", "workflow", "spec", "pages"]);

/** https://docs.gitlab.com/ci/yaml/ */
function gitlabNeeds(file: YamlValue, path: string, found: Found): void {
  addGitlabImages(file, path, found);
  for (const [name, job] of file.entries) if (!GITLAB_KEYWORDS.has(name)) addGitlabImages(job, path, found);
  const include = file.at("include");
  if (include === undefined) return;
  for (const one of include.items.length > 0 ? include.items : [include]) addInclude(one, path, found);
}

function addGitlabImages(job: YamlValue, path: string, found: Found): void {
  for (const one of [job.at("image"), ...(job.at("services")?.items ?? [])])
    addImage(one?.at("name") ?? one, path, found);
}

function addInclude(include: YamlValue, path: string, found: Found): void {
  const { line } = include;
  const local = include.at("local")?.text ?? include.text;
  const add = (reference: string, pinned: boolean, name: string): void => {
    found.pins.push({ path, line, type: "include", reference, pinned, name });
  };
  const [remote, project, component] = ["remote", "project", "component"].map((name) => include.at(name)?.text);
  const revision = include.at("ref")?.text;
  if (remote !== undefined) add(remote, include.at("integrity")?.text?.startsWith("sha256-") === true, remote);
  else if (project !== undefined) add(`${project}@${revision ?? ""}`, isCommit(revision), project);
  else if (component !== undefined) add(component, isCommit(component.split("@")[1]), component.split("@")[0] ?? "");
  else if (local !== undefined && /^https?:/.test(local)) add(local, false, local);
  else if (local !== undefined && !local.includes("*")) {
    found.references.push({ path, line, target: local, type: "include", from: "root" });
  }
}

/** https://docs.docker.com/reference/compose-file/ */
function composeNeeds(file: YamlValue, path: string, found: Found): void {
  for (const [, service] of file.at("services")?.entries ?? []) {
    // What is built here is no dependency, and the image is what it will be called.
    if (service.at("build") === undefined) addImage(service.at("image"), path, found);
    addFile(service.at("extends", "file"), path, found);
  }
  const includes = file.at("include")?.items ?? [];
  for (const include of includes) {
    const paths = include.at("path");
    for (const one of paths === undefined ? [include] : [paths, ...paths.items]) addFile(one, path, found);
  }
}

function addFile(value: YamlValue | undefined, path: string, found: Found): void {
  if (value?.text === undefined || value.text.includes("$")) return;
  found.references.push({ path, line: value.line, target: value.text, type: "include", from: "file" });
}

/** https://pre-commit.com/#pre-commit-configyaml---repos */
function hookNeeds(file: YamlValue, path: string, found: Found): void {
  for (const source of file.at("repos")?.items ?? []) {
    const name = source.at("repo")?.text;
    if (name === undefined || name === "local" || name === "meta") continue;
    const revision = source.at("rev");
    found.pins.push({
      path,
      line: revision?.line ?? source.line,
      type: "hook",
      reference: `${name}@${revision?.text ?? ""}`,
      pinned: isCommit(revision?.text),
      name,
    });
  }
}
