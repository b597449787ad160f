import { childIn, nodesOf, type SourceFile, type SourceNode, textOf } from "./tree.ts";

/** The type that a method of Go belongs to; empty where it has none. */
export function receiverOf(file: SourceFile, method: SourceNode): string {
  const receiver = childIn(method, "receiver");
  if (receiver === undefined) return "";
  for (const node of nodesOf(receiver)) if (node.type === "type_identifier") return textOf(file, node);
  return "";
}
