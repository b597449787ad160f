/**
 * Writes the JSON Schemas, the TypeScript types and the shapes of the evidence model from `schemas/evidence.v1.yaml`.
 * With `--check` nothing is written, and the exit code says whether something is stale.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, readModel } from "./model/model.ts";
import { schemaOf } from "./model/schemas.ts";
import { shapesOf } from "./model/shapes.ts";
import { typesOf } from "./model/types.ts";

const model = readModel();
const files = new Map([
  ["src/evidence/types.ts", typesOf(model)],
  ["src/evidence/shapes.ts", shapesOf(model)],
]);
for (const [name, kind] of model.kinds) {
  files.set(`schemas/evidence-${name}.v1.schema.json`, JSON.stringify(schemaOf(name, kind, model)));
}

const stale = [...files].filter(([path, content]) => writeIfChanged(path, formatted(path, content)));
if (process.argv.includes("--check") && stale.length > 0) {
  process.stderr.write(`stale: ${stale.map(([path]) => path).join(", ")}; run npm run model\n`);
  process.exitCode = 1;
}

function writeIfChanged(path: string, content: string): boolean {
  const file = join(ROOT, path);
  if (existsSync(file) && readFileSync(file, "utf8") === content) return false;
  if (!process.argv.includes("--check")) writeFileSync(file, content);
  return true;
}

function formatted(path: string, content: string): string {
  const biome = join(ROOT, "node_modules", ".bin", "biome");
  const { status, stdout, stderr } = spawnSync(biome, ["format", `--stdin-file-path=${path}`], {
    input: content,
    cwd: ROOT,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${path} could not be formatted: ${stderr}`);
  return stdout;
}
