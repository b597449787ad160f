import { formatMagnitude } from "./go-float.ts";
import { isPrintable } from "./printable.ts";
import { quote, regoText } from "./rego-text.ts";
import { isArray, isNumber, type RegoValue, scalarText } from "./value.ts";

/** A value as OPA hands it to Go's fmt package. */
type Argument =
  | { readonly type: "int64" | "*big.Int"; readonly value: bigint }
  | { readonly type: "float64"; readonly value: number }
  | { readonly type: "string"; readonly value: string };

/** What stands between the `%` and the verb. */
interface Flags {
  minus: boolean;
  plus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  /** `%+v` and `%#v` are formats of their own: their flags move here from `plus` and `sharp`. */
  plusV: boolean;
  sharpV: boolean;
  width: number | undefined;
  precision: number | undefined;
}

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
const MAX_RUNE = 0x10ffffn;
const REPLACEMENT = "\ufffd";
/** Go's limit for widths and precisions. */
const MAX_NUMBER = 1_000_000;
const BASES: Readonly<Record<string, number>> = { b: 2, d: 10, o: 8, O: 8, v: 10, x: 16, X: 16 };

/**
 * OPA's built-in function `sprintf`, equal to it in each character: Go's `fmt.Sprintf` with its flags, widths,
 * precisions, `*`, argument indexes and error forms such as `%!d(string=x)`. (opa v1/topdown/strings.go builtinSprintf,
 * go src/fmt/print.go and format.go.)
 *
 * A number is an integer when its text has neither point nor exponent; integers beyond 64 bits are formatted as Go's
 * big.Int. The one thing that cannot be equal is `%p` of such an integer, which in Go is a memory address and here
 * always 0x0.
 */
export function goSprintf(format: string, args: readonly RegoValue[]): string {
  return createPrinter(args.map(toArgument)).print(format.toWellFormed());
}

/** `sprintf` for arguments of any type; the wrong ones are an error in OPA, that is `undefined`. */
export function sprintfBuiltin(format: RegoValue, args: RegoValue): string | undefined {
  return typeof format === "string" && isArray(args) ? goSprintf(format, args) : undefined;
}

function toArgument(value: RegoValue): Argument {
  if (typeof value === "string") return { type: "string", value: value.toWellFormed() };
  if (!isNumber(value)) return { type: "string", value: regoText(value) };
  const text = scalarText(value);
  if (/[.eE]/.test(text)) {
    const float = Number(text);
    // What no double can hold is printed as the text that it is.
    return Number.isFinite(float) ? { type: "float64", value: float } : { type: "string", value: text };
  }
  const integer = BigInt(text);
  return { type: integer >= MIN_INT64 && integer <= MAX_INT64 ? "int64" : "*big.Int", value: integer };
}

function noFlags(): Flags {
  return {
    minus: false,
    plus: false,
    sharp: false,
    space: false,
    zero: false,
    plusV: false,
    sharpV: false,
    width: undefined,
    precision: undefined,
  };
}

