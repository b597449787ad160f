import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Environment } from "../../src/decision/environment.ts";
import { parse, problems, resolve } from "./support.ts";

const DAY_MS = 86_400_000;

/** A gate.yaml of some environments, each line below `environments:`. */
function environments(text: string): string {
  return `version: 1\nenvironments:\n${text}`;
}

function only(text: string, name: string, component?: string): Environment {
  const environment = resolve(text, component)[name];
  if (environment === undefined) throw new Error(`there is no ${name}`);
  return environment;
}

const FAMILY = environments(`  development:
    mandatory: [tests, unit-coverage]
    advisory: [sast]
    parameters:
      unit-coverage: {lines: 60, branches: 50}
      sast: {findings: 5}
    waivers: {lifetime: 20d, quorum: 1}
    freshness: {default: 3d, tests: 1h}
    targets: {sast: 5m, tests: 90s}
  staging:
    extends: development
    mandatory: [sast]
    parameters:
      unit-coverage: {lines: 70}
    waivers: {lifetime: 14d}
    freshness: {tests: 30m}
  production:
    extends: staging
    disabled: [tests]
    parameters:
      unit-coverage:
        branches: 65
    integrity: sealed
    freshness: {default: none}
`);

function coverage(name: string): Environment["gates"][number]["parameters"] | undefined {
  return only(FAMILY, name).gates.find(({ gate }) => gate === "unit-coverage")?.parameters;
}

describe("an environment takes from the one that it extends", () => {
  it("gates, which add up, move, and can be turned off", () => {
    const list = (name: string): readonly string[] =>
      only(FAMILY, name).gates.map(({ gate, enforcement, source }) => `${gate} ${enforcement} ${source}`);
    expect(list("staging")).toEqual([
      "tests mandatory gate.yaml:4 (development)",
      "unit-coverage mandatory gate.yaml:4 (development)",
      "sast mandatory gate.yaml:14",
    ]);
    expect(list("production")).toEqual([
      "unit-coverage mandatory gate.yaml:4 (development)",
      "sast mandatory gate.yaml:14 (staging)",
    ]);
    expect(only(FAMILY, "production").disabled).toEqual([{ gate: "tests", source: "gate.yaml:21" }]);
  });

  it("parameters one by one, each with the place that said it", () => {
    expect(coverage("staging")).toEqual({
      lines: { value: 70, source: "gate.yaml:16" },
      branches: { value: 50, source: "gate.yaml:7 (development)" },
    });
    expect(coverage("production")).toEqual({
      lines: { value: 70, source: "gate.yaml:16 (staging)" },
      branches: { value: 65, source: "gate.yaml:24" },
    });
  });

  it("settings one by one, and defaults from nobody", () => {
    const production = only(FAMILY, "production");
    expect(production).toMatchObject({
      integrity: "sealed",
      audit: "required",
      waivers: { lifetimeMs: 14 * DAY_MS, quorum: 1 },
      freshness: { kinds: { tests: 1_800_000 } },
      targets: { sast: 300_000 },
    });
    expect(production.freshness).not.toHaveProperty("default");
    expect(production.targets).not.toHaveProperty("tests");
    expect(production.sources).toMatchObject({
      integrity: "gate.yaml:25",
      audit: "default",
      "waivers.lifetime": "gate.yaml:17 (staging)",
      "waivers.quorum": "gate.yaml:9 (development)",
      "freshness.default": "gate.yaml:26",
      "freshness.tests": "gate.yaml:18 (staging)",
      "targets.sast": "gate.yaml:11 (development)",
      "bypass.permitted": "default",
    });
  });

  it("a gate that was turned off above, once it is named again", () => {
    const text = `${FAMILY}  canary:\n    extends: production\n    advisory: [tests]\n`;
    expect(only(text, "canary").gates).toContainEqual(
      expect.objectContaining({ gate: "tests", enforcement: "advisory" }),
    );
    expect(only(text, "canary").disabled).toEqual([]);
  });
});

