import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openCheckout } from "../../src/collect/checkout.ts";
import { collectDockerfiles, type DockerfileInventory } from "../../src/collect/dockerfile/collect.ts";
import { collectRepository, type RepositoryInventory } from "../../src/collect/repository/collect.ts";
import { temporaryFolder } from "../support.ts";

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A git checkout of these files, with one commit. */
export function checkoutOf(files: Files): string {
  const root = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  git(root, "init", "-q", "-b", "main");
  commit(root);
  return root;
}

export function commit(root: string): void {
  git(root, "add", "-A", "-f");
  git(root, "-c", "user.name=Zoë", "-c", "user.email=zoe@example.com", "commit", "-q", "--allow-empty", "-m", "x");
}

export function git(root: string, ...args: readonly string[]): string {
  const env = { PATH: process.env["PATH"], HOME: root, GIT_CONFIG_NOSYSTEM: "1" };
  return execFileSync("git", args, { cwd: root, env, encoding: "utf8" }).trim();
}

const VARIABLES = { PATH: process.env["PATH"] };

export async function inventoryAt(
  root: string,
  paths: readonly string[] = [],
  isGit = true,
): Promise<RepositoryInventory> {
  return collectRepository(await openCheckout(root, paths, isGit, VARIABLES));
}

/** The inventory of a checkout of these files. */
export async function inventoryOf(files: Files, ...paths: readonly string[]): Promise<RepositoryInventory> {
  return inventoryAt(checkoutOf(files), paths);
}

/** What the Dockerfiles among these files say. */
export async function dockerfilesOf(files: Files, ...paths: readonly string[]): Promise<DockerfileInventory> {
  return collectDockerfiles(await openCheckout(checkoutOf(files), paths, true, VARIABLES));
}