/** Go's doPrintf: reads the format from left to right, and says in the output what is wrong with it. */
function createPrinter(args: readonly Argument[]): { print(format: string): string } {
  let position = 0;
  let argument = 0;
  let reordered = false;
  let goodIndex = true;

  function print(format: string): string {
    let output = "";
    while (position < format.length) {
      const percent = format.indexOf("%", position);
      if (percent < 0) return output + format.slice(position) + extra();
      output += format.slice(position, percent);
      position = percent + 1;
      output += directive(format);
    }
    return output + extra();
  }

  function directive(format: string): string {
    goodIndex = true;
    const flags = noFlags();
    let errors = "";
    while (setFlag(flags, format.charAt(position))) position += 1;

    // A letter right after the flags is looked at before anything else, as in Go.
    if (/^[a-z]/.test(format.charAt(position)) && argument < args.length) return verb(format, flags);

    let afterIndex = index(format);
    if (format.charAt(position) === "*") {
      position += 1;
      const width = numberArgument();
      if (width === undefined) errors += "%!(BADWIDTH)";
      else if (width < 0) {
        flags.minus = true;
        flags.zero = false;
      }
      flags.width = width === undefined ? undefined : Math.abs(width);
      afterIndex = false;
    } else {
      flags.width = number(format);
      if (afterIndex && flags.width !== undefined) goodIndex = false;
    }

    if (position + 1 < format.length && format.charAt(position) === ".") {
      position += 1;
      if (afterIndex) goodIndex = false;
      afterIndex = index(format);
      if (format.charAt(position) === "*") {
        position += 1;
        const precision = numberArgument();
        flags.precision = precision !== undefined && precision >= 0 ? precision : undefined;
        if (flags.precision === undefined) errors += "%!(BADPREC)";
        afterIndex = false;
      } else {
        flags.precision = number(format) ?? 0;
      }
    }

    if (!afterIndex) index(format);
    if (position >= format.length) return `${errors}%!(NOVERB)`;
    return errors + verb(format, flags);
  }

  function verb(format: string, flags: Flags): string {
    const letter = String.fromCodePoint(format.codePointAt(position) ?? 0);
    position += letter.length;
    if (letter === "%") return "%";
    if (!goodIndex) return `%!${letter}(BADINDEX)`;
    const value = args[argument];
    if (value === undefined) return `%!${letter}(MISSING)`;
    if (letter === "v" || letter === "w") {
      flags.sharpV = flags.sharp;
      flags.sharp = false;
      flags.plusV = flags.plus;
      flags.plus = false;
    }
    argument += 1;
    return formatArgument(value, letter, flags);
  }

  /** Reads `[n]`, if there is one, and reports whether there was. */
  function index(format: string): boolean {
    if (format.charAt(position) !== "[") return false;
    reordered = true;
    const start = position + 1;
    // Go does not look for the end of what is shorter than [n].
    const close = format.length - position < 3 ? -1 : format.indexOf("]", position);
    position = close < 0 ? start : close + 1;
    const digits = close < 0 ? "" : format.slice(start, close);
    const wanted = /^[0-9]+$/.test(digits) ? parseNumber(digits) : undefined;
    if (wanted === undefined) {
      goodIndex = false;
      return false;
    }
    if (wanted < 1 || wanted > args.length) goodIndex = false;
    else argument = wanted - 1;
    return true;
  }

  /** Reads a decimal number. One that is too large takes the rest of the format with it, as in Go. */
  function number(format: string): number | undefined {
    const [digits = ""] = /^[0-9]*/.exec(format.slice(position)) ?? [];
    if (digits === "") return undefined;
    const value = parseNumber(digits);
    position = value === undefined ? format.length : position + digits.length;
    return value;
  }

  /** Takes the argument of a `*`. */
  function numberArgument(): number | undefined {
    const value = args[argument];
    if (value === undefined) return undefined;
    argument += 1;
    if (value.type !== "int64") return undefined;
    const wanted = Number(value.value);
    return Math.abs(wanted) > MAX_NUMBER ? undefined : wanted;
  }

  function extra(): string {
    if (reordered || argument >= args.length) return "";
    const rest = args.slice(argument).map((value) => `${value.type}=${formatArgument(value, "v", noFlags())}`);
    return `%!(EXTRA ${rest.join(", ")})`;
  }

  return { print };
}

function setFlag(flags: Flags, character: string): boolean {
  switch (character) {
    case "#":
      flags.sharp = true;
      return true;
    case "0":
      flags.zero = true;
      return true;
    case "+":
      flags.plus = true;
      return true;
    case "-":
      flags.minus = true;
      return true;
    case " ":
      flags.space = true;
      return true;
    default:
      return false;
  }
}

/** Go's parsenum: it looks whether the number is too large only before each further digit. */
function parseNumber(digits: string): number | undefined {
  let value = 0;
  for (const digit of digits) {
    if (value > MAX_NUMBER) return undefined;
    value = value * 10 + Number(digit);
  }
  return value;
}

function formatArgument(argument: Argument, verb: string, flags: Flags): string {
  if (verb === "T") return padText(truncate(argument.type, flags), flags);
  if (verb === "p") {
    return argument.type === "*big.Int"
      ? formatInteger(0n, "v", { ...flags, sharp: !flags.sharp }, 16)
      : badVerb(argument, verb, flags);
  }
  if (argument.type === "string") return formatString(argument, verb, flags);
  if (argument.type === "float64") return formatFloat64(argument, verb, flags);
  if (argument.type === "int64") return formatInt64(argument, verb, flags);
  return verb === "w" ? badVerb(argument, verb, flags) : formatBigInt(argument.value, verb, flags);
}