it("reads every setting", () => {
  const text = environments(`  production:
    mandatory: [tests]
    advisoryFailure: warning
    binding: run
    baseline: use
    freshness: {default: 7d, findings: 24h}
    waivers: {quorum: 3, roles: [security], lifetime: 30d, warn: 2d}
    approvals: {quorum: 2, roles: [lead], lifetime: 1d, from: [review, deployment]}
    bypass: {permitted: true, quorum: 2, roles: [oncall], lifetime: 4h, review: 72h}
`);
  expect(only(text, "production")).toMatchObject({
    onAdvisory: "warning",
    binding: "run",
    baseline: "use",
    freshness: { default: 7 * DAY_MS, kinds: { findings: DAY_MS } },
    waivers: { quorum: 3, roles: ["security"], lifetimeMs: 30 * DAY_MS, warnMs: 2 * DAY_MS },
    approvals: { quorum: 2, roles: ["lead"], lifetimeMs: DAY_MS, from: ["review", "deployment"] },
    bypass: { permitted: true, quorum: 2, roles: ["oncall"], lifetimeMs: 4 * 3_600_000, reviewMs: 3 * DAY_MS },
  });
});

describe("an environment is refused for", () => {
  it.each([
    [
      "a parent that does not exist",
      "  staging:\n    extends: developmnt\n  development: {mandatory: [tests]}",
      'gate.yaml:4: there is no environment "developmnt" Did you mean "development"?',
    ],
    ["extending itself", "  a:\n    mandatory: [tests]\n    extends: a", "gate.yaml:5: a extends itself: a -> a"],
    [
      "a circle",
      "  a:\n    extends: b\n  b:\n    extends: c\n  c:\n    extends: a",
      "gate.yaml:8: c extends itself: c -> a -> b -> c",
    ],
    [
      "a gate that is mandatory and advisory",
      "  a:\n    mandatory: [tests]\n    advisory: [tests]",
      'gate.yaml:5: the gate "tests" is both mandatory and advisory in a',
    ],
    [
      "turning off what it does not inherit",
      "  a:\n    mandatory: [tests]\n    disabled: [sast]",
      'gate.yaml:5: a turns the gate "sast" off, which it does not inherit Only an inherited gate can be.',
    ],
    [
      "turning off a slip of an inherited gate",
      "  a: {mandatory: [tests]}\n  b:\n    extends: a\n    disabled: [test]",
      'gate.yaml:6: b turns the gate "test" off, which it does not inherit Did you mean "tests"?',
    ],
    [
      "naming a gate and turning it off",
      "  a: {mandatory: [tests]}\n  b:\n    extends: a\n    mandatory: [tests]\n    disabled: [tests]",
      'gate.yaml:7: b names the gate "tests" and turns it off',
    ],
    [
      "turning everything off",
      "  a: {mandatory: [tests]}\n  b: {extends: a, disabled: [tests]}",
      "gate.yaml:4: the environment b has no gates, so it would allow everything",
    ],
    [
      "a parameter of a gate that it turns off",
      "  a: {mandatory: [tests, sast]}\n  b:\n    extends: a\n    disabled: [sast]\n    parameters: {sast: {findings: 1}}",
      'gate.yaml:7: b has parameters for "sast", which is neither mandatory nor advisory there',
    ],
    [
      "a target of a gate that it does not have",
      "  a:\n    mandatory: [tests]\n    targets: {sast: 5m}",
      'gate.yaml:5: a has a target for "sast", which is neither mandatory nor advisory there',
    ],
    [
      "a target of no gate",
      "  a:\n    mandatory: [tests]\n    targets: {sats: 5m}",
      'gate.yaml:5: there is no gate "sats" Did you mean "sast"?',
    ],
    [
      "a waiver that lasts too long",
      "  a:\n    mandatory: [tests]\n    waivers:\n      lifetime: 31d",
      'gate.yaml:6: "environments.a.waivers.lifetime" is at most 30d, not 31d',
    ],
    [
      "a bypass that lasts too long",
      "  a:\n    mandatory: [tests]\n    bypass: {lifetime: 5h}",
      'gate.yaml:5: "environments.a.bypass.lifetime" is at most 4h, not 5h',
    ],
    [
      "a review that is due too late",
      "  a:\n    mandatory: [tests]\n    bypass: {review: 73h}",
      'gate.yaml:5: "environments.a.bypass.review" is at most 3d, not 73h',
    ],
    [
      "a bypass without a quorum",
      "  staging:\n    mandatory: [tests]\n    bypass:\n      permitted: true",
      "gate.yaml:6: staging permits a bypass and does not say how many people it takes Write `quorum` below `bypass`.",
    ],
    [
      "an inherited bypass without a quorum",
      "  development:\n    mandatory: [tests]\n    bypass: {permitted: true}\n  staging: {extends: development}",
      "gate.yaml:5: staging permits a bypass and does not say how many people it takes",
    ],
    [
      "a duration in other words",
      "  a:\n    mandatory: [tests]\n    freshness: {default: 7 days}",
      '"environments.a.freshness.default" must be a duration such as 90s, 5m, 4h or 7d, or none, not "7 days"',
    ],
    [
      "a number without a unit",
      "  a:\n    mandatory: [tests]\n    waivers: {lifetime: 30}",
      '"environments.a.waivers.lifetime" must be a duration such as 90s, 5m, 4h or 7d, not 30',
    ],
    ["no time at all", "  a:\n    mandatory: [tests]\n    waivers: {lifetime: 0d}", "must be a duration"],
    [
      "a kind of evidence that does not exist",
      "  a:\n    mandatory: [tests]\n    freshness: {finding: 1d}",
      'gate.yaml:5: unknown key "finding" in "environments.a.freshness" Did you mean "findings"?',
    ],
    [
      "a quorum of nobody",
      "  a:\n    mandatory: [tests]\n    approvals: {quorum: 0}",
      '"environments.a.approvals.quorum" must be >= 1',
    ],
    [
      "approvals from nowhere",
      "  a:\n    mandatory: [tests]\n    approvals: {from: []}",
      '"environments.a.approvals.from" must NOT have fewer than 1 items',
    ],
    [
      "approvals from elsewhere",
      "  a:\n    mandatory: [tests]\n    approvals: {from: [reviews]}",
      'Did you mean "review"?',
    ],
    [
      "an unknown key of a group",
      "  a:\n    mandatory: [tests]\n    bypass: {permited: true}",
      'gate.yaml:5: unknown key "permited" in "environments.a.bypass" Did you mean "permitted"?',
    ],
    [
      "a profile of an unknown level",
      "  a:\n    mandatory: [tests]\n    risk: {gate: tests, profiles: {hihg: {}}}",
      'unknown key "hihg" in "environments.a.risk.profiles" Did you mean "high"?',
    ],
    [
      "profiles without a gate",
      "  a:\n    mandatory: [tests]\n    risk:\n      profiles: {high: {mandatory: [sast]}}",
      "gate.yaml:6: a does not say which gate tells the risk",
    ],
    [
      "a gate of risk that it does not have",
      "  a:\n    mandatory: [tests]\n    risk: {gate: risk}",
      'gate.yaml:5: a takes the level of risk from "risk", which is neither mandatory nor advisory there',
    ],
    [
      "a profile with a gate that does not exist",
      "  a:\n    mandatory: [risk]\n    risk: {gate: risk, profiles: {high: {mandatory: [sats]}}}",
      'gate.yaml:5: there is no gate "sats" Did you mean "sast"?',
    ],
    [
      "a profile that relaxes a gate",
      "  a:\n    mandatory: [risk, tests]\n    risk: {gate: risk, profiles: {low: {advisory: [tests]}}}",
      "gate.yaml:5: the gate tests is looser: advisory (gate.yaml:5) in the profile low, mandatory (gate.yaml:4) in a",
    ],
    [
      "a profile that relaxes a parameter",
      "  a:\n    mandatory: [risk, unit-coverage]\n    risk: {gate: risk, profiles: {low: {parameters: {unit-coverage: {lines: 79}}}}}",
      "gate.yaml:5: unit-coverage.lines is looser: 79 (gate.yaml:5) in the profile low, 80 (gate) in a",
    ],
    [
      "a profile that takes fewer people",
      "  a:\n    mandatory: [risk]\n    approvals: {quorum: 2}\n    risk: {gate: risk, profiles: {high: {approvals: {quorum: 1}}}}",
      "gate.yaml:6: approvals.quorum is looser: 1 (gate.yaml:6) in the profile high, 2 (gate.yaml:5) in the profile medium",
    ],
    [
      "a level that is looser than the one below",
      "  a:\n    mandatory: [risk]\n    risk:\n      gate: risk\n      profiles:\n        medium: {mandatory: [sast]}\n        high: {mandatory: [tests]}",
      "gate.yaml:8: the gate sast is looser: absent in the profile high, mandatory (gate.yaml:8) in the profile medium",
    ],
    [
      "a profile that cannot be shown to be stricter",
      "  a:\n    mandatory: [risk, sast]\n    risk: {gate: risk, profiles: {high: {parameters: {sast: {label: x}}}}}",
      "gate.yaml:5: sast.label cannot be compared: x (gate.yaml:5) in the profile high",
    ],
  ])("%s", (_, text, message) => {
    expect(problems(environments(text))).toContain(message);
  });
});

