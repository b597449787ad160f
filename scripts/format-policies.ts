/** Formats the Rego of this repository in place, with OPA's own formatter. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { locateInstallation } from "../src/installation.ts";
import { openToolchain } from "../src/policy/load.ts";

const folder = join(import.meta.dirname, "../policies");
const modules = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".rego"))
  .map((path) => ({ path: join(folder, path), source: readFileSync(join(folder, path), "utf8") }));
const installation = locateInstallation(join(import.meta.dirname, "../src"));
const toolchain = await openToolchain({ installation, variables: process.env, cacheFolder: undefined });
for (const { path, formatted, changed } of await toolchain.format(modules)) {
  if (changed) writeFileSync(path, formatted);
}
await toolchain.close();
