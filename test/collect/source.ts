import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { openParser } from "../../src/collect/source/parser.ts";
import type { SourceContext } from "../../src/collect/source/read.ts";
import type { Selection } from "../../src/collect/source/select.ts";
import { installation, temporaryFolder, writeFiles } from "../support.ts";

/** One for all tests of a file: WebAssembly takes a moment to load. */
const parser = await openParser(installation.grammars);

/** All of a checkout. */
export const EVERYTHING: Selection = { paths: [], exclude: [], include: [] };

const WHO = ["-c", "user.name=Zoe", "-c", "user.email=zoe@example.com", "-c", "commit.gpgsign=false"];

/** A checkout with one commit of some files, and links by what they lead to. */
export function checkoutOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  links: Readonly<Record<string, string>> = {},
): SourceContext {
  const root = temporaryFolder();
  const git = (...args: readonly string[]): void => {
    execFileSync("git", [...WHO, ...args], { cwd: root, stdio: "pipe" });
  };
  git("init", "-q");
  writeFiles(root, files);
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(root, name));
  git("add", "-A", "-f");
  git("commit", "-q", "--allow-empty", "-m", "all of it");
  return { root, variables: process.env, parser };
}
