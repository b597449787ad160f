import { afterAll, describe, expect, it } from "vitest";
import { valueText } from "../../src/policy/builtins/value.ts";
import { openToolchain } from "../../src/policy/load.ts";
import { createHost } from "../../src/policy/runtime/host.ts";
import { instantiatePolicy, type PolicyInstance } from "../../src/policy/runtime/instance.ts";
import { installation } from "../support.ts";
import { evaluateRule } from "./evaluating.ts";

/** The runtime of compiled policies, and the traps through which a policy could silently not fire. */

const toolchain = await openToolchain({ installation, variables: {}, cacheFolder: undefined });
afterAll(() => toolchain.close());

const ENTRYPOINT = "x/result";

async function compiled(body: string, path = "x.rego"): Promise<Uint8Array<ArrayBuffer>> {
  const modules = [{ path, source: `package x\n\n${body}\n` }];
  return (await toolchain.build({ modules, entrypoints: [ENTRYPOINT] })).wasm;
}

async function resultOf(body: string, input?: string, data?: object): Promise<string | undefined> {
  const asked = { wasm: await compiled(body), entrypoint: ENTRYPOINT };
  const value = evaluateRule({ ...asked, ...(input === undefined ? {} : { input }), ...(data && { data }) });
  return value === undefined ? undefined : valueText(value);
}

async function instance(body: string, path?: string): Promise<PolicyInstance> {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 1024 });
  return instantiatePolicy(new WebAssembly.Module(await compiled(body, path)), memory, createHost(undefined).find);
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("an input", () => {
  const DENY = 'result contains "denied" if input.bad';

  it.each(["{nope", '{"bad": true', "", "\u0000", "[tru]"])(
    "that is no JSON is an error, not undefined: %j",
    async (text) => {
      const policy = await instance(DENY);
      expect(() => policy.setInput(bytes(text))).toThrow(/./);
    },
  );

  it("may be any view of bytes", async () => {
    const policy = await instance(DENY);
    const padded = Buffer.from('xxx{"bad": true}yyy');
    for (const view of [padded.subarray(3, -3), new Uint8Array(padded.buffer, padded.byteOffset + 3, 13)]) {
      policy.setInput(view);
      expect(policy.evaluate(ENTRYPOINT, "{}", "json")).toContain("denied");
    }
  });

  it.each(["0", "false", '""', "null"])("%s is an input", async (input) => {
    expect(await resultOf(`result := input == ${input}`, input)).toBe("true");
  });

  it("that is nested too deeply is an error", async () => {
    const policy = await instance(DENY);
    expect(() => policy.setInput(bytes("[".repeat(500_000) + "]".repeat(500_000)))).toThrow(/stack/i);
  });

  it("that is absent is undefined", async () => {
    expect(await resultOf("result := input")).toBeUndefined();
  });

  it("is read once for several evaluations, and replaced by the next", async () => {
    const policy = await instance("result := sum(input.numbers) + data.more");
    const ask = (more: number): string => policy.evaluate(ENTRYPOINT, JSON.stringify({ more }), "json");
    policy.setInput(bytes('{"numbers": [1, 2, 3]}'));
    expect([ask(1), ask(2), ask(1)]).toEqual(['[{"result":7}]', '[{"result":8}]', '[{"result":7}]']);
    policy.setInput(bytes('{"numbers": [10]}'));
    expect(ask(1)).toBe('[{"result":11}]');
  });

  it("does not change from evaluation to evaluation", async () => {
    const policy = await instance(
      'result := concat(",", sort([upper(name) | some name in object.keys(object.union(input, {"z": 1}))]))',
    );
    policy.setInput(bytes('{"b": [1, {"c": "x"}], "a": "\\u00e9"}'));
    const results = Array.from({ length: 200 }, () => policy.evaluate(ENTRYPOINT, "{}", "json"));
    expect(new Set(results)).toEqual(new Set(['[{"result":"A,B,Z"}]']));
  });
});

