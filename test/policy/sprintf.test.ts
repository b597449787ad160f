import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { goSprintf, sprintfBuiltin } from "../../src/policy/builtins/sprintf.ts";
import { fromJson, parseValue, type RegoValue } from "../../src/policy/builtins/value.ts";
import { createToolchain } from "../../src/policy/toolchain/client.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const toolchain = createToolchain({
  wasm: join(ROOT, "dist", "toolchain", "toolchain.wasm"),
  child: join(ROOT, "src", "policy", "toolchain", "child.ts"),
});
afterAll(() => toolchain.close());

interface Case {
  readonly name: string;
  readonly format: string;
  readonly args: readonly unknown[];
  readonly expected: string;
}

const CASES: readonly Case[] = [
  { name: "text alone", format: "no verbs", args: [], expected: "no verbs" },
  { name: "a percent sign", format: "100%%", args: [], expected: "100%" },
  { name: "a percent sign with a width", format: "%5%", args: [], expected: "%" },
  { name: "a string", format: "%s is %v", args: ["a", "b"], expected: "a is b" },
  { name: "an integer", format: "%d", args: [42], expected: "42" },
  { name: "negative zero is zero", format: "%d", args: [-0], expected: "0" },
  { name: "a float with %v", format: "%v", args: [1.5], expected: "1.5" },
  { name: "a float with an exponent", format: "%v", args: [1234567.5], expected: "1.2345675e+06" },
  { name: "booleans and null are text", format: "%v %v %s", args: [true, null, false], expected: "true null false" },
  { name: "%t of a boolean", format: "%t", args: [true], expected: "%!t(string=true)" },
  { name: "an array", format: "%v", args: [[1, "a", null]], expected: '[1, "a", null]' },
  { name: "empty collections", format: "%v %v", args: [[], {}], expected: "[] {}" },
  { name: "an object, keys sorted", format: "%v", args: [{ b: 1, a: [true] }], expected: '{"a": [true], "b": 1}' },
  {
    name: "keys in the order of code points",
    format: "%v",
    args: [{ "😀": 1, "\uffee": 2 }],
    expected: '{"\uffee": 2, "😀": 1}',
  },
  {
    name: "control characters in an object",
    format: "%v",
    args: [{ a: "\u0007\u001b\n" }],
    expected: '{"a": "\\a\\x1b\\n"}',
  },
  { name: "a float with %d", format: "%d", args: [1.5], expected: "%!d(float64=1.5)" },
  { name: "a string with %d", format: "%d", args: ["x"], expected: "%!d(string=x)" },
  { name: "an integer with %s", format: "%s", args: [5], expected: "%!s(int64=5)" },
  { name: "a missing argument", format: "%d %s", args: [1], expected: "1 %!s(MISSING)" },
  { name: "extra arguments", format: "%d", args: [1, 2, "x"], expected: "1%!(EXTRA int64=2, string=x)" },
  { name: "no verb", format: "50%", args: [], expected: "50%!(NOVERB)" },
  { name: "an unknown verb", format: "%z", args: [1], expected: "%!z(int64=1)" },
  { name: "a verb beyond ASCII", format: "%é", args: ["x"], expected: "%!é(string=x)" },
  { name: "indexes", format: "%[2]d %[1]d", args: [1, 2], expected: "2 1" },
  { name: "an index out of range", format: "%[5]d", args: [1], expected: "%!d(BADINDEX)" },
  { name: "an index that is no number", format: "%[x]d", args: [1], expected: "%!d(BADINDEX)" },
  { name: "an index without an end", format: "%[1d", args: [1], expected: "%!d(BADINDEX)" },
  { name: "an index hides extra arguments", format: "%[1]d", args: [1, 2], expected: "1" },
  { name: "width from an argument", format: "%*d", args: [5, 42], expected: "   42" },
  { name: "a negative width from an argument", format: "%*d|", args: [-5, 42], expected: "42   |" },
  { name: "a width that is no integer", format: "%*d", args: ["x", 42], expected: "%!(BADWIDTH)42" },
  { name: "a width that is too large", format: "%*d", args: [10000000, 42], expected: "%!(BADWIDTH)42" },
  { name: "a precision from an argument", format: "%.*f", args: [2, 1.005], expected: "1.00" },
  { name: "a negative precision from an argument", format: "%.*f", args: [-2, 1.5], expected: "%!(BADPREC)1.500000" },
  { name: "index and width", format: "%[3]*.[2]*[1]f", args: [12.5, 2, 8], expected: "   12.50" },
  {
    name: "padding",
    format: "%5d|%-5d|%05d|%+d|% d",
    args: [42, 42, 42, 42, 42],
    expected: "   42|42   |00042|+42| 42",
  },
  { name: "zeros before text", format: "%05s", args: ["ab"], expected: "000ab" },
  { name: "width counts characters", format: "%3s|%-3s|", args: ["😀", "é"], expected: "  😀|é  |" },
  { name: "precision cuts characters", format: "%.2s", args: ["a😀é"], expected: "a😀" },
  {
    name: "bases",
    format: "%b %o %O %x %X %#x %#o",
    args: [5, 8, 8, 255, 255, 255, 8],
    expected: "101 10 0o10 ff FF 0xff 010",
  },
  {
    name: "hexadecimal text",
    format: "%x %X %# x",
    args: ["hé", "hé", "hé"],
    expected: "68c3a9 68C3A9 0x68 0xc3 0xa9",
  },
  {
    name: "characters",
    format: "%c %c %q %U %#U",
    args: [97, 128512, 39, 128512, 128512],
    expected: "a 😀 '\\'' U+1F600 U+1F600 '😀'",
  },
  { name: "a character out of range", format: "%c%c", args: [-1, 55296], expected: "\ufffd\ufffd" },
  { name: "quoted text", format: "%q %+q %#q", args: ['a"é\n', "é", "a`"], expected: '"a\\"é\\n" "\\u00e9" "a`"' },
  { name: "raw quoted text", format: "%#q", args: ["a\tb"], expected: "`a\tb`" },
  { name: "text as Go source", format: "%#v", args: ["a"], expected: '"a"' },
  { name: "exponents", format: "%e %E %.0e", args: [1.5, 1.5, 2.5], expected: "1.500000e+00 1.500000E+00 2e+00" },
  { name: "a tie goes to the even digit", format: "%.0f %.0f %.2f", args: [0.5, 1.5, 2.675], expected: "0 2 2.67" },
  {
    name: "more digits than JavaScript gives",
    format: "%.110f",
    args: [0.1],
    expected: `0.1000000000000000055511151231257827021181583404541015625${"0".repeat(55)}`,
  },
  {
    name: "%g chooses",
    format: "%g %g %G %.3g",
    args: [1e-7, 123456.5, 1e-7, 1234.5],
    expected: "1e-07 123456.5 1E-07 1.23e+03",
  },
  { name: "%#g keeps zeros", format: "%#g %#.3g", args: [1.5, 2.5], expected: "1.50000 2.50" },
  {
    name: "floats in base two",
    format: "%b %x %X %.2x",
    args: [1.5, 1.5, -0.1, 3.14],
    expected: "6755399441055744p-52 0x1.8p+00 -0X1.999999999999AP-04 0x1.92p+01",
  },
  { name: "types", format: "%T %T %T %T", args: [1, 1.5, "a", null], expected: "int64 float64 string string" },
  { name: "pointers", format: "%p %p", args: [1, "a"], expected: "%!p(int64=1) %!p(string=a)" },
  {
    name: "an integer beyond 64 bits",
    format: "%d %s %x",
    args: [2 ** 64, 2 ** 64, 2 ** 64],
    expected: "18446744073709552000 18446744073709552000 10000000000000180",
  },
  {
    name: "a verb that such an integer has not",
    format: "%c",
    args: [2 ** 64],
    expected: "%!c(big.Int=18446744073709552000)",
  },
  {
    name: "such an integer with %w",
    format: "%w",
    args: [2 ** 65],
    expected: "%!w(*big.Int=&{false [18446744073709551384 1]})",
  },
  {
    name: "an integer that JSON writes with an exponent",
    format: "%d %v",
    args: [1e21, 1e21],
    expected: "%!d(float64=1e+21) 1e+21",
  },
  { name: "lone surrogates", format: "\ud800%s", args: ["\udc00"], expected: "\ufffd\ufffd" },
];

