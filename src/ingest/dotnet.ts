import { instantOf } from "./values.ts";

/** A time of .NET that has an offset. It writes the first day of the year 1 for one it does not know, NUnit a space for the `T`. */
export function instantOfDotnet(text: string | undefined): string | undefined {
  const instant = instantOf(text?.trim().replace(" ", "T"));
  return instant?.startsWith("0001-") ? undefined : instant;
}

/** Seconds with a fraction, as milliseconds. */
export function millisecondsOf(seconds: string | undefined): number | undefined {
  return seconds?.trim() ? Number(seconds) * 1000 : undefined;
}

/** A total as written in an attribute. */
export function totalOf(text: string | undefined): number | undefined {
  return /^\d{1,15}$/.test(text?.trim() ?? "") ? Number(text) : undefined;
}

/** The name of an assembly without its folder, which is one of the machine that ran it. */
export function fileNameOf(path: string | undefined): string {
  return path?.split(/[\\/]/).at(-1) ?? "";
}
