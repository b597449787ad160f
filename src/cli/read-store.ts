import { openAuditStore } from "../audit/open.ts";
import type { AuditStore } from "../audit/store.ts";
import type { CommandContext } from "./context.ts";
import { type StoreFlags, storePath } from "./store-path.ts";

/** Opens the log that the flags mean, to read. @throws {GateError} as `openAuditStore` */
export async function readFrom(
  flags: StoreFlags,
  context: CommandContext,
  read: (store: AuditStore) => Promise<void>,
): Promise<void> {
  const store = await openAuditStore({ path: await storePath(flags, context), mode: "read" });
  try {
    await read(store);
  } finally {
    await store.close();
  }
}
