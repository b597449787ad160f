import type { StoreLocation } from "../audit/location.ts";
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
  await readAt(await storePath(flags, context), read);
}

/** As {@link readFrom}, of a log whose place is known already. */
export async function readAt<T>(path: StoreLocation, read: (store: AuditStore) => Promise<T>): Promise<T> {
  const store = await openAuditStore({ path, mode: "read" });
  try {
    return await read(store);
  } finally {
    await store.close();
  }
}
