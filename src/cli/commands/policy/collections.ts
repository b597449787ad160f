import { collectionsText } from "../../../catalogue/collections.ts";
import { loadPolicies } from "../../../policy/load.ts";
import { GateError } from "../../../util/errors.ts";
import { nearest } from "../../../util/nearest.ts";
import type { CommandContext } from "../../context.ts";
import { configuredPolicies } from "./selection.ts";

export interface CollectionsFlags {
  readonly config?: string;
  readonly json: boolean;
}

/**
 * `gate policy collections`: the collections that can be named in gate.yaml.
 *
 * @throws {GateError} `usage` where there is none of that id
 */
export async function listCollections(
  id: string | undefined,
  flags: CollectionsFlags,
  context: CommandContext,
): Promise<void> {
  const { bundle } = await loadPolicies(await configuredPolicies(flags.config, context), context);
  const chosen = bundle.collections.filter((collection) => id === undefined || collection.id === id);
  if (id !== undefined && chosen.length === 0) {
    const ids = bundle.collections.map((collection) => collection.id);
    const suggestion = nearest(id, ids);
    throw new GateError("usage", `there is no collection "${id}"`, {
      hint: suggestion === undefined ? `There are ${ids.join(", ")}.` : `Did you mean "${suggestion}"?`,
    });
  }
  context.out(flags.json ? `${JSON.stringify(chosen, null, 2)}\n` : collectionsText(chosen));
}