describe("the whole file is refused for", () => {
  const TAIL = "environments:\n  staging: {mandatory: [tests]}\n";
  it.each([
    [
      "a stage of a gate that does not exist",
      `version: 1\nstages:\n  build: {gates: [test], target: 5m}\n${TAIL}`,
      'gate.yaml:3: there is no gate "test" Did you mean "tests"?',
    ],
    [
      "a stage without a target",
      `version: 1\nstages: {build: {gates: [tests]}}\n${TAIL}`,
      '"target" is missing in "stages.build"',
    ],
    [
      "a stage of another name",
      `version: 1\nstages: {Build: {gates: [tests], target: 5m}}\n${TAIL}`,
      '"Build" is not a valid name',
    ],
    [
      "an order of environments that do not exist",
      `version: 1\norder: [stagin, staging]\n${TAIL}`,
      'gate.yaml:2: there is no environment "stagin" Did you mean "staging"?',
    ],
    [
      "a component without paths",
      `version: 1\ncomponents: {api: {}}\n${TAIL}`,
      '"paths" is missing in "components.api"',
    ],
    [
      "a component's environment that does not exist",
      `version: 1\ncomponents:\n  api: {paths: ["api/**"], environments: {stagng: {}}}\n${TAIL}`,
      'gate.yaml:3: there is no environment "stagng" Did you mean "staging"?',
    ],
    [
      "a component's environment that extends another",
      `version: 1\ncomponents:\n  api: {paths: ["api/**"], environments: {staging: {extends: staging}}}\n${TAIL}`,
      "gate.yaml:3: what a component says of staging extends staging already Leave it out.",
    ],
    [
      "a component's gate that does not exist",
      `version: 1\ncomponents:\n  api: {paths: ["api/**"], environments: {staging: {mandatory: [sats]}}}\n${TAIL}`,
      'gate.yaml:3: there is no gate "sats"',
    ],
    [
      "a component's waivers that last too long",
      `version: 1\ncomponents:\n  api: {paths: ["api/**"], environments: {staging: {waivers: {lifetime: 99d}}}}\n${TAIL}`,
      'gate.yaml:3: "components.api.environments.staging.waivers.lifetime" is at most 30d, not 99d',
    ],
    ["an unknown key of trust", `version: 1\ntrust: {persons: x}\n${TAIL}`, 'unknown key "persons" in "trust"'],
    [
      "evidence that nobody may sign",
      `version: 1\nevidence: [{path: a, signers: []}]\n${TAIL}`,
      '"evidence.0.signers" must NOT have fewer than 1 items',
    ],
  ])("%s", (_, text, message) => {
    expect(problems(text)).toContain(message);
  });
});

