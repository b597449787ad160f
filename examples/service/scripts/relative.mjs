// Makes the tool outputs independent of the machine they were made on.
// Usage: node relative.mjs <project directory> <artifacts directory>
//
//  1. An absolute path below the project directory becomes a relative path
//     (ESLint's SARIF file, the coverage summary).
//  2. The host name in the JUnit file becomes "localhost".
//  3. `distribution` references, which name a download host, leave the SBOM.
//
// Nothing else changes. The script fails when a machine path is left over.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [root, dir] = process.argv.slice(2);
if (!root || !dir) {
  console.error("usage: node relative.mjs <project directory> <artifacts directory>");
  process.exit(2);
}

function withoutDistribution(key, value) {
  if (key !== "externalReferences") return value;
  return value.filter((ref) => !ref.type.startsWith("distribution"));
}

for (const name of readdirSync(dir)) {
  const file = join(dir, name);
  const before = readFileSync(file, "utf8");
  let text = before.replaceAll(`${pathToFileURL(root).href}/`, "").replaceAll(`${root}/`, "");
  if (name === "junit.xml") {
    text = text.replace(/ hostname="[^"]*"/g, ' hostname="localhost"');
  }
  if (name === "sbom.cdx.json" && /"type": "distribution/.test(text)) {
    text = JSON.stringify(JSON.parse(text, withoutDistribution), null, 2);
  }
  if (text.includes(root)) throw new Error(`${name} still names ${root}`);
  if (text !== before) {
    writeFileSync(file, text);
    console.log(`rewritten ${name}`);
  }
}
