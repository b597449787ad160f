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
  /** The key that has to have signed a tree of that size; undefined where the log's key of that time is not believed so far. */
  readonly keyOf: (size: number) => NoteKey | undefined;
  /** Indexes of entries that speak for a key that was not in force. */
  readonly strangers: readonly number[];
  /** The event that takes the given key back for trees before it gave way to another, so that nothing leads to that one. */
  readonly broken?: PlacedKeyEvent;
}

/** A key, and the trees that it signs. */
interface Reign {
  readonly key: NoteKey;
  /** The size of the smallest. */
  readonly from: number;
  /** Where it was revoked: the size of the largest that is believed. */
  until: number;
}

/**
 * Follows the events from a key on, and back to its predecessors: the key that came signed that they were before it. What speaks for
 * no key of the chain is left aside before the given key came, and is a stranger after it.
 */
export function keyChain(given: NoteKey, events: readonly PlacedKeyEvent[]): KeyChain {
  const start = events.findLastIndex(({ event }) => event.type === "rotated" && isSameKey(event.to, given));
  const reigns = predecessors(given, events.slice(0, start + 1));
  const own = reigns.length - 1;
  const strangers: number[] = [];
  let broken: PlacedKeyEvent | undefined;
  for (const placed of events.slice(start + 1)) {
    const { index, event } = placed;
    const current = reigns.at(-1)?.key ?? given;
    const isOurs = isSameKey(event.type === "rotated" ? event.from : event.by, current);
    if (!isOurs) strangers.push(index);
    else if (event.type === "rotated") reigns.push({ key: event.to, from: index + 1, until: Number.POSITIVE_INFINITY });
    else {
      revoke(reigns, event.key, event.since);
      if (isSameKey(event.key, given) && event.since < (reigns[own + 1]?.from ?? 0)) broken = placed;
    }
  }
  return {
    keyOf(size) {
      const reign = reigns.findLast(({ from }) => from <= size);
      return reign !== undefined && size <= reign.until ? reign.key : undefined;
    },
    strangers,
    ...(broken === undefined ? {} : { broken }),
  };
}

/** The given key and those before it, the oldest first. @param events up to the one with which it came */
function predecessors(given: NoteKey, events: readonly PlacedKeyEvent[]): Reign[] {
  const reigns: Reign[] = [];
  let key = given;
  for (const { index, event } of events.toReversed()) {
    if (event.type !== "rotated" || !isSameKey(event.to, key)) continue;
    reigns.unshift({ key, from: index + 1, until: Number.POSITIVE_INFINITY });
    key = event.from;
  }
  reigns.unshift({ key, from: 0, until: Number.POSITIVE_INFINITY });
  for (const { event } of events) {
    const isOurs = event.type === "revoked" && reigns.some((reign) => isSameKey(reign.key, event.by));
    if (isOurs) revoke(reigns, event.key, event.since);
  }
  return reigns;
}

function revoke(reigns: readonly Reign[], key: NoteKey, since: number): void {
  for (const reign of reigns) {
    if (isSameKey(reign.key, key)) reign.until = Math.min(reign.until, since);
  }
}

/** What a log says of its keys, without the entries that their keys did not sign: those are for its verification to find. */
export async function keyEventsIn(store: Pick<AuditStore, "entries">): Promise<readonly PlacedKeyEvent[]> {
  const events: PlacedKeyEvent[] = [];
  for await (const { index, event } of keyEntries(store)) if (event !== undefined) events.push({ index, event });
  return events;
}

/**
 * The key that a log names as its own; undefined where it never named one.
 *
 * @throws {GateError} `audit-corrupt` for an entry that its keys did not sign
 */
export async function namedKey(store: Pick<AuditStore, "entries">): Promise<NoteKey | undefined> {
  let named: NoteKey | undefined;
  for await (const { index, event } of keyEntries(store)) {
    if (event === undefined) {
      throw new GateError("audit-corrupt", `entry ${index} of the audit log names a key that did not sign it`, {
        hint: "Run `gate audit verify`.",
      });
    }
    if (event.type === "rotated") named = event.to;
  }
  return named;
}

/** The entries about keys; without an event where the keys that one names did not sign it. */
async function* keyEntries(
  store: Pick<AuditStore, "entries">,
): AsyncIterable<{ readonly index: number; readonly event: KeyEvent | undefined }> {
  for await (const { index, body } of store.entries({ kind: "key" })) {
    const read = readEntryBody(body);
    yield { index, event: read === undefined ? undefined : readKeyEvent(read) };
  }
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