/** What Go writes for a verb that does not go with its argument. The flags stay in force. */
function badVerb(argument: Argument, verb: string, flags: Flags): string {
  const value =
    argument.type === "*big.Int" ? bigIntFields(argument.value, flags) : formatArgument(argument, "v", flags);
  return `%!${verb}(${argument.type}=${value})`;
}

function formatInt64(argument: Argument & { readonly value: bigint }, verb: string, flags: Flags): string {
  const { value } = argument;
  const base = BASES[verb];
  if (base !== undefined) return formatInteger(value, verb, flags, base);
  const unsigned = BigInt.asUintN(64, value);
  switch (verb) {
    case "c":
      return padText(toRune(unsigned), flags);
    case "q":
      return padText(quote(toRune(unsigned), "'", flags.plus), flags);
    case "U":
      return formatUnicode(unsigned, flags);
    default:
      return badVerb(argument, verb, flags);
  }
}

function toRune(code: bigint): string {
  if (code > MAX_RUNE || (code >= 0xd800n && code <= 0xdfffn)) return REPLACEMENT;
  return String.fromCodePoint(Number(code));
}

function formatUnicode(code: bigint, flags: Flags): string {
  const digits = code
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(flags.precision ?? 0, 4), "0");
  const shown = flags.sharp && code <= MAX_RUNE && isPrintable(Number(code)) ? ` '${toRune(code)}'` : "";
  return padText(`U+${digits}${shown}`, { ...flags, zero: false });
}

function formatInteger(value: bigint, verb: string, flags: Flags, base: number): string {
  const unpadded = { ...flags, zero: false };
  const negative = value < 0n;
  let least = 0;
  if (flags.precision !== undefined) {
    if (flags.precision === 0 && value === 0n) return padText("", unpadded);
    least = flags.precision;
  } else if (flags.zero && !flags.minus && flags.width !== undefined) {
    least = flags.width - (negative || flags.plus || flags.space ? 1 : 0);
  }
  let digits = (negative ? -value : value).toString(base).padStart(least, "0");
  if (verb === "X") digits = digits.toUpperCase();
  if (flags.sharp) {
    if (base === 2) digits = `0b${digits}`;
    if (base === 8 && !digits.startsWith("0")) digits = `0${digits}`;
    if (base === 16) digits = `${verb === "X" ? "0X" : "0x"}${digits}`;
  }
  if (verb === "O") digits = `0o${digits}`;
  return padText(sign(negative, flags) + digits, unpadded);
}

function sign(negative: boolean, flags: Flags): string {
  if (negative) return "-";
  if (flags.plus) return "+";
  return flags.space ? " " : "";
}

/** math/big's own formatting, which differs from that of small integers: `%s` is allowed, and `%c` is not. */
function formatBigInt(value: bigint, verb: string, flags: Flags): string {
  const base = verb === "s" ? 10 : BASES[verb];
  if (base === undefined) return `%!${verb}(big.Int=${value})`;
  const negative = value < 0n;
  const signs = sign(negative, { ...flags, plus: flags.plus || flags.plusV });
  const prefixes: Readonly<Record<string, string>> = { b: "0b", o: "0", x: "0x", X: "0X" };
  const prefix = verb === "O" ? "0o" : flags.sharp || flags.sharpV ? (prefixes[verb] ?? "") : "";
  let digits = (negative ? -value : value).toString(base);
  if (verb === "X") digits = digits.toUpperCase();
  digits = digits.padStart(flags.precision ?? 0, "0");
  const width = flags.width ?? 0;
  if (flags.minus) return (signs + prefix + digits).padEnd(width);
  if (flags.zero && flags.precision === undefined) {
    digits = digits.padStart(width - signs.length - prefix.length, "0");
  }
  return (signs + prefix + digits).padStart(width);
}

/** A big integer as the struct it is in Go, which is what a `%w` shows: a sign and 64-bit words, the lowest first. */
function bigIntFields(value: bigint, flags: Flags): string {
  const negative = padText(String(value < 0n), flags);
  const words: string[] = [];
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 64n) {
    const word = BigInt.asUintN(64, rest);
    words.push(
      flags.sharpV ? formatInteger(word, "v", { ...flags, sharp: true }, 16) : formatInteger(word, "v", flags, 10),
    );
  }
  if (flags.sharpV) return `&big.Int{neg:${negative}, abs:big.nat{${words.join(", ")}}}`;
  if (flags.plusV) return `&{neg:${negative} abs:[${words.join(" ")}]}`;
  return `&{${negative} [${words.join(" ")}]}`;
}

