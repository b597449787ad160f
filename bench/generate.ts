import { closeSync, openSync, writeFileSync } from "node:fs";

/** When a file is long enough. */
export type SarifSize = ({ readonly results: number } | { readonly bytes: number }) & {
  /** Bytes of code flow in each result, which make up most of what scanners write; default 0. */
  readonly flowBytes?: number;
};

/** What was written, to check a tool's answer against. */
export interface GeneratedSarif {
  readonly bytes: number;
  readonly results: number;
  /** Results of level `error`; none is suppressed. */
  readonly errors: number;
}

/** A whole number from 0, below `limit`. */
type Random = (limit: number) => number;

const SEED = 20_260_101;
const FILES = 1_200;
const FLUSH_BYTES = 1 << 20;

const RULES = [
  ["sql-injection", "Text from the request reaches a SQL statement without a placeholder", "CWE-89"],
  ["command-injection", "Text from the request becomes a part of a shell command", "CWE-78"],
  ["path-traversal", "Text from the request names a file and may leave the folder of uploads", "CWE-22"],
  ["cross-site-scripting", "Text from the request is written into a page without escaping", "CWE-79"],
  ["open-redirect", "The target of the redirect is taken from the request", "CWE-601"],
  ["weak-hash", "MD5 and SHA-1 do not withstand an attacker who looks for collisions", "CWE-328"],
  ["hard-coded-credential", "A credential is written into the source", "CWE-798"],
  ["insecure-random", "Math.random can be predicted, and its value guards something here", "CWE-338"],
  ["unbounded-regex", "The expression takes exponential time on some inputs", "CWE-1333"],
  ["prototype-pollution", "A key from the request is assigned to an object without a check", "CWE-1321"],
  ["missing-await", "The promise is not awaited, so its error is lost", "CWE-755"],
  ["null-dereference", "The value may be missing where a member of it is read", "CWE-476"],
] as const;

/** The rules whose results there are. */
export const RULE_IDS: readonly string[] = RULES.map(([id]) => id);

const FOLDERS = ["src/api", "src/billing", "src/catalogue", "src/orders", "packages/core/lib", "packages/web/pages"];
const NAMES = ["account", "basket", "cursor", "export", "invoice", "ledger", "mailer", "query", "session", "voucher"];

/**
 * Writes a SARIF 2.1.0 log of one run, the same bytes each time. Its results are like those of a static analysis:
 * message, location, region with snippet, context and partial fingerprints, about 1 kB each; 5 % have the level `error`.
 * No rule has a `security-severity`, so that the level alone decides, for gate as for a policy that reads SARIF as it is.
 */
export function writeSarif(path: string, size: SarifSize): GeneratedSarif {
  const random = createRandom(SEED);
  const file = openSync(path, "w");
  let bytes = 0;
  let results = 0;
  let errors = 0;
  let pending = head();
  const flush = (): void => {
    writeFileSync(file, pending);
    // All of it is ASCII.
    bytes += pending.length;
    pending = "";
  };
  const isComplete = (): boolean =>
    "results" in size ? results >= size.results : bytes + pending.length >= size.bytes;
  try {
    while (!isComplete()) {
      const level = levelOf(random(100));
      const result = { ...resultOf(level, random), ...codeFlows(size.flowBytes ?? 0) };
      pending += `${results === 0 ? "" : ","}\n${JSON.stringify(result)}`;
      results++;
      if (level === "error") errors++;
      if (pending.length >= FLUSH_BYTES) flush();
    }
    pending += "\n]}]}\n";
    flush();
  } finally {
    closeSync(file);
  }
  return { bytes, results, errors };
}

/** Everything before the first result. */
function head(): string {
  const rules = RULES.map(([id, text, cwe]) => ({
    id,
    shortDescription: { text },
    defaultConfiguration: { level: "warning" },
    helpUri: `https://rules.example.com/${id}`,
    properties: { tags: ["security", cwe], precision: "high" },
  }));
  const driver = { name: "bench-scanner", semanticVersion: "1.0.0", rules };
  const run = { tool: { driver }, invocations: [{ executionSuccessful: true }], results: [] };
  const log = JSON.stringify({
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [run],
  });
  return log.slice(0, -"]}]}".length);
}

