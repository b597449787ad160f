import { expect, it } from "vitest";
import { parseStatement } from "../../src/policy/statement.ts";

const measured = { value: 70, limit: 80, better: "higher" };
const read = (stated: unknown) => parseStatement({ deny: [{ msg: "too low", measured: stated }], applicable: 1 });

it("takes the figure that a gate states", () => {
  expect(read(measured).violations).toEqual([{ msg: "too low", measured }]);
});

it.each([
  ["no figure", { ...measured, value: undefined }],
  ["a figure in words", { ...measured, value: "70" }],
  ["no limit", { value: 70, better: "higher" }],
  ["no direction", { value: 70, limit: 80 }],
  ["another direction", { ...measured, better: "more" }],
  ["something besides", { ...measured, unit: "percent" }],
  ["a bare number", 70],
])("is a defect of the gate with %s", (_, stated) => {
  expect(() => read(stated)).toThrow(/"measured"|"better"/);
});
