/** The time of evaluation. It is data: everything that needs a time is given this, and nothing reads the machine's clock. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A clock that stands still, for tests and for replaying a recorded decision. */
export function fixedClock(instant: string): Clock {
  return { now: () => new Date(instant) };
}
