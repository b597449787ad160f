/** Days, months or years, as `7y`, `18m` or `90d`. */
const PERIOD = /^([1-9][0-9]{0,3})([dmy])$/;
const DAY_MS = 86_400_000;

/**
 * The moment before which a period is over: whole days, months or years of UTC. What would end on a day that a month does
 * not have ends on its last one.
 *
 * @param period as `7y`, `18m` or `90d`
 * @example startOfPeriod("1y", new Date("2028-02-29T10:00:00Z")) // 2027-02-28T10:00:00Z
 */
export function startOfPeriod(period: string, now: Date): Date {
  const [, count = "0", unit] = PERIOD.exec(period) ?? [];
  if (unit === "d") return new Date(now.getTime() - Number(count) * DAY_MS);
  const months = Number(count) * (unit === "y" ? 12 : 1);
  const start = new Date(now);
  start.setUTCDate(1);
  start.setUTCMonth(start.getUTCMonth() - months);
  const days = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 0)).getUTCDate();
  start.setUTCDate(Math.min(now.getUTCDate(), days));
  return start;
}

/** Whether one period is longer than another, at a day that is the first of its month and its year. */
export function isLonger(period: string, other: string): boolean {
  const day = new Date("2000-01-01T00:00:00.000Z");
  return startOfPeriod(period, day).getTime() < startOfPeriod(other, day).getTime();
}
