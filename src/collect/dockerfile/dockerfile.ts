import { DockerfileParser } from "dockerfile-ast";
import type { BuildStage, Dockerfile, DockerfileSecret, Pin } from "../../evidence/types.ts";
import { expanded, imageOf } from "../images.ts";
import { type Instruction, instructionsOf } from "./instructions.ts";
import { unpinnedPackagesIn } from "./packages.ts";
import { isSecretFile, isSecretName } from "./secrets.ts";

/** A Dockerfile as evidence, and the images that it depends on. */
export interface ReadDockerfile {
  readonly dockerfile: Dockerfile;
  readonly pins: readonly Pin[];
}

/** Whether a file is a Dockerfile by its name: `Dockerfile`, `Containerfile`, `Dockerfile.web`, `web.dockerfile`. */
export function isDockerfile(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  if (/\.(?:md|txt|ya?ml|json|dockerignore|rego|j2|tmpl|tpl|erb|ts|js|py|go|sh)$/.test(name)) return false;
  return /^(?:dockerfile|containerfile)(?:[.-].+)?$/.test(name) || /.\.(?:dockerfile|containerfile)$/.test(name);
}

/** What a stage hands on to the stages that start from it. */
interface Outcome {
  readonly user?: string;
  readonly healthcheck: boolean;
  readonly triggers: readonly Instruction[];
  readonly variables: ReadonlyMap<string, string>;
}

interface Stage {
  readonly facts: BuildStage;
  readonly outcome: Outcome;
}

const NO_OUTCOME: Outcome = { healthcheck: false, triggers: [], variables: new Map() };

/**
 * Reads a Dockerfile: https://docs.docker.com/reference/dockerfile/. Arguments stand for their defaults, for nobody knows
 * here what a build passes.
 *
 * @throws {Error} where it has no stage
 */
export function readDockerfile(path: string, text: string): ReadDockerfile {
  const file = DockerfileParser.parse(text);
  const instructions = instructionsOf(text, file);
  const global = new Map<string, string>();
  const stages: Stage[] = [];
  const pins: Pin[] = [];
  let unpinnedCopies = 0;
  for (const [index, instruction] of instructions.entries()) {
    if (instruction.keyword === "FROM") {
      const own = instructions.slice(index + 1);
      const end = own.findIndex(({ keyword }) => keyword === "FROM");
      stages.push(readStage(instruction, end === -1 ? own : own.slice(0, end), stages, global));
    } else if (stages.length === 0 && instruction.keyword === "ARG") setArguments(instruction, global, global);
    for (const image of sourcesOf(instruction)) {
      const named = expanded(image, (name) => global.get(name));
      if (isStage(named, stages) || /^\d+$/.test(named)) continue;
      const pin = pinOf(path, instruction.line, image, named);
      if (!pin.pinned) unpinnedCopies++;
      pins.push(pin);
    }
  }
  const last = stages.at(-1);
  if (last === undefined) throw new Error("it has no FROM");
  const bases = stages.map(({ facts }) => facts).filter(({ fromStage, base }) => !fromStage && base !== "scratch");
  pins.push(...bases.map(({ line, base }) => pinOf(path, line, base, base)));
  const { user } = last.outcome;
  return {
    dockerfile: {
      path,
      stages: stages.map(({ facts }) => facts),
      ...(user === undefined ? {} : { user }),
      root: isRoot(user, last.outcome.variables),
      healthcheck: last.outcome.healthcheck,
      secrets: instructions.flatMap(secretsOf),
      remoteAdds: instructions.filter(isRemoteAdd).length,
      latest: bases.filter(({ base }) => isLatest(base)).length,
      unpinnedPackages: instructions.reduce((sum, one) => sum + unpinnedPackagesOf(one), 0),
      unpinnedCopies,
    },
    pins: pins.toSorted((a, b) => a.line - b.line),
  };
}

function pinOf(path: string, line: number, reference: string, image: string): Pin {
  return { path, line, type: "image", reference, pinned: isPinned(image), name: imageOf(image).name };
}

function isPinned(image: string): boolean {
  const { name, digest } = imageOf(image);
  return digest !== undefined && !name.includes("$");
}

function isLatest(image: string): boolean {
  const { name, tag, digest } = imageOf(image);
  return digest === undefined && !name.includes("$") && (tag === undefined || tag === "latest");
}

function isStage(name: string, stages: readonly Stage[]): boolean {
  return stages.some(({ facts }) => facts.name?.toLowerCase() === name.toLowerCase());
}

