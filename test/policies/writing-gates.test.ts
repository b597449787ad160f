import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseExamples } from "../../src/policy/examples.ts";
import { defaultParameters } from "../../src/policy/gate.ts";
import { EXAMPLE_CONTEXT } from "../../src/policy/input.ts";
import { session } from "../policy/compile.ts";
import { ROOT } from "../support.ts";

it("shows a gate in docs/writing-gates.md that works as it stands", async () => {
  const page = readFileSync(join(ROOT, "docs/writing-gates.md"), "utf8");
  const block = (language: string): string =>
    new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? "";
  const files = { "few_skipped.rego": block("rego"), "examples.yaml": block("yaml") };
  const opened = await session(files);
  const { gate: id, examples } = parseExamples({ path: "examples.yaml", text: files["examples.yaml"] });
  const gate = opened.gate(id);
  await expect(opened.proveCanary(gate)).resolves.toBeUndefined();
  for (const { evidence, expect: expected } of examples) {
    const evaluation = await opened.evaluate(gate, evidence, defaultParameters(gate), EXAMPLE_CONTEXT, 0);
    expect(evaluation).toMatchObject({ statement: { violations: expected.violations?.map((msg) => ({ msg })) } });
  }
});
