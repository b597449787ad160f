const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

const DURATION = /^([1-9]\d{0,5})([smhd])$/;

/** What a duration looks like, for messages. */
export const DURATION_EXAMPLES = "90s, 5m, 4h or 7d";

/** The milliseconds of a text such as `90s`, `5m`, `4h` or `7d`; undefined for any other text, and for none at all. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = DURATION.exec(text) ?? [];
  const length = UNITS.find(([name]) => name === unit)?.[1];
  return length === undefined ? undefined : Number(number) * length;
}

/** Milliseconds as a person would write them, in the largest unit that says them exactly: `90s`, `5m`, `4h`, `7d`. */
export function formatDuration(milliseconds: number): string {
  const unit = UNITS.find(([, length]) => milliseconds > 0 && milliseconds % length === 0);
  return unit === undefined ? `${milliseconds}ms` : `${milliseconds / unit[1]}${unit[0]}`;
}
