/** The shapes of the evidence model, for checking a document without a library for JSON Schema. */
import type { Member, Model } from "./model.ts";
import { isEnum } from "./schemas.ts";

const HEAD = `/**
 * The evidence model, version 1, as data in the notation of \`schemas/evidence.v1.yaml\`: by member its type, with \`?\`
 * behind a name that may be missing and \`[]\` behind the type of a list.
 *
 * Written by \`npm run model\`; change the model.
 */

`;

/** The whole of `src/evidence/shapes.ts`, before it is formatted. */
export function shapesOf({ envelope, types, kinds }: Model): string {
  const readable = [...kinds].filter(([name]) => name !== "unreadable");
  const shapes = {
    envelope: shapeOf(envelope),
    types: Object.fromEntries(
      [...types].map(([name, type]) => [name, isEnum(type) ? [...type.values.keys()] : shapeOf(type.members)]),
    ),
    kinds: Object.fromEntries(
      readable.map(([name, { summary, body }]) => [name, { summary: shapeOf(summary), body: shapeOf(body) }]),
    ),
  };
  return `${HEAD}import type { ReadableKind } from "./types.ts";

/** By member its type. */
export type Shape = Readonly<Record<string, string>>;

interface Shapes {
  readonly envelope: Shape;
  /** A list holds all values of a type that is one of some texts. */
  readonly types: Readonly<Record<string, Shape | readonly string[]>>;
  readonly kinds: Readonly<Record<ReadableKind, { readonly summary: Shape; readonly body: Shape }>>;
}

export const SHAPES: Shapes = ${JSON.stringify(shapes)};
`;
}

function shapeOf(members: readonly Member[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    members.map(({ name, optional, type, lists }) => [`${name}${optional ? "?" : ""}`, type + "[]".repeat(lists)]),
  );
}
