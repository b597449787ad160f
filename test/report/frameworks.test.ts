import { readFileSync } from "node:fs";
import { Ajv, type AnySchema } from "ajv";
import { globSync } from "tinyglobby";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { controlsOf, parseFramework } from "../../src/report/frameworks.ts";
import { GateError } from "../../src/util/errors.ts";
import { SMALL_MAP, ssdf } from "./fixture.ts";

const SSDF_TASKS =
  "PO.1.1 PO.1.2 PO.1.3 PO.2.1 PO.2.2 PO.2.3 PO.3.1 PO.3.2 PO.3.3 PO.4.1 PO.4.2 PO.5.1 PO.5.2 PS.1.1 PS.2.1 PS.3.1 PS.3.2 " +
  "PW.1.1 PW.1.2 PW.1.3 PW.2.1 PW.4.1 PW.4.2 PW.4.4 PW.5.1 PW.6.1 PW.6.2 PW.7.1 PW.7.2 PW.8.1 PW.8.2 PW.9.1 PW.9.2 " +
  "RV.1.1 RV.1.2 RV.1.3 RV.2.1 RV.2.2 RV.3.1 RV.3.2 RV.3.3 RV.3.4";

/** What each built-in gate says of itself: its id, and the controls of this framework that it names. */
function builtinGates(): ReadonlyMap<string, readonly string[]> {
  const files = globSync("policies/gates/**/*.rego", { ignore: "**/*_test.rego", absolute: true });
  const gates = files.map((file): readonly [string, readonly string[]] => {
    const text = readFileSync(file, "utf8");
    const id = /^#\s+id: (\S+)$/m.exec(text)?.[1] ?? file;
    const controls = /^#\s+controls: \[(.*)\]$/m.exec(text)?.[1] ?? "";
    return [id, [...controls.matchAll(/ssdf:([A-Z.0-9]+)/g)].map(([, control = ""]) => control)];
  });
  return new Map(gates);
}

describe("the SSDF map", () => {
  const controls = controlsOf(ssdf()).map(({ control }) => control);

  test("has every task of SP 800-218 1.1, in its order", () => {
    expect(controls.map(({ id }) => id)).toEqual(SSDF_TASKS.split(" "));
  });

  test("satisfies the published schema", () => {
    const schema: AnySchema = JSON.parse(readFileSync("schemas/framework.v1.schema.json", "utf8"));
    const validate = new Ajv({ strict: true, strictRequired: false, strictTypes: false, allErrors: true }).compile(
      schema,
    );
    expect({
      valid: validate(parse(readFileSync("reports/frameworks/ssdf.yaml", "utf8"))),
      errors: validate.errors,
    }).toEqual({ valid: true, errors: null });
  });

  test("names only gates that exist, and plans only gates that do not", () => {
    const gates = new Set(builtinGates().keys());
    expect(controls.flatMap(({ gates: named }) => named).filter((id) => !gates.has(id))).toEqual([]);
    expect(controls.flatMap(({ planned }) => planned).filter((id) => gates.has(id))).toEqual([]);
  });

  test("maps every control that a gate names for itself", () => {
    for (const [gate, named] of builtinGates()) {
      const mapped = new Set(controls.filter(({ gates }) => gates.includes(gate)).map(({ id }) => id));
      expect({ gate, missing: named.filter((control) => !mapped.has(control)) }).toEqual({ gate, missing: [] });
    }
  });

  test("claims no task in full, because each asks for more than a gate decides", () => {
    expect(controls.filter(({ automation }) => automation === "full")).toEqual([]);
  });
});

describe("a map that is wrong", () => {
  const cases = [
    ["an unknown key", "publisher:", "publishers:", 5, "no key 'publishers'", "Did you mean 'publisher'?"],
    ["a version that is a number", 'version: "1"', "version: 1", 4, "'version' must be text", "quotes"],
    [
      "a version of the format that does not exist",
      "framework/v1",
      "framework/v9",
      1,
      "unsupported schema",
      "gate/framework/v1",
    ],
    [
      "an unknown class",
      "automation: full, claim: c, evidence: [sast], gates",
      "automation: fully, claim: c, evidence: [sast], gates",
      15,
      "cannot be 'fully'",
      "Did you mean 'full'?",
    ],
    ["a control twice", "{id: partial,", "{id: full,", 9, "'full' is listed twice", ""],
    [
      "a full control without a gate",
      "evidence: [sast], gates: [sast], residual: r}\n          - {id: partial",
      "evidence: [sast], residual: r}\n          - {id: partial",
      15,
      "cannot be 'full'",
      "",
    ],
    [
      "a manual control with a gate",
      "evidence: [training],",
      "evidence: [training], gates: [sast],",
      33,
      "no gate decides it",
      "Remove 'gates'",
    ],
    ["a partial control without any gate", "planned: [sca], residual", "residual", 32, "names no gate", ""],
    [
      "a guardrail on another gate",
      "[{gate: sast,",
      "[{gate: sas,",
      30,
      "'sas' is not one of its gates",
      "Did you mean 'sast'?",
    ],
    ["an unknown operator", "op: superset", "op: supersets", 30, "cannot be 'supersets'", "Did you mean 'superset'?"],
    ["a value that does not fit the operator", "value: [critical, high]", "value: high", 30, "must be a list", ""],
    ["a duplicate key", "notice: Made for tests.", "notice: Made for tests.\nnotice: Twice.", 8, "unique", ""],
    ["a missing key", "source: None\n", "", 1, "has no 'source'", ""],
    ["no YAML", "groups:", "groups: [", 10, "", ""],
    ["a list instead of a mapping", SMALL_MAP, "- 1\n", 1, "must be a mapping", ""],
    ["an alias", "residual: r}\n          - {id: manual", "residual: *r}\n          - {id: manual", 32, "", ""],
  ] as const;

  test.each(cases)("%s", (_, from, to, row, message, hint) => {
    expect(SMALL_MAP).toContain(from);
    const error = errorOf(() => parseFramework(SMALL_MAP.replace(from, to), "map.yaml"));
    expect(error.code).toBe("report-invalid");
    const issue = error.issues.find((candidate) => candidate.row === row && candidate.message.includes(message));
    expect(issue?.message ?? error.issues).toContain(message);
    expect(issue?.hint ?? "").toContain(hint);
    expect(error.issues.every(({ file }) => file === "map.yaml")).toBe(true);
  });

  test("all its problems are reported at once, in the order of the file", () => {
    const text = SMALL_MAP.replace("publisher:", "publishers:").replace("op: superset", "op: x");
    const rows = errorOf(() => parseFramework(text, "map.yaml")).issues.map(({ row }) => row ?? 0);
    expect(rows.length).toBeGreaterThan(2);
    expect(rows).toEqual(rows.toSorted((a, b) => a - b));
  });
});

function errorOf(run: () => unknown): GateError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof GateError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

test("docs/reports.md lists the tasks that gates bear on, and which", () => {
  const page = readFileSync("docs/reports.md", "utf8");
  const rows = controlsOf(ssdf())
    .filter(({ control }) => control.gates.length > 0)
    .map(({ control }) =>
      `| ${control.id} | ${codes(control.gates)} | ${codes(control.planned)} |`.replace("|  |", "| |"),
    );
  expect(page.split("\n").filter((line) => /^\| P[OSW]\.|^\| RV\./.test(line))).toEqual(rows);
});

function codes(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}
