import { describe, expect, it } from "vitest";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import { EXAMPLE_CONTEXT } from "../../src/policy/input.ts";
import { shardsOf } from "../../src/policy/shards.ts";
import type { InspectedModule } from "../../src/policy/toolchain/protocol.ts";
import { DENY_FAILED, gateSource, session } from "./compile.ts";

function module(name: string, references: readonly string[] = []): InspectedModule {
  return {
    path: `${name}.rego`,
    package: `data.${name}`,
    row: 1,
    rules: [],
    imports: [],
    annotations: [],
    builtins: [],
    references,
  };
}

const gates = Array.from({ length: 600 }, (_, index) => `data.gates.g${index}`);

/** The gates of the shard that a gate is in. */
function neighbours(modules: readonly InspectedModule[], gate: string): ReadonlySet<string> {
  return shardsOf(modules, gates).find((shard) => shard.gates.has(gate))?.gates ?? new Set();
}

function modulesWith(references: Readonly<Record<string, readonly string[]>>): readonly InspectedModule[] {
  return [
    ...gates.map((gate) => module(gate.slice("data.".length), references[gate])),
    module("lib.text", references["data.lib.text"]),
  ];
}

describe("a pack of policies", () => {
  it("is one part while it is small", () => {
    expect(shardsOf([module("gates.a"), module("lib.text")], ["data.gates.a"])).toEqual([
      { gates: new Set(["data.gates.a"]), modules: new Set(["gates.a.rego", "lib.text.rego"]) },
    ]);
  });

  it("is parted so that each gate is in one part, and what is no gate in all", () => {
    const shards = shardsOf(modulesWith({}), gates);
    expect(shards.map((shard) => shard.gates.size)).toEqual([250, 250, 100]);
    expect(shards.flatMap((shard) => [...shard.gates]).toSorted()).toEqual(gates.toSorted());
    for (const { modules, gates: own } of shards) {
      expect(modules.size).toBe(own.size + 1);
      expect(modules).toContain("lib.text.rego");
    }
  });

  it.each([
    ["a rule of another gate", { "data.gates.g0": ["data.gates.g599.helper"] }],
    [
      "another gate through a third",
      { "data.gates.g0": ["data.gates.g300"], "data.gates.g300": ["data.gates.g599.x.y"] },
    ],
    ["a library that does", { "data.lib.text": ["data.gates.g599.helper", "data.gates.g0"] }],
    ["any gate, by a variable", { "data.gates.g7": ["data.gates"] }],
  ])("keeps a gate beside %s that it refers to", (_, references) => {
    expect(neighbours(modulesWith(references), "data.gates.g0")).toContain("data.gates.g599");
  });
});

it("is evaluated across its parts", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 260 }, (_, index) => {
      const message = `applicable := 1\n\ndeny contains {"msg": "${index}"} if input.evidence.tests[_].summary.failed == 1`;
      return [`g${index}.rego`, gateSource(`g${index}`, index === 0 ? DENY_FAILED : message)];
    }),
  );
  const opened = await session(files);
  const failed = exampleDocument({ kind: "tests", cases: [{ status: "failed" }] }, 0);
  for (const id of ["g259", "g1", "g0", "g258", "g2"]) {
    const evaluation = await opened.evaluate(opened.gate(id), [failed], {}, EXAMPLE_CONTEXT, 0);
    const violation = id === "g0" ? { item: 0 } : { msg: id.slice(1) };
    expect(evaluation).toMatchObject({ statement: { violations: [violation] } });
  }
  expect(new Set(["g0", "g1", "g99"].map((id) => opened.gate(id).module)).size).toBe(2);
});
