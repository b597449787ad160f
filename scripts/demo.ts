/**
 * `npm run demo`: the bundled example through the program as a user runs it. Exits with 0 when every step ended as it
 * should.
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join, relative } from "node:path";

const root = join(import.meta.dirname, "..");
const example = join(root, "examples/service");
const report = join(example, ".gate/ssdf.html");

interface Step {
  readonly title: string;
  readonly args: readonly string[];
  /** The exit code that is right. */
  readonly exit: number;
}

const steps: readonly Step[] = [
  { title: "May this commit go to production?", args: ["check", "--env", "production"], exit: 1 },
  { title: "And to development?", args: ["check", "--env", "development"], exit: 0 },
  { title: "What was decided so far?", args: ["audit", "list"], exit: 0 },
  { title: "Is the record untouched?", args: ["audit", "verify"], exit: 0 },
  {
    title: "What does the record say about NIST SSDF?",
    args: ["report", "ssdf", "--output", `html=${report}`],
    exit: 0,
  },
];

rmSync(join(example, ".gate"), { recursive: true, force: true });
let wrong = 0;
for (const { title, args, exit } of steps) {
  const shown = args.map((arg) => arg.replace(`${example}/`, ""));
  process.stdout.write(`\n### ${title}\n$ gate ${shown.join(" ")}\n\n`);
  const { status } = spawnSync(process.execPath, [join(root, "bin/gate.js"), ...args], {
    cwd: example,
    stdio: "inherit",
  });
  process.stdout.write(`(exit ${status})\n`);
  if (status !== exit) wrong++;
}

process.stdout.write(`\nThe report: ${relative(process.cwd(), report)}\n`);
if (wrong > 0) {
  process.stdout.write(`${wrong} of ${steps.length} steps did not end as they should.\n`);
  process.exitCode = 1;
}
