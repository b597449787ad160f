/**
 * Runs OPA's own compliance cases in the runtime of the gates and prints what came of them: `npm run test:conformance`.
 *
 * The cases that come out otherwise are listed, with the reason, in docs/conformance.md; the run fails when one is missing
 * there, and when one is listed that passes.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { stderr, stdout } from "node:process";
import { locateInstallation } from "../../src/installation.ts";
import { openToolchain } from "../../src/policy/load.ts";
import { type Outcome, readCases, runCase } from "./cases.ts";

const ROOT = join(import.meta.dirname, "../..");
const installation = locateInstallation(join(ROOT, "src"));
const cases = readCases(ROOT);
/** Several cases may have one note. */
const outcomes: (Outcome & { readonly note: string })[] = [];

async function work(queue: Iterator<(typeof cases)[number]>): Promise<void> {
  const toolchain = await openToolchain({ installation, variables: {}, cacheFolder: undefined });
  try {
    const opa = await toolchain.capabilities();
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      outcomes.push({ note: next.value.note, ...(await runCase(next.value, toolchain, opa)) });
    }
  } finally {
    await toolchain.close();
  }
}

const queue = cases.values();
await Promise.all(Array.from({ length: Math.min(availableParallelism(), 8) }, () => work(queue)));

const listed = new Set(
  [...readFileSync(join(ROOT, "docs/conformance.md"), "utf8").matchAll(/^\| `([^`]+)` \|/gm)].map(([, note]) => note),
);
const of = (verdict: Outcome["verdict"]): typeof outcomes => outcomes.filter((outcome) => outcome.verdict === verdict);
const failed = of("failed");
const unexplained = failed.filter(({ note }) => !listed.has(note));
const outdated = [...listed].filter((listing) => !failed.some(({ note }) => note === listing));
const comparable = of("passed").length + failed.length;
const percent = ((100 * of("passed").length) / comparable).toFixed(2);

for (const { note, why } of unexplained) stderr.write(`not as OPA, and not in docs/conformance.md: ${note}: ${why}\n`);
for (const note of outdated) stderr.write(`in docs/conformance.md, but as OPA: ${note}\n`);
stdout.write(
  `${cases.length} cases of OPA: ${of("passed").length} of ${comparable} comparable ones come out as in OPA (${percent} %), ` +
    `${failed.length} do not; ${of("strict").length} need OPA's strict mode, ${of("refused").length} a built-in that gates refuse.\n`,
);
process.exitCode = unexplained.length + outdated.length > 0 || cases.length < 2000 ? 1 : 0;
