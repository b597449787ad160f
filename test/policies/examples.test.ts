import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runExample } from "../../src/decision/examples/execute.ts";
import { type EvaluationSession, openEvaluation } from "../../src/policy/evaluate.ts";
import { parseExamples } from "../../src/policy/examples.ts";
import { loadPolicies } from "../../src/policy/load.ts";
import { createRuntime, type PolicyRuntime } from "../../src/policy/runtime/runtime.ts";
import { readPolicySources } from "../../src/policy/sources.ts";
import { installation, TEST_CACHE } from "../support.ts";

/** Every example of the library, through the compiled policies and the runtime that a check uses. */

const sources = await readPolicySources([{ path: installation.policies, label: "policies" }]);
const examples = sources.examples.map(parseExamples);
let runtime: PolicyRuntime;
let session: EvaluationSession;

beforeAll(async () => {
  const { policyWorker: worker, toolchain } = installation;
  runtime = createRuntime({ worker, toolchain: toolchain.wasm, timeLimitMs: 10_000, memoryLimitBytes: 1 << 28 });
  const services = { installation, variables: {}, cacheFolder: TEST_CACHE };
  session = await openEvaluation(runtime, await loadPolicies({ builtin: true, folders: [] }, services));
});

afterAll(() => runtime.close());

describe.each(examples)("$gate", ({ gate, examples: cases }) => {
  it.each(cases)("$name", async (example) => {
    const { problems } = await runExample(session, gate, example);
    expect(problems).toEqual([]);
    if (example.expect.result === "fail") expect(example.expect.violations).toBeDefined();
  });

  it("is not closed by evidence that is optional: without it none of these is opened", async () => {
    const optional = session.gate(gate).evidence.flatMap((need) => (need.optional === true ? [need.kind] : []));
    for (const example of cases.filter(({ expect: { result } }) => result === "fail")) {
      const evidence = example.evidence.filter((document) => !optional.some((kind) => kind === document.kind));
      const { result } = await runExample(session, gate, { ...example, evidence });
      expect(["fail", "not-evaluated"], example.name).toContain(result.result);
    }
  });

  it("proves its canary", async () => {
    await expect(session.proveCanary(session.gate(gate))).resolves.toBeUndefined();
  });

  it("uses evidence that the schemas allow", () => {
    for (const document of cases.flatMap(({ evidence }) => evidence)) {
      const file = join(installation.schemas, `evidence-${document.kind}.v1.schema.json`);
      const validate = new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile(
        JSON.parse(readFileSync(file, "utf8")) as object,
      );
      expect(validate(document) ? [] : validate.errors).toEqual([]);
    }
  });
});

it("covers every gate", () => {
  const gates = sources.modules.filter(({ path }) => path.startsWith("policies/gates/"));
  expect(examples).toHaveLength(gates.length);
});
