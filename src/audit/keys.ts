import type { KeyObject } from "node:crypto";
import { GateError } from "../util/errors.ts";
import { derivedId } from "./document.ts";
import { type EntryBody, readEntryBody } from "./entry.ts";
import {
  formatNote,
  formatVerifierKey,
  NoteError,
  type NoteKey,
  noteKey,
  readNote,
  readVerifierKey,
  signersOfNote,
  signNote,
} from "./note.ts";
import type { AuditStore, NewEntry } from "./store.ts";

/**
 * What a log says of its own key, in entries of the kind `key`: a signed note (https://c2sp.org/signed-note) of four or five lines,
 * so that whoever knew the key before knows the next one by it.
 */
export type KeyEvent =
  | {
      readonly type: "rotated";
      readonly from: NoteKey;
      readonly to: NoteKey;
    }
  | {
      readonly type: "revoked";
      readonly key: NoteKey;
      /** Trees of more entries are not believed for that key's sake. */
      readonly since: number;
      /** Who says so: the key that was in force. */
      readonly by: NoteKey;
    };

const FORMAT = "gate-key/v1";
const SIZE = /^(?:0|[1-9]\d{0,15})$/;

/** The entry with which one key of a log gives way to another; both sign it. @param from @param to Ed25519 private keys */
export function rotationEntry(origin: string, from: KeyObject, to: KeyObject, at: Date): NewEntry {
  const [before, after] = [from, to].map((key) => formatVerifierKey(noteKey(origin, "log", key)));
  return keyEntry(origin, ["rotated", before ?? "", after ?? ""], [from, to], at);
}

/** The entry that takes back what a former key vouches for. @param by the Ed25519 private key that is in force */
export function revocationEntry(origin: string, revoked: NoteKey, since: number, by: KeyObject, at: Date): NewEntry {
  const lines = ["revoked", formatVerifierKey(revoked), String(since), formatVerifierKey(noteKey(origin, "log", by))];
  return keyEntry(origin, lines, [by], at);
}

function keyEntry(origin: string, lines: readonly string[], keys: readonly KeyObject[], at: Date): NewEntry {
  const text = `${[FORMAT, origin, ...lines].join("\n")}\n`;
  const note = formatNote({ text, signatures: keys.map((key) => signNote(text, origin, key)) });
  return { id: derivedId("key", text), kind: "key", time: at.toISOString(), content: { note } };
}

/** What an entry says of the log's key; undefined unless the keys that it names signed it. */
export function readKeyEvent({ kind, log, content }: EntryBody): KeyEvent | undefined {
  const { note } = content;
  if (kind !== "key" || typeof note !== "string" || Object.keys(content).length !== 1) return undefined;
  try {
    return readEvent(log, note);
  } catch (error) {
    if (error instanceof NoteError) return undefined;
    throw error;
  }
}

/** @throws {NoteError} */
function readEvent(log: string, written: string): KeyEvent | undefined {
  const note = readNote(written);
  const [format, origin, type, ...rest] = note.text.slice(0, -1).split("\n");
  if (format !== FORMAT || origin !== log || formatNote(note) !== written) return undefined;
  const keyIn = (line: string | undefined): NoteKey => {
    const key = readVerifierKey(line ?? "");
    if (key.type !== "log" || key.name !== log) throw new NoteError("it names a key of something else");
    return key;
  };
  const areSigners = (...keys: readonly NoteKey[]): boolean => signersOfNote(note, keys).length === keys.length;
  if (type === "rotated" && rest.length === 2) {
    const [from, to] = [keyIn(rest[0]), keyIn(rest[1])];
    return !isSameKey(from, to) && areSigners(from, to) ? { type, from, to } : undefined;
  }
  if (type === "revoked" && rest.length === 3 && SIZE.test(rest[1] ?? "")) {
    const [key, by] = [keyIn(rest[0]), keyIn(rest[2])];
    return !isSameKey(key, by) && areSigners(by) ? { type, key, since: Number(rest[1]), by } : undefined;
  }
  return undefined;
}

/** Whether two verifier keys are one. */
export function isSameKey(one: NoteKey, other: NoteKey): boolean {
  return formatVerifierKey(one) === formatVerifierKey(other);
}

/** An event and the index of its entry. */
export interface PlacedKeyEvent {
  readonly index: number;
  readonly event: KeyEvent;
}

/** What follows from a log's events for somebody who was given one of its keys. */
export interface KeyChain {
  /** The key that has to have signed a tree of that size; undefined for trees from before the given key was in force. */
  readonly keyOf: (size: number) => NoteKey | undefined;
  /** Indexes of entries that speak for a key that was not in force. */
  readonly strangers: readonly number[];
  /** The event that takes the given key back for trees before it gave way to another, so that nothing leads to that one. */
  readonly broken?: PlacedKeyEvent;
}

/**
 * Follows the events from a key on. Where the key came into force by an event, those before it are left aside: whoever has the key
 * need not know its predecessors.
 */
export function keyChain(given: NoteKey, events: readonly PlacedKeyEvent[]): KeyChain {
  const start = events.findLastIndex(({ event }) => event.type === "rotated" && isSameKey(event.to, given));
  const inForce = [{ from: (events[start]?.index ?? -1) + 1, key: given }];
  const strangers: number[] = [];
  let broken: PlacedKeyEvent | undefined;
  for (const placed of events.slice(start + 1)) {
    const { index, event } = placed;
    const current = inForce.at(-1)?.key ?? given;
    if (event.type === "rotated") {
      if (isSameKey(event.from, current)) inForce.push({ from: index + 1, key: event.to });
      else strangers.push(index);
    } else if (!isSameKey(event.by, current)) strangers.push(index);
    else if (isSameKey(event.key, given) && event.since < (inForce[1]?.from ?? 0)) broken = placed;
  }
  return {
    keyOf: (size) => inForce.findLast(({ from }) => from <= size)?.key,
    strangers,
    ...(broken === undefined ? {} : { broken }),
  };
}

/**
 * The key that a log names as its own; undefined where it never named one.
 *
 * @throws {GateError} `audit-corrupt` for an entry that its keys did not sign
 */
export async function namedKey(store: Pick<AuditStore, "entries">): Promise<NoteKey | undefined> {
  let named: NoteKey | undefined;
  for await (const { index, body } of store.entries({ kind: "key" })) {
    const read = readEntryBody(body);
    const event = read === undefined ? undefined : readKeyEvent(read);
    if (event === undefined) {
      throw new GateError("audit-corrupt", `entry ${index} of the audit log names a key that did not sign it`, {
        hint: "Run `gate audit verify`.",
      });
    }
    if (event.type === "rotated") named = event.to;
  }
  return named;
}

/**
 * Refuses to sign with a key that gave way to another.
 *
 * @throws {GateError} `key-invalid`
 */
export async function requireKeyInForce(
  store: Pick<AuditStore, "entries">,
  origin: string,
  key: KeyObject,
): Promise<void> {
  const named = await namedKey(store);
  if (named === undefined || isSameKey(named, noteKey(origin, "log", key))) return;
  throw new GateError("key-invalid", `the audit log ${origin} has another key by now: ${formatVerifierKey(named)}`, {
    hint: "Sign with the key that `gate key rotate` brought in.",
  });
}
