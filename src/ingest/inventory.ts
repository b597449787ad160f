import type { Diagnostic, EvidenceQuality, EvidenceStatus, EvidenceSubject, ReadableKind } from "../evidence/types.ts";
import { bodyProblem } from "../evidence/validate.ts";
import { compact } from "../util/compact.ts";
import type { Limits } from "../util/limits.ts";
import { type Detection, FormatError, type Head } from "./adapter.ts";
import { commitIdOf } from "./commit.ts";
import type { Content } from "./content.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { parseJsonDocument } from "./json.ts";
import { isObject, type JsonObject, kept, stringsOf, textOf } from "./values.ts";

/** What every inventory of gate's own says beside its lists. */
export interface InventoryParts {
  readonly subject: EvidenceSubject;
  readonly status: EvidenceStatus;
  readonly statusReasons: readonly Diagnostic[];
  readonly quality: EvidenceQuality;
  /** Missing where it is of the whole checkout. */
  readonly paths?: readonly string[];
  /** In the shape of the model. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Tells an inventory by its schema. */
export function detectInventory({ text }: Head, name: string): Detection {
  const pattern = new RegExp(`"schema"\\s*:\\s*"gate/${name}/v`);
  if (text.startsWith("{") && pattern.test(text))
    return { confidence: "certain", reason: `its schema is gate/${name}` };
  return { confidence: "no", reason: `its schema is not gate/${name}` };
}

/**
 * Reads an inventory, whose lists are those of the model. What is counted is counted again by the caller.
 *
 * @param lists the names of the lists
 * @throws {FormatError} of every reason
 */
export function readInventory(
  bytes: Content,
  { schema, kind, lists }: { readonly schema: string; readonly kind: ReadableKind; readonly lists: readonly string[] },
  limits: Limits,
): InventoryParts {
  const document = parseJsonDocument(bytes, limits);
  if (!isObject(document)) throw new FormatError("not-this-format", "it is not an object");
  if (document["schema"] !== schema) {
    throw new FormatError("unsupported-version", `the schema is not ${schema}`, "/schema");
  }
  const body = Object.fromEntries(lists.map((name) => [name, keptAll(document[name], limits)]));
  const problem = bodyProblem(kind, body);
  if (problem !== undefined) throw new FormatError("malformed", problem.message, problem.pointer);
  const complete = document["complete"] === true;
  const reasons = notesIn(document, "reasons");
  if (!complete && reasons.list().length === 0) {
    reasons.add("not-complete", "it does not say that everything was looked at", "/complete");
  }
  const commit = document["commit"] === undefined ? undefined : commitAt(document["commit"]);
  const repository = textOf(document["repository"]);
  const paths = stringsOf(document["paths"]).map((path) => kept(path, limits));
  return {
    subject: compact({ repository: repository === undefined ? undefined : kept(repository, limits), commit }),
    status: reasons.list().length === 0 ? "complete" : "partial",
    statusReasons: reasons.list(),
    quality: { warnings: notesIn(document, "warnings").list(), inconsistencies: [], redactions: 0 },
    ...(paths.length === 0 ? {} : { paths }),
    body,
  };
}

function commitAt(value: unknown): string {
  const id = commitIdOf(value);
  if (id === undefined) throw new FormatError("malformed", "it is no full id of a commit", "/commit");
  return id;
}

function notesIn(document: JsonObject, name: string): DiagnosticList {
  const notes = createDiagnostics();
  const list: readonly unknown[] = Array.isArray(document[name]) ? document[name] : [];
  for (const note of list) {
    const { code, message, place } = isObject(note) ? note : {};
    const told = textOf(message) ?? "it does not say what";
    notes.add(/^[a-z][a-z-]{0,63}$/.test(String(code)) ? String(code) : "note", told, textOf(place));
  }
  return notes;
}

function keptAll(value: unknown, limits: Limits): unknown {
  if (typeof value === "string") return kept(value, limits);
  if (Array.isArray(value)) return value.map((one) => keptAll(one, limits));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, keptAll(member, limits)]));
}
