import { profileText } from "../../../catalogue/text.ts";
import { GateError } from "../../../util/errors.ts";
import { nearest } from "../../../util/nearest.ts";
import type { CommandContext } from "../../context.ts";
import { loadProfiles } from "./profiles.ts";
import { configuredPolicies } from "./selection.ts";

/** `gate policy show`: everything about one gate. */
export async function show(id: string, flags: { readonly config?: string }, context: CommandContext): Promise<void> {
  const { profiles } = await loadProfiles(await configuredPolicies(flags.config, context), context);
  const profile = profiles.find(({ gate }) => gate.id === id);
  if (profile === undefined) {
    const names = profiles.map(({ gate }) => gate.id);
    const suggestion = nearest(id, names);
    throw new GateError("usage", `there is no gate "${id}"`, {
      hint: suggestion === undefined ? `Known gates: ${names.join(", ")}.` : `Did you mean "${suggestion}"?`,
    });
  }
  context.out(profileText(profile));
}
