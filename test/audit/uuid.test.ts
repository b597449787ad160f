import * as fc from "fast-check";
import { expect, test } from "vitest";
import { UUID_PATTERN, uuidV7 } from "../../src/audit/uuid.ts";

test("the example of RFC 9562 appendix A.6", () => {
  const random = Buffer.from("0cc318c4dc0c0c07398f", "hex");
  expect(uuidV7(new Date("2022-02-22T19:22:22.000Z"), random)).toBe("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
});

test("any time and any random bytes give a version 7 UUID of the RFC's variant", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      fc.uint8Array({ minLength: 10, maxLength: 10 }),
      (time, random) => {
        const id = uuidV7(new Date(time), random);
        expect(id).toMatch(UUID_PATTERN);
        expect(id).toMatch(/^.{14}7.{4}[89ab]/);
        expect(Number.parseInt(id.replace("-", "").slice(0, 12), 16)).toBe(time);
      },
    ),
  );
});

test("a later millisecond sorts later, whatever the random bytes", () => {
  expect(uuidV7(new Date(1000), new Uint8Array(10).fill(255)) < uuidV7(new Date(1001), new Uint8Array(10))).toBe(true);
});

test.each([
  ["too few random bytes", new Date(0), 9],
  ["too many random bytes", new Date(0), 11],
  ["a time before 1970", new Date(-1), 10],
  ["no time", new Date(Number.NaN), 10],
])("%s are refused", (_, time, length) => {
  expect(() => uuidV7(time, new Uint8Array(length))).toThrow(RangeError);
});