describe("a level of risk", () => {
  const text = environments(`  production:
    mandatory: [risk, unit-coverage]
    approvals: {quorum: 1, from: [signature, review]}
    risk:
      gate: risk
      profiles:
        medium:
          advisory: [sast]
          parameters: {unit-coverage: {lines: 90}}
        high:
          mandatory: [sast]
          parameters: {unit-coverage: {lines: 95}}
          approvals: {quorum: 2, from: [signature]}
`);

  it("comes with the whole list of its gates", () => {
    const { risk, gates, sources } = only(text, "production");
    const at = (level: "low" | "medium" | "high") =>
      risk?.profiles[level].gates.map(
        ({ gate, enforcement, parameters }) => `${gate} ${enforcement} ${JSON.stringify(parameters["lines"]?.value)}`,
      );
    expect(risk?.profiles.low).toEqual({ gates, approvals: expect.objectContaining({ quorum: 1 }) });
    expect(at("medium")).toEqual(["risk mandatory undefined", "unit-coverage mandatory 90", "sast advisory undefined"]);
    expect(at("high")).toEqual(["risk mandatory undefined", "unit-coverage mandatory 95", "sast mandatory undefined"]);
    expect(risk?.profiles.high.approvals).toMatchObject({ quorum: 2, from: ["signature"], lifetimeMs: 7 * DAY_MS });
    expect(sources["risk.profiles.high.approvals.quorum"]).toBe("gate.yaml:15");
  });

  it("is as the one below it where nothing is said of it", () => {
    const { risk } = only(text.replace(/ {8}high:[^]*$/, ""), "production");
    expect(risk?.profiles.high).toEqual(risk?.profiles.medium);
  });

  it("is inherited, profile by profile", () => {
    const child = `${text}  canary:\n    extends: production\n    risk: {profiles: {high: {approvals: {quorum: 3}}}}\n`;
    const { risk } = only(child, "canary");
    expect(risk).toMatchObject({ gate: "risk", profiles: { high: { approvals: { quorum: 3, from: ["signature"] } } } });
    expect(risk?.profiles.high.gates).toContainEqual(
      expect.objectContaining({ gate: "sast", enforcement: "mandatory" }),
    );
  });
});