function resultOf(level: string, random: Random): object {
  const ruleIndex = random(RULES.length);
  const [ruleId, text] = RULES[ruleIndex] ?? RULES[0];
  const name = pick(NAMES, random);
  const startLine = 1 + random(900);
  const startColumn = 1 + random(60);
  const variable = `${name}${random(1_000)}`;
  const code = `const ${variable} = await store.run(\`select * from ${name} where id = \${request.query.id}\`, options);`;
  const around = `export async function load${variable}(request, options) {\n  ${code}\n  return present(${variable});\n}`;
  return {
    ruleId,
    ruleIndex,
    level,
    message: { text: `${text}: \`${variable}\` comes from \`request.query.id\`. Check it, or pass it as a parameter.` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: fileOf(random(FILES)), uriBaseId: "%SRCROOT%" },
          region: {
            startLine,
            startColumn,
            endLine: startLine,
            endColumn: startColumn + code.length,
            snippet: { text: code },
          },
          contextRegion: { startLine: Math.max(1, startLine - 1), endLine: startLine + 2, snippet: { text: around } },
        },
      },
    ],
    partialFingerprints: {
      primaryLocationLineHash: `${hex(random)}${hex(random)}:1`,
      primaryLocationStartColumnFingerprint: String(startColumn),
    },
    properties: { confidence: "medium" },
  };
}

/** A flow of so many bytes, in steps such as a taint analysis writes. */
function codeFlows(bytes: number): object {
  if (bytes === 0) return {};
  const step = {
    location: {
      message: { text: "The value is passed on here, unchecked, to the next call of the chain. ".repeat(12) },
    },
  };
  const steps = Array.from({ length: Math.ceil(bytes / JSON.stringify(step).length) }, () => step);
  return { codeFlows: [{ threadFlows: [{ locations: steps }] }] };
}

/** Writes a CycloneDX 1.6 document of so many components, the same bytes each time. */
export function writeSbom(path: string, components: number): void {
  const random = createRandom(SEED);
  const file = openSync(path, "w");
  let pending =
    '{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"metadata":{"component":{"type":"application",';
  pending += '"bom-ref":"shop","name":"shop","version":"1.0.0"}},"components":[';
  try {
    for (let index = 0; index < components; index++) {
      pending += `${index === 0 ? "" : ","}\n${JSON.stringify(componentOf(index, random))}`;
      if (pending.length < FLUSH_BYTES) continue;
      writeFileSync(file, pending);
      pending = "";
    }
    writeFileSync(file, `${pending}\n]}\n`);
  } finally {
    closeSync(file);
  }
}

function componentOf(index: number, random: Random): object {
  const name = `${pick(NAMES, random)}-${index}`;
  const version = `${random(9)}.${random(30)}.${random(30)}`;
  const purl = `pkg:npm/${name}@${version}`;
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    purl,
    licenses: [{ license: { id: pick(["MIT", "Apache-2.0", "ISC", "BSD-3-Clause"], random) } }],
    hashes: [{ alg: "SHA-256", content: Array.from({ length: 8 }, () => hex(random)).join("") }],
    externalReferences: [{ type: "website", url: `https://packages.example.com/${name}` }],
  };
}

function levelOf(percentile: number): string {
  if (percentile < 5) return "error";
  return percentile < 60 ? "warning" : "note";
}

function fileOf(index: number): string {
  const folder = FOLDERS[index % FOLDERS.length];
  const name = NAMES[index % NAMES.length];
  return `${folder}/${name}/${name}-${index}.ts`;
}

function pick(values: readonly string[], random: Random): string {
  return values[random(values.length)] ?? "";
}

function hex(random: Random): string {
  return random(2 ** 32)
    .toString(16)
    .padStart(8, "0");
}

/** Mulberry32 by Tommy Ettinger: a few lines, and the same numbers on every machine. */
function createRandom(seed: number): Random {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}