async function opaSprintf(format: string, args: readonly RegoValue[]): Promise<unknown> {
  return (await toolchain.builtin("sprintf", [format, args])).value;
}

describe("goSprintf", () => {
  it.each(CASES)("formats $name", async ({ format, args, expected }) => {
    const operands = args.map(fromJson);
    expect(goSprintf(format, operands)).toBe(expected);
    expect(await opaSprintf(format, operands)).toBe(expected);
  });

  it.each([
    { name: "sets, in order", args: '[{3, 1, {2}, set(), [0], {}, "a", null}]' },
    { name: "objects with keys of any type", args: '[{[1]: 2, null: {"x"}, 3: 4}]' },
    {
      name: "numbers as they are written",
      args: "[1.0, 1e2, [1.0, 1e2, .5, 12345678901234567890123], 12345678901234567890123]",
    },
    { name: "numbers that no double holds", args: "[1e400, -1e400, [1e400]]" },
  ])("prints $name", async ({ args }) => {
    const operands = parseValue(args);
    if (!Array.isArray(operands)) throw new TypeError("arguments are an array");
    const format = "%v|%s|%d|%v";
    expect(goSprintf(format, operands)).toBe(await opaSprintf(format, operands));
  });

  it("is OPA's sprintf for all formats and arguments", async () => {
    await fc.assert(
      fc.asyncProperty(formats(), fc.array(values(), { maxLength: 4 }), async (format, args) => {
        fc.pre(!showsAddress(format, args));
        const operands = args.map(fromJson);
        expect(goSprintf(format, operands)).toBe(await opaSprintf(format, operands));
      }),
      { numRuns: 4000 },
    );
  });

  it("knows the characters that Go prints", async () => {
    const block = 0x4000;
    for (let start = 0; start < 0x110000; start += block) {
      // With a separator, or two halves of a pair would become one character.
      const text = Array.from({ length: block }, (_, index) => String.fromCodePoint(start + index)).join("|");
      expect(goSprintf("%q", [text]) === (await opaSprintf("%q", [text])), `from ${start.toString(16)}`).toBe(true);
    }
  });

  it.each([
    { name: "a format that is no string", format: 1, args: [] },
    { name: "arguments that are no array", format: "%d", args: 1 },
  ])("is undefined for $name", async ({ format, args }) => {
    expect(sprintfBuiltin(format, args)).toBeUndefined();
    expect((await toolchain.builtin("sprintf", [format, args])).value).toBeUndefined();
  });
});

