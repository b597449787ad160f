import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const RESULT = { code_desc: "what was looked at", start_time: "2026-03-01T10:00:00Z" };

function control(id: string, statuses: readonly string[], more: object = {}): object {
  return { id, title: id, impact: 0.5, results: statuses.map((status) => ({ ...RESULT, status })), ...more };
}

function inspec(profiles: readonly object[], more: object = {}) {
  return readAs("assessment", textOf(profiles, more), "x.json", "assessment");
}

function textOf(profiles: readonly object[], more: object = {}): string {
  return JSON.stringify({ platform: { name: "debian" }, version: "6.8.1", profiles, ...more });
}

function profile(controls: readonly object[], more: object = {}): object {
  return { name: "p", status: "loaded", controls, ...more };
}

describe("InSpec", () => {
  it("has a control for each one, where its results are", () => {
    const document = readAs("assessment", fixture("inspec.json"), "inspec.json");
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-03-01T10:00:00.000Z",
      source: { format: "hdf", tools: [{ name: "InSpec", version: "6.8.1" }] },
      summary: { controls: 4, satisfied: 1, notSatisfied: 1, notApplicable: 1, unknown: 1 },
    });
    expect(document.body.controls.map(({ framework }) => framework)).toEqual(Array(4).fill("os-baseline"));
    expect(document.body.controls[1]).toEqual({
      id: "os-02",
      title: "Passwords are hashed – café",
      framework: "os-baseline",
      status: "not-satisfied",
      impact: 0.7,
      observations: 2,
      message: 'login.defs UMASK is expected to eq "027"',
    });
  });

  it("shows what was waived", () => {
    const document = readAs("assessment", fixture("inspec.json"), "inspec.json");
    expect(document.quality.warnings).toMatchObject([{ code: "waived", place: "/profiles/1/controls/3/waiver_data" }]);
    expect(document.body.controls[3]).toMatchObject({
      status: "unknown",
      message:
        "waived until 2026-06-01, and was not run: kernel of the provider; Skipped control due to only_if condition.",
    });
  });

  it("does not let a waiver make a failure good", () => {
    const waiver_data = { justification: "later", run: true };
    const document = inspec([profile([control("a", ["failed"], { waiver_data })])]);
    expect(document.summary.notSatisfied).toBe(1);
    expect(document.body.controls[0]?.message).toMatch(/^waived: later; /);
  });
});

describe("a control with", () => {
  it.each([
    ["passes", ["passed", "passed"], "satisfied"],
    ["a failure", ["passed", "failed", "error"], "not-satisfied"],
    ["an error", ["passed", "error"], "unknown"],
    ["something that was skipped", ["passed", "skipped"], "unknown"],
    ["a status that nobody knows", ["passed", "warned"], "unknown"],
    ["no results", [], "unknown"],
  ])("%s", (_, statuses, status) => {
    const document = inspec([profile([control("a", statuses), control("b", ["passed"])])]);
    expect(document.body.controls[0]?.status).toBe(status);
  });

  it("an impact of 0 does not apply, whatever its results", () => {
    const { summary } = inspec([profile([control("a", ["failed"], { impact: 0 })])]);
    expect(summary).toMatchObject({ controls: 1, notApplicable: 1, notSatisfied: 0 });
  });

  it("a backtrace did not pass", () => {
    const results = [{ ...RESULT, status: "passed", backtrace: ["x.rb:1"] }];
    expect(inspec([profile([control("a", [], { results })])]).summary.unknown).toBe(1);
  });

  it("what a person judged goes by that, and says so", () => {
    const attestation_data = { status: "passed", explanation: "seen" };
    const document = inspec([profile([control("a", ["skipped", "passed"], { attestation_data })])]);
    expect([document.summary.satisfied, document.quality.warnings[0]?.code]).toEqual([1, "attested"]);
    expect(inspec([profile([control("a", ["skipped"], { attestation_data })])]).summary.unknown).toBe(1);
  });

  it("a message that quotes the machine keeps none of it", () => {
    const results = [{ ...RESULT, status: "failed", message: "root:$6$secret", backtrace: ["secret"] }];
    expect(JSON.stringify(inspec([profile([control("a", [], { results, code: "secret" })])]))).not.toContain("secret");
  });
});

describe("overlays", () => {
  const depends = [{ name: "base" }];

  it("of several levels are counted once", () => {
    const copy = profile([control("a", []), control("b", [])], { depends });
    const base = profile([control("a", ["failed"]), control("b", [])]);
    const { summary } = inspec([copy, copy, base]);
    expect(summary).toEqual({ controls: 2, satisfied: 0, notSatisfied: 1, notApplicable: 0, unknown: 1 });
  });

  it("are known behind the profile that they depend on, too", () => {
    const copy = profile([control("a", [])], { depends });
    expect(inspec([profile([control("a", ["failed"])]), copy]).summary).toMatchObject({ controls: 1, notSatisfied: 1 });
  });

  it("that nothing stands below are not lost", () => {
    const copy = profile([control("a", [])], { depends });
    const other = profile([control("b", ["passed"])]);
    expect(inspec([copy, copy, other]).summary).toMatchObject({ controls: 2, satisfied: 1, unknown: 1 });
  });

  it("are not profiles that happen to use the same ids", () => {
    const [first, second] = [profile([control("1.1", ["passed"])]), profile([control("1.1", ["failed"])])];
    expect(inspec([first, second]).summary).toMatchObject({ controls: 2, satisfied: 1, notSatisfied: 1 });
    expect(inspec([first, profile([control("1.1", [])])]).summary).toMatchObject({ controls: 2, unknown: 1 });
  });
});

describe("the status", () => {
  const good = profile([control("a", ["passed"])]);

  it.each([
    ["partial where a profile failed", [good, profile([], { status: "failed", status_message: "no" })], "partial"],
    ["unknown where a profile is for another platform", [good, profile([], { status: "skipped" })], "unknown"],
    ["empty without results", [profile([control("a", [])])], "empty"],
    ["empty without controls", [profile([])], "empty"],
    ["empty without profiles", [], "empty"],
  ])("is %s", (_, profiles, status) => {
    const document = inspec(profiles);
    expect([document.status, document.statusReasons.length > 0]).toEqual([status, status !== "unknown"]);
  });

  it("names the tool that a report was converted by, and drops the report", () => {
    const more = { platform: { name: "Heimdall Tools" }, passthrough: { raw: { token: "secret" } } };
    const document = inspec([good], more);
    expect(document.source.tools).toEqual([{ name: "Heimdall Tools", version: "6.8.1" }]);
    expect(document.quality.redactions).toBe(1);
    expect(JSON.stringify(document)).not.toContain("secret");
  });

  it.each([
    ["a profile without controls", [{ name: "p" }], "malformed at /profiles/0/controls"],
    ["a control without an id", [profile([{ results: [] }])], "malformed at /profiles/0/controls/0/id"],
    ["results that are no list", [profile([{ id: "a", results: {} }])], "malformed at /profiles/0/controls/0/results"],
    ["a profile that is none", [good, null], "malformed at /profiles/1"],
  ])("is malformed with %s", (_, profiles, expected) => {
    // A profile of null is not what the type allows, and is what a file may hold.
    const text = JSON.stringify({ platform: {}, profiles });
    expect(refusalOf(text, "x.json", "assessment")).toBe(expected);
  });
});
