import type { Diagnostic } from "../evidence/types.ts";
import { detached } from "./values.ts";

const MOST = 50;
const MESSAGE_LENGTH = 500;

/**
 * Collects diagnostics, the first 50 in full and the rest as a count, with messages of at most 500 characters: how
 * many they are and what is in them is up to the file.
 */
export interface DiagnosticList {
  add(code: string, message: string, place?: string): void;
  list(): readonly Diagnostic[];
}

/** An empty {@link DiagnosticList}. */
export function createDiagnostics(): DiagnosticList {
  const found: Diagnostic[] = [];
  let more = 0;
  return {
    add(code, text, place) {
      if (found.length === MOST) {
        more++;
        return;
      }
      const message = detached(text.slice(0, MESSAGE_LENGTH).toWellFormed());
      found.push(place === undefined ? { code, message } : { code, message, place });
    },
    list() {
      return more === 0 ? found : [...found, { code: "more", message: `and ${more} more` }];
    },
  };
}

/** A {@link DiagnosticList} that begins with what there is to say already. */
export function diagnosticsFrom(first: readonly Diagnostic[]): DiagnosticList {
  const diagnostics = createDiagnostics();
  for (const { code, message, place } of first) diagnostics.add(code, message, place);
  return diagnostics;
}
