import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { parseExamples } from "../../src/policy/examples.ts";
import { defaultParameters } from "../../src/policy/gate.ts";
import { EXAMPLE_CONTEXT } from "../../src/policy/input.ts";
import { openToolchain } from "../../src/policy/load.ts";
import { session } from "../policy/compile.ts";
import { installation, ROOT } from "../support.ts";

const page = readFileSync(join(ROOT, "docs/writing-gates.md"), "utf8");

/** The blocks of code in one language, in the order of the page. */
function blocks(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, code = ""]) => code);
}

it("shows a gate in docs/writing-gates.md that works as it stands", async () => {
  const files = { "few_skipped.rego": blocks("rego")[0] ?? "", "examples.yaml": blocks("yaml")[0] ?? "" };
  const opened = await session(files);
  const { gate: id, examples } = parseExamples({ path: "examples.yaml", text: files["examples.yaml"] });
  const gate = opened.gate(id);
  await expect(opened.proveCanary(gate)).resolves.toBeUndefined();
  for (const { evidence, expect: expected } of examples) {
    const evaluation = await opened.evaluate(gate, evidence, defaultParameters(gate), EXAMPLE_CONTEXT, 0);
    expect(evaluation).toMatchObject({ statement: { violations: expected.violations?.map((msg) => ({ msg })) } });
  }
});

it("shows tests in docs/writing-gates.md that pass, cover the gate and are formatted", async () => {
  const [gate = "", tests = ""] = blocks("rego");
  const modules = [
    { path: "few_skipped.rego", source: gate },
    { path: "few_skipped_test.rego", source: tests },
  ];
  const toolchain = await openToolchain({ installation, variables: process.env, cacheFolder: undefined });
  onTestFinished(() => toolchain.close());
  const { results, coverage } = await toolchain.test({ modules, coverage: true });
  expect(results.map(({ name, passed }) => [name, passed])).toEqual([
    ["test_exactly_a_tenth", true],
    ["test_more_than_a_tenth", true],
    ["test_tests_are_counted", true],
  ]);
  expect(coverage?.percent).toBe(100);
  expect((await toolchain.format(modules)).filter(({ changed }) => changed)).toEqual([]);
});