describe("a rule", () => {
  it("that is undefined is no result", async () => {
    const policy = await instance("result := 1 if input.nowhere");
    policy.setInput(bytes("{}"));
    expect(policy.evaluate(ENTRYPOINT, "{}", "json")).toBe("[]");
  });

  it("that is not an entry point is an error", async () => {
    const policy = await instance("result := 1");
    expect(() => policy.evaluate("x/other", "{}", "json")).toThrow("no entry point x/other");
  });

  it("that conflicts with itself says where, in any alphabet", async () => {
    const policy = await instance("result := 1 if true\n\nresult := 2 if true", "päckage/日本.rego");
    expect(() => policy.evaluate(ENTRYPOINT, "{}", "json")).toThrow(/päckage\/日本\.rego:\d+:1: .*conflict/);
  });

  it("keeps numbers beyond 2^53 and sets", async () => {
    expect(await resultOf("result := {input.n + 1, {1}}", '{"n": 9007199254740993}')).toBe("{9007199254740994,{1}}");
  });
});

describe("a policy", () => {
  it("whose data is larger than the memory that a runtime starts with is loaded", async () => {
    const wasm = await compiled(`text := "${"x".repeat(2_000_000)}"\n\nresult := count(text)`);
    expect(wasm.byteLength).toBeGreaterThan(1.5e6);
    const pages = Math.ceil((2 * wasm.byteLength) / 65_536) + 32;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: 1024 });
    const policy = instantiatePolicy(new WebAssembly.Module(wasm), memory, createHost(undefined).find);
    policy.setInput(undefined);
    expect(policy.evaluate(ENTRYPOINT, "{}", "json")).toBe('[{"result":2000000}]');
  });

  it("that calls what nobody implements is refused before it runs", async () => {
    const modules = [{ path: "x.rego", source: 'package x\n\nresult := rand.intn("x", 2) if input.never\n' }];
    const { wasm } = await toolchain.build({ modules, entrypoints: [ENTRYPOINT] });
    expect(() => evaluateRule({ wasm, entrypoint: ENTRYPOINT })).toThrow("rand.intn");
  });
});

describe("a built-in of the host", () => {
  it.each([
    ["with sets", 'net.cidr_merge({"10.0.0.0/9", "10.128.0.0/9"})', '{"10.0.0.0/8"}'],
    ["of OPA", 'regex.replace("a1b22", "[0-9]+", "#")', '"a#b#"'],
    ["in YAML 1.1", 'yaml.unmarshal("on: 010")', '{"on":8}'],
    ["with a Go format", 'sprintf("%05.1f|%q|%v", [3.14159, "x", {2, 1}])', '"003.1|\\"x\\"|{1, 2}"'],
    ["at the time of the decision", "time.now_ns()", "0"],
  ])("%s has OPA's result", async (_, call, expected) => {
    expect(await resultOf(`result := ${call}`)).toBe(expected);
  });

  it("that fails is undefined, and the failure is known", async () => {
    const host = createHost(installation.toolchain.wasm);
    const memory = new WebAssembly.Memory({ initial: 64, maximum: 1024 });
    const body = "result := [x | x := time.parse_rfc3339_ns(input.time)]";
    const policy = instantiatePolicy(new WebAssembly.Module(await compiled(body)), memory, host.find);
    policy.setInput(bytes('{"time": "yesterday"}'));
    host.begin(0);
    expect(policy.evaluate(ENTRYPOINT, "{}", "json")).toBe('[{"result":[]}]');
    expect(host.failures()).toEqual([
      { name: "time.parse_rfc3339_ns", message: expect.stringContaining('parsing time "yesterday"') },
    ]);
    host.begin(0);
    expect(host.failures()).toEqual([]);
  });

  it("answers the same for a whole evaluation", async () => {
    expect(await resultOf("result := [time.now_ns() == time.now_ns(), time.clock(time.now_ns())]")).toBe(
      "[true,[0,0,0]]",
    );
  });
});