function readStage(
  from: Instruction,
  own: readonly Instruction[],
  before: readonly Stage[],
  global: ReadonlyMap<string, string>,
): Stage {
  const words = from.words;
  const base = expanded(words[0] ?? "", (name) => global.get(name));
  const name = words[1]?.toLowerCase() === "as" ? words[2] : undefined;
  // Of two stages with one name the later one is meant.
  const parent = before.findLast(({ facts }) => facts.name?.toLowerCase() === base.toLowerCase());
  const inherited = parent?.outcome ?? NO_OUTCOME;
  const facts = {
    ...(name === undefined ? {} : { name }),
    line: from.line,
    base,
    fromStage: parent !== undefined,
    pinned: parent !== undefined || base === "scratch" || isPinned(base),
  };
  // Triggers of the parent run before anything of the stage itself.
  return { facts, outcome: outcomeOf([...inherited.triggers, ...own], inherited, global) };
}

function outcomeOf(instructions: readonly Instruction[], from: Outcome, global: ReadonlyMap<string, string>): Outcome {
  let { user, healthcheck } = from;
  const triggers: Instruction[] = [];
  const variables = new Map(from.variables);
  for (const instruction of instructions) {
    const { keyword } = instruction;
    if (keyword === "USER") user = instruction.words[0] ?? user;
    else if (keyword === "HEALTHCHECK") healthcheck = instruction.words.at(0)?.toUpperCase() !== "NONE";
    else if (keyword === "ARG") setArguments(instruction, variables, global);
    else if (keyword === "ENV") for (const [name, value] of instruction.properties) variables.set(name, value ?? "");
    else if (keyword === "ONBUILD" && instruction.trigger !== undefined) triggers.push(instruction.trigger);
  }
  return { ...(user === undefined ? {} : { user }), healthcheck, triggers, variables };
}

/** An argument of a stage without a default has that of the argument before the first stage. */
function setArguments(
  { properties }: Instruction,
  into: Map<string, string>,
  global: ReadonlyMap<string, string>,
): void {
  for (const [name, value] of properties) {
    const known =
      value === undefined ? global.get(name) : expanded(value, (other) => into.get(other) ?? global.get(other));
    if (known !== undefined) into.set(name, known);
  }
}

/** Nobody set a user, it is the superuser, or a variable says who it is: the image runs as root for all that is known. */
function isRoot(user: string | undefined, variables: ReadonlyMap<string, string>): boolean {
  if (user === undefined) return true;
  const name = expanded(user, (variable) => variables.get(variable)).split(":", 1)[0] ?? "";
  if (name === "" || name.includes("$")) return true;
  return /^(?:root|0+|containeradministrator)$/i.test(name);
}

function secretsOf(instruction: Instruction): readonly DockerfileSecret[] {
  const { keyword, line, trigger, properties } = instruction;
  if (trigger !== undefined) return secretsOf(trigger);
  const named = (names: readonly string[]): readonly DockerfileSecret[] =>
    names.map((name) => ({ line, name, instruction: keyword }));
  if (keyword === "ENV") {
    return named(properties.filter(([name, value]) => isSecretName(name) && value !== "").map(([name]) => name));
  }
  if (keyword === "ARG") return named(properties.map(([name]) => name).filter(isSecretName));
  if (keyword !== "COPY" && keyword !== "ADD") return [];
  // What comes from a stage was put there by an instruction of its own.
  if (instruction.flags.has("from")) return [];
  return named(instruction.words.slice(0, -1).filter(isSecretFile));
}

/** `ADD` from the network of which nothing says what it has to be. */
function isRemoteAdd({ keyword, flags, trigger, words }: Instruction): boolean {
  if (trigger !== undefined) return isRemoteAdd(trigger);
  if (keyword !== "ADD" || flags.has("checksum")) return false;
  return words
    .slice(0, -1)
    .some((source) => /^(?:https?:\/\/|git@|git:\/\/|ssh:\/\/)/i.test(source) && !/#[0-9a-f]{40}(?::|$)/.test(source));
}

function unpinnedPackagesOf(instruction: Instruction): number {
  if (instruction.trigger !== undefined) return unpinnedPackagesOf(instruction.trigger);
  return unpinnedPackagesIn(instruction.shell);
}

/** Images that files are taken from. */
function sourcesOf({ keyword, flags, trigger }: Instruction): readonly string[] {
  if (trigger !== undefined) return sourcesOf(trigger);
  if (keyword === "COPY" || keyword === "ADD") return flags.get("from") ?? [];
  if (keyword !== "RUN") return [];
  return (flags.get("mount") ?? []).flatMap((mount) => /(?:^|,)from=([^,]+)/.exec(mount)?.[1] ?? []);
}