/** Mostly formats that mean something, in all their parts. */
function formats(): fc.Arbitrary<string> {
  const index = fc.oneof(
    { weight: 6, arbitrary: fc.constant("") },
    {
      weight: 1,
      arbitrary: fc.constantFrom("[1]", "[2]", "[3]", "[0]", "[9]", "[]", "[x]", "[-1]", "[1", "[12345678]"),
    },
  );
  const size = fc.oneof(
    { weight: 4, arbitrary: fc.constant("") },
    { weight: 3, arbitrary: fc.nat(40).map(String) },
    { weight: 1, arbitrary: fc.constantFrom("*", "[2]*", "007", "2000000", "99999999999") },
  );
  const precision = fc.oneof(
    fc.constant(""),
    size.map((text) => `.${text}`),
  );
  const flags = fc.oneof(fc.constant(""), fc.string({ unit: fc.constantFrom("#", "0", "+", "-", " "), maxLength: 3 }));
  const verbs = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...Array.from("vdsqxXobOcUeEfFgGtTwp%")) },
    { weight: 1, arbitrary: fc.constantFrom("z", "!", "é", "😀", "", " ") },
  );
  const directive = fc.tuple(flags, index, size, precision, index, verbs).map((parts) => `%${parts.join("")}`);
  const parts = fc.oneof({ weight: 4, arbitrary: directive }, { weight: 1, arbitrary: texts() });
  return fc.array(parts, { maxLength: 4 }).map((list) => list.join(""));
}

function texts(): fc.Arbitrary<string> {
  const special = fc.constantFrom(
    "\u0000",
    "\t",
    "\n",
    '"',
    "`",
    "\\",
    "'",
    "\u007f",
    "\u00a0",
    "\u200b",
    "\ufeff",
    "\ud800",
    "%",
  );
  return fc.string({
    unit: fc.oneof(fc.string({ unit: "binary", minLength: 1, maxLength: 1 }), special),
    maxLength: 6,
  });
}

function numbers(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ noNaN: true, min: -1e22, max: 1e22 }).map(Math.trunc),
    fc.integer({ min: -1100, max: 0x110010 }),
    fc.tuple(fc.integer({ min: -4000, max: 4000 }), fc.nat(12)).map(([top, bits]) => top / 2 ** bits),
    fc.constantFrom(
      0,
      -0,
      5,
      -5,
      0.5,
      1e21,
      1e20,
      2 ** 63,
      -(2 ** 63),
      2 ** 53,
      5e-324,
      Number.MAX_VALUE,
      999999.5,
      1e6 + 0.5,
    ),
  );
}

function values(): fc.Arbitrary<unknown> {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      numbers(),
      texts(),
      fc.constantFrom(true, false, null),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(texts(), tie("value"), { maxKeys: 3 }),
    ),
  }));
  return value;
}

/** `%p` of an integer beyond 64 bits is an address in Go. */
function showsAddress(format: string, args: readonly unknown[]): boolean {
  return format.includes("p") && args.some((value) => typeof value === "number" && Math.abs(value) >= 2 ** 63);
}