describe("a component", () => {
  const text = `version: 1
evidence: [{path: all.sarif}]
components:
  api:
    paths: [services/api/**]
    evidence: [{path: api.sarif, kind: sast, signers: [ci]}]
    environments:
      production:
        advisory: [sast]
        parameters: {unit-coverage: {lines: 90}}
${environments(`  staging: {mandatory: [tests]}
  production: {mandatory: [unit-coverage], binding: run}
`).replace("version: 1\n", "")}`;

  it("lays what it says over the environment of that name", () => {
    const { gates, binding, sources } = only(text, "production", "api");
    expect(gates).toMatchObject([
      {
        gate: "unit-coverage",
        source: "gate.yaml:13 (production)",
        parameters: { lines: { value: 90, source: "gate.yaml:10" } },
      },
      { gate: "sast", enforcement: "advisory", source: "gate.yaml:9" },
    ]);
    expect({ binding, source: sources["binding"] }).toEqual({ binding: "run", source: "gate.yaml:13 (production)" });
  });

  it("has every other environment as it is", () => {
    expect(only(text, "staging", "api")).toEqual(only(text, "staging"));
    expect(only(text, "production").gates).toHaveLength(1);
  });

  it("has its own files and evidence", () => {
    expect(parse(text).components["api"]).toMatchObject({
      paths: [{ value: "services/api/**", source: "gate.yaml:5" }],
      evidence: [{ path: "api.sarif", kind: "sast", signers: ["ci"], source: "gate.yaml:6" }],
    });
  });
});