const FLOAT_VERBS: Readonly<Record<string, { readonly verb: string; readonly precision: number }>> = {
  v: { verb: "g", precision: -1 },
  b: { verb: "b", precision: -1 },
  g: { verb: "g", precision: -1 },
  G: { verb: "G", precision: -1 },
  x: { verb: "x", precision: -1 },
  X: { verb: "X", precision: -1 },
  f: { verb: "f", precision: 6 },
  F: { verb: "f", precision: 6 },
  e: { verb: "e", precision: 6 },
  E: { verb: "E", precision: 6 },
};

function formatFloat64(argument: Argument & { readonly value: number }, verb: string, flags: Flags): string {
  const known = FLOAT_VERBS[verb];
  if (known === undefined) return badVerb(argument, verb, flags);
  const precision = flags.precision ?? known.precision;
  let magnitude = formatMagnitude(argument.value, known.verb, precision);
  if (flags.sharp && known.verb !== "b") magnitude = withPoint(magnitude, known.verb, precision);
  const signs = sign(argument.value < 0, flags);
  // Zeros go between the sign and the number.
  if (signs !== "" && flags.zero && !flags.minus) return signs + magnitude.padStart((flags.width ?? 0) - 1, "0");
  return padText(signs + magnitude, flags);
}

/** The `#` flag: always a point, and the zeros that %g and %x leave out. */
function withPoint(magnitude: string, verb: string, precision: number): string {
  const hexadecimal = verb === "x" || verb === "X";
  const cut = magnitude.search(hexadecimal ? /[pP]/ : /[eE]/);
  let head = cut < 0 ? magnitude : magnitude.slice(0, cut);
  const tail = cut < 0 ? "" : magnitude.slice(cut);
  let missing = 0;
  if (verb === "g" || verb === "G" || verb === "x") {
    missing = precision === -1 ? 6 : precision;
    // Go counts each character from the first that is not zero, in hexadecimal the x as well.
    missing -= head.replace(".", "").replace(/^0+/, "").length;
  }
  if (!head.includes(".")) {
    if (head === "0") missing -= 1;
    head += ".";
  }
  return head + "0".repeat(Math.max(missing, 0)) + tail;
}

function formatString(argument: Argument & { readonly value: string }, verb: string, flags: Flags): string {
  const { value } = argument;
  switch (verb) {
    case "v":
      return flags.sharpV ? formatQuoted(value, flags) : padText(truncate(value, flags), flags);
    case "s":
      return padText(truncate(value, flags), flags);
    case "x":
    case "X":
      return formatBytes(value, verb, flags);
    case "q":
      return formatQuoted(value, flags);
    default:
      return badVerb(argument, verb, flags);
  }
}

function formatQuoted(value: string, flags: Flags): string {
  const text = truncate(value, flags);
  if (flags.sharp && canBackquote(text)) return padText(`\`${text}\``, flags);
  return padText(quote(text, '"', flags.plus), flags);
}

/** Whether a text can be a raw Go string: no control character but the tab, no back quote, no byte order mark. */
function canBackquote(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if ((code < 0x20 && code !== 0x09) || code === 0x60 || code === 0x7f || code === 0xfeff) return false;
  }
  return true;
}

function formatBytes(value: string, verb: "x" | "X", flags: Flags): string {
  const bytes = new TextEncoder().encode(value).subarray(0, flags.precision);
  if (bytes.length === 0) return padText("", flags);
  const prefix = flags.sharp ? `0${verb}` : "";
  const pairs = Array.from(bytes, (byte) => {
    const pair = byte.toString(16).padStart(2, "0");
    return verb === "X" ? pair.toUpperCase() : pair;
  });
  return padText(flags.space ? pairs.map((pair) => prefix + pair).join(" ") : prefix + pairs.join(""), flags);
}

/** A precision cuts a text after so many characters. */
function truncate(text: string, flags: Flags): string {
  return flags.precision === undefined || text.length <= flags.precision
    ? text
    : Array.from(text).slice(0, flags.precision).join("");
}

function padText(text: string, flags: Flags): string {
  if (flags.width === undefined) return text;
  const missing = flags.width - Array.from(text).length;
  if (missing <= 0) return text;
  if (flags.minus) return text + " ".repeat(missing);
  return (flags.zero ? "0" : " ").repeat(missing) + text;
}
