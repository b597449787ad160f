import { Ajv, type ValidateFunction } from "ajv";
import { schemaIssues } from "../config/schema-issues.ts";
import { beginningOf } from "../decision/expiry.ts";
import { canonicalJson } from "../evidence/canonical.ts";
import type { StatementDocument } from "./statement.ts";
import { Refusal } from "./wire.ts";

/** Makes statements out of bytes. */
export type StatementReader = (bytes: Uint8Array) => StatementDocument;

/** What each kind has to say besides, and what it must not. */
const MEMBERS = {
  approval: { gate: true, bypass: false, ticket: undefined, violations: undefined, gates: false },
  bypass: { gate: false, bypass: false, ticket: true, violations: false, gates: undefined },
  "bypass-approval": { gate: false, bypass: true, ticket: undefined, violations: false, gates: false },
  review: { gate: false, bypass: true, ticket: undefined, violations: false, gates: false },
} as const satisfies Record<StatementDocument["kind"], Readonly<Record<string, boolean | undefined>>>;

/**
 * Reads signed bytes. What is not exactly as gate writes it is refused: two texts for one statement would be two ids for
 * it, and a member that is not understood could take back what the rest says.
 *
 * @param schema `schemas/signed-statement.v1.schema.json`
 * @returns a function that throws a {@link Refusal}
 */
export function statementReader(schema: object): StatementReader {
  const validate = new Ajv({ allErrors: true, verbose: true, strict: true }).compile<StatementDocument>(schema);
  return (bytes) => {
    const document = validated(bytes, validate);
    const { createdAt, expiresAt } = document;
    for (const time of [createdAt, expiresAt]) {
      if (beginningOf(time) === Number.POSITIVE_INFINITY) throw new Refusal(`${time} is no time`);
    }
    const problem = problemOf(document);
    if (problem !== undefined) throw new Refusal(problem);
    return document;
  };
}

function validated(bytes: Uint8Array, validate: ValidateFunction<StatementDocument>): StatementDocument {
  const { value, text } = parse(bytes);
  if (!validate(value)) {
    const [issue] = schemaIssues(validate.errors ?? [], "", () => undefined);
    throw new Refusal(issue?.hint === undefined ? (issue?.message ?? "") : `${issue.message}. ${issue.hint}`);
  }
  if (canonicalJson(value) !== text) throw new Refusal("it was altered, or not written as RFC 8785 writes JSON");
  return value;
}

function parse(bytes: Uint8Array): { readonly value: unknown; readonly text: string } {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { value: JSON.parse(text), text };
  } catch (cause) {
    throw new Refusal("it is not JSON", { cause });
  }
}

function problemOf({ kind, subject, ticket, gates, createdAt, expiresAt }: StatementDocument): string | undefined {
  const given = {
    gate: subject.gate !== undefined,
    bypass: subject.bypass !== undefined,
    ticket: ticket !== undefined,
    violations: subject.violations !== undefined,
    gates: gates.length > 0,
  };
  for (const [member, wanted] of Object.entries(MEMBERS[kind])) {
    const there = Object.entries(given).some(([name, is]) => name === member && is);
    if (wanted === true && !there) return `"${member}" is missing in a statement of kind ${kind}`;
    if (wanted === false && there) return `"${member}" has no place in a statement of kind ${kind}`;
  }
  return beginningOf(expiresAt) > beginningOf(createdAt) ? undefined : "it expires before it was made";
}
