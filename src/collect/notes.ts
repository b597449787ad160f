import type { Note } from "./checkout.ts";

/** Collects notes, the first 50 in full and the rest as a count. */
export interface Notes {
  add(code: string, message: string, place?: string): void;
  list(): readonly Note[];
}

const MOST = 50;

/** @param first what there is to say already */
export function createNotes(first: readonly Note[]): Notes {
  const notes = [...first];
  return {
    add(code, message, place) {
      notes.push(place === undefined ? { code, message } : { code, message, place });
    },
    list() {
      const more = notes.length - MOST;
      return more <= 0 ? notes : [...notes.slice(0, MOST), { code: "more", message: `and ${more} more` }];
    },
  };
}
