import { gateCapabilities } from "../../../policy/capabilities.ts";
import { openToolchain } from "../../../policy/load.ts";
import type { CommandContext } from "../../context.ts";

/** `gate policy capabilities`: what gates may call, as OPA's `capabilities.json`, for editors and for `opa`. */
export async function capabilities(context: CommandContext): Promise<void> {
  const toolchain = await openToolchain(context);
  try {
    context.out(`${JSON.stringify(gateCapabilities(await toolchain.capabilities()), null, 2)}\n`);
  } finally {
    await toolchain.close();
  }
}
