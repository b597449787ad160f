import { describe, expect, it } from "vitest";
import type { GateError } from "../../src/util/errors.ts";
import { compile, DENY_FAILED, gateSource } from "./compile.ts";

async function problems(files: Readonly<Record<string, string>>): Promise<string> {
  const error = (await compile(files).then(
    () => {
      throw new Error("it was compiled");
    },
    (reason: unknown) => reason,
  )) as GateError;
  return [
    error.message,
    ...error.issues.map(({ file, row, message, hint }) => [file, row, message, hint].join(" ")),
  ].join("\n");
}

describe("a gate does not compile with", () => {
  it.each([
    ["a field that the evidence does not have", DENY_FAILED.replace("case.status", "case.stauts"), "stauts"],
    ["a field that it did not declare", DENY_FAILED.replace("case.status", "case.durationMs"), "durationMs"],
    ["a kind that it did not declare", DENY_FAILED.replaceAll("evidence.tests", "evidence.sbom"), "sbom"],
    [
      "the network",
      `${DENY_FAILED}\n\nmissing contains "x" if http.send({"method": "get", "url": "http://localhost"})`,
      "http.send",
    ],
    ["a random number", `${DENY_FAILED}\n\nmissing contains "x" if rand.intn("x", 2) == 1`, "rand.intn"],
    ["an unused variable", `${DENY_FAILED}\n\nmissing contains "x" if {\n\tnever := 1\n\ttrue\n}`, "never"],
    ["no deny rule", "applicable := 1", 'no rule "deny"'],
    ["no applicable rule", 'deny contains {"msg": "x"}', 'no rule "applicable"'],
  ])("%s", async (_, rules, message) => {
    const text = await problems({ "gate.rego": gateSource("gate", rules) });
    expect(text).toContain(message);
    expect(text).toMatch(/policies\/gate\.rego \d+/);
  });

  it("an unknown key in its metadata", async () => {
    const text = await problems({ "gate.rego": gateSource("gate", DENY_FAILED, "#   contrls: [a]\n") });
    expect(text).toContain('unknown key "contrls"');
    expect(text).toContain('Did you mean "controls"?');
  });

  it("the id of another gate", async () => {
    const other = gateSource("gate", DENY_FAILED).replace("package gates.gate", "package gates.other");
    expect(await problems({ "a.rego": gateSource("gate", DENY_FAILED), "b.rego": other })).toContain(
      '"gate" is already used',
    );
  });

  it("a field of evidence that no schema has", async () => {
    const source = gateSource("gate", DENY_FAILED).replace("[status]", "[status, colour]");
    expect(await problems({ "gate.rego": source })).toContain('no field "colour"');
  });
});

it("compiles the same sources once", async () => {
  const files = { "gate.rego": gateSource("gate", `${DENY_FAILED}\n\n# ${Math.random()}`) };
  expect((await compile(files)).compiled).toBe(true);
  expect((await compile(files)).compiled).toBe(false);
});

it("gives other sources another digest", async () => {
  const one = await compile({ "gate.rego": gateSource("gate", DENY_FAILED) });
  const two = await compile({ "gate.rego": gateSource("gate", DENY_FAILED.replace("failed", "errored")) });
  expect(one.bundle.digest).not.toBe(two.bundle.digest);
});
