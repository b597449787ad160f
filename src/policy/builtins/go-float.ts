/** A number as decimal digits d₁d₂…dₙ: its value is 0.d₁d₂…dₙ × 10^point. No zero at either end; zero has no digits. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** The parts of a double: its magnitude is mantissa × 2^exponent. */
interface Binary {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const MANTISSA_BITS = 52;
const LOWEST_EXPONENT = -1074;

/**
 * The magnitude of a finite number as Go's `strconv.FormatFloat(x, verb, precision, 64)` writes it.
 *
 * JavaScript's own toFixed, toExponential and toPrecision are not used: they round a tie away from zero where Go rounds
 * it to even, and stop at 100 digits.
 *
 * @param precision digits after the point, or in all for `g` and `G`; -1 for as few as identify the number
 */
export function formatMagnitude(value: number, verb: string, precision: number): string {
  const magnitude = Math.abs(value);
  switch (verb) {
    case "b":
      return formatBinary(magnitude);
    case "x":
      return formatHex(magnitude, precision);
    case "X":
      return formatHex(magnitude, precision).toUpperCase();
    default:
      return formatDecimal(magnitude, verb, precision);
  }
}

function formatDecimal(magnitude: number, verb: string, precision: number): string {
  const shortest = precision < 0;
  const number = shortest ? shortestDecimal(magnitude) : roundedDecimal(magnitude, verb, precision);
  const { digits, point } = number;
  if (verb === "e" || verb === "E") {
    return withExponent(number, verb, shortest ? Math.max(digits.length - 1, 0) : precision);
  }
  if (verb === "f") return withoutExponent(number, shortest ? Math.max(digits.length - point, 0) : precision);

  // %g: an exponent only where the number would be long without one.
  let wanted = shortest ? digits.length : Math.max(precision, 1);
  const threshold = wanted > digits.length && digits.length >= point ? digits.length : wanted;
  const exponent = point - 1;
  if (exponent < -4 || exponent >= (shortest ? 6 : threshold)) {
    return withExponent(number, verb === "G" ? "E" : "e", Math.min(wanted, digits.length) - 1);
  }
  if (wanted > point) wanted = digits.length;
  return withoutExponent(number, Math.max(wanted - point, 0));
}

function roundedDecimal(magnitude: number, verb: string, precision: number): Decimal {
  const exact = exactDecimal(magnitude);
  if (verb === "f") return round(exact, exact.point + precision);
  return round(exact, verb === "e" || verb === "E" ? precision + 1 : Math.max(precision, 1));
}

function withExponent({ digits, point }: Decimal, letter: string, precision: number): string {
  const exponent = digits === "" ? 0 : point - 1;
  const fraction = precision > 0 ? `.${digits.slice(1, precision + 1).padEnd(precision, "0")}` : "";
  const sign = exponent < 0 ? "-" : "+";
  return `${digits.slice(0, 1) || "0"}${fraction}${letter}${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function withoutExponent({ digits, point }: Decimal, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  if (precision <= 0) return whole;
  const leadingZeros = "0".repeat(Math.min(Math.max(-point, 0), precision));
  const fraction = (leadingZeros + digits.slice(Math.max(point, 0))).slice(0, precision);
  return `${whole}.${fraction.padEnd(precision, "0")}`;
}

/** The fewest digits that identify the number. JavaScript and Go agree on them. */
function shortestDecimal(magnitude: number): Decimal {
  const [mantissa = "", exponent = "0"] = magnitude.toExponential().split("e");
  return trim(mantissa.replace(".", ""), Number(exponent) + 1);
}

/** All digits of the number: a double is a whole number of 2⁻¹⁰⁷⁴. */
function exactDecimal(magnitude: number): Decimal {
  const { mantissa, exponent } = toBinary(magnitude);
  if (exponent >= 0) {
    const digits = String(mantissa << BigInt(exponent));
    return trim(digits, digits.length);
  }
  // m × 2^-e is m × 5^e / 10^e.
  const digits = String(mantissa * 5n ** BigInt(-exponent));
  return trim(digits, digits.length + exponent);
}

function trim(digits: string, point: number): Decimal {
  const significant = digits.replace(/^0+/, "");
  if (significant === "") return { digits: "", point: 0 };
  return { digits: significant.replace(/0+$/, ""), point: point - (digits.length - significant.length) };
}

/** Keeps `count` digits; a tie goes to the even neighbour. */
function round(number: Decimal, count: number): Decimal {
  const { digits, point } = number;
  if (count >= digits.length) return number;
  if (count < 0) return { digits: "", point: 0 };
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const lastIsOdd = count > 0 && Number(kept.at(-1)) % 2 === 1;
  const up = rest === "5" ? lastIsOdd : rest >= "5";
  if (!up) return trim(kept, point);
  const next = String(BigInt(kept || "0") + 1n).padStart(count, "0");
  return trim(next, point + (next.length - count));
}

/** `%b`: the mantissa and the exponent of two. */
function formatBinary(magnitude: number): string {
  const { mantissa, exponent } = toBinary(magnitude);
  return `${mantissa}p${exponent < 0 ? "" : "+"}${exponent}`;
}

/** `%x`: hexadecimal with an exponent of two. */
function formatHex(magnitude: number, precision: number): string {
  let { mantissa, exponent } = toBinary(magnitude);
  exponent = mantissa === 0n ? 0 : exponent + MANTISSA_BITS;
  // The first digit of the fraction ends at bit 56, the digit before the point is bit 60.
  mantissa <<= BigInt(60 - MANTISSA_BITS);
  while (mantissa !== 0n && (mantissa & (1n << 60n)) === 0n) {
    mantissa <<= 1n;
    exponent -= 1;
  }
  if (precision >= 0 && precision < 15) {
    const kept = BigInt(precision * 4);
    const dropped = (mantissa << kept) & ((1n << 60n) - 1n);
    mantissa >>= 60n - kept;
    if ((dropped | (mantissa & 1n)) > 1n << 59n) mantissa += 1n;
    mantissa <<= 60n - kept;
    if ((mantissa & (1n << 61n)) !== 0n) {
      mantissa >>= 1n;
      exponent += 1;
    }
  }
  const digits = (mantissa & ((1n << 60n) - 1n)).toString(16).padStart(15, "0");
  const fraction = precision < 0 ? digits.replace(/0+$/, "") : digits.slice(0, precision).padEnd(precision, "0");
  const sign = exponent < 0 ? "-" : "+";
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return `0x${mantissa >> 60n}${fraction === "" ? "" : `.${fraction}`}p${sign}${power}`;
}

function toBinary(magnitude: number): Binary {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, magnitude);
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> BigInt(MANTISSA_BITS));
  const fraction = bits & ((1n << BigInt(MANTISSA_BITS)) - 1n);
  if (biased === 0) return { mantissa: fraction, exponent: LOWEST_EXPONENT };
  return { mantissa: fraction | (1n << BigInt(MANTISSA_BITS)), exponent: biased - 1 + LOWEST_EXPONENT };
}