it("gives each environment the stages of its gates", () => {
  const text = `version: 1
stages:
  build: {gates: [tests, unit-coverage], target: 10m}
  scan: {gates: [sast], target: 5m}
${environments("  a: {mandatory: [tests]}\n").replace("version: 1\n", "")}`;
  const { stages, sources } = only(text, "a");
  expect(stages).toEqual([{ name: "build", gates: ["tests"], targetMs: 600_000 }]);
  expect(sources["stages.build"]).toBe("gate.yaml:3");
});

it("says where waivers, the baseline, people and statements are", () => {
  const text = environments("  production: {mandatory: [tests]}\n  development: {mandatory: [tests]}\n");
  expect(parse(text)).toMatchObject({
    waivers: { path: "waivers.yaml" },
    baseline: { path: "baseline.json" },
    trust: { people: "trust.yaml", statements: ".gate/approvals" },
    order: ["development", "production"],
    sources: { "waivers.path": "default", "trust.allowedSigners": "default" },
  });
  const given = `${text}waivers: {path: w.yaml}\ntrust: {people: p.yaml, allowedSigners: keys, statements: s}\norder: [production, development]\n`;
  expect(parse(given)).toMatchObject({
    waivers: { path: "w.yaml" },
    trust: { people: "p.yaml", allowedSigners: "keys", statements: "s" },
    order: ["production", "development"],
    sources: { "waivers.path": "gate.yaml:5", "trust.allowedSigners": "gate.yaml:6", "baseline.path": "default" },
  });
});

/** For each layer of a chain the lines of coverage and the quorum of waivers, where it says them. */
const layers = fc.array(
  fc.record({
    lines: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
    quorum: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 6 },
);

it("prefers a child to its parent and a parent to a default, and names the layer that won", () => {
  fc.assert(
    fc.property(layers, (chain) => {
      let text = "version: 1\nenvironments:\n";
      const rows = chain.map(({ lines, quorum }, index) => {
        const start = text.split("\n").length;
        text += `  e${index}:\n    ${index === 0 ? "mandatory: [unit-coverage]" : `extends: e${index - 1}`}\n`;
        text += `    parameters: {unit-coverage: {${lines === undefined ? "" : `lines: ${lines}`}}}\n`;
        text += `    waivers: {${quorum === undefined ? "" : `quorum: ${quorum}`}}\n`;
        return { lines: start + 2, quorum: start + 3 };
      });
      const resolved = resolve(text);
      for (const last of chain.keys()) {
        const environment = resolved[`e${last}`];
        const winner = (key: "lines" | "quorum", fallback: number, name: string) => {
          const layer = chain.slice(0, last + 1).findLastIndex((one) => one[key] !== undefined);
          if (layer < 0) return { value: fallback, source: name };
          const from = layer === last ? "" : ` (e${layer})`;
          return { value: chain[layer]?.[key], source: `gate.yaml:${rows[layer]?.[key]}${from}` };
        };
        expect(environment?.gates[0]?.parameters["lines"]).toEqual(winner("lines", 80, "gate"));
        const quorum = { value: environment?.waivers.quorum, source: environment?.sources["waivers.quorum"] };
        expect(quorum).toEqual(winner("quorum", 1, "default"));
        expect(environment?.gates[0]?.parameters["branches"]).toEqual({ value: 75, source: "gate" });
      }
    }),
    { numRuns: 30 },
  );
});
