import { basename } from "node:path";
import type { Clock } from "../../util/clock.ts";
import { GateError } from "../../util/errors.ts";
import { isOrigin, originOf } from "../checkpoint.ts";
import { logCreatedEntry } from "../entry.ts";
import type { PreviousLog } from "../shard.ts";
import type { AuditStore } from "../store.ts";
import { uuidV7 } from "../uuid.ts";
import { openCache } from "./cache.ts";
import type { GitLocation } from "./location.ts";
import { logReader } from "./read.ts";
import { createLog, fetchLog, GitAuditStore, seenHead } from "./store.ts";

export interface OpenGitStoreOptions {
  readonly location: GitLocation;
  /** Name of the log where it is created now; default: the name of the clone's folder. */
  readonly origin?: string;
  readonly mode: "append" | "read";
  /** False where none is to be created. */
  readonly create?: boolean;
  /** Of the log that one which is created now goes on from. */
  readonly previous?: PreviousLog;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
}

/**
 * Opens the log on a ref of a remote; in mode `append` creates it where there is none.
 *
 * @throws {GateError} `audit-not-found`, `audit-unreadable`, `audit-corrupt`, `audit-write-failed`, `usage`
 */
export async function openGitStore(options: OpenGitStoreOptions): Promise<AuditStore> {
  const { location, clock, random } = options;
  const mayCreate = options.mode === "append" && options.create !== false;
  const origin = options.origin ?? originOf(basename(location.clone));
  if (!isOrigin(origin)) throw new GateError("usage", `not a name for an audit log: ${JSON.stringify(origin)}`);
  const cache = await openCache(location);
  try {
    const reader = logReader(cache);
    const parts = { location, cache, reader, clock, random };
    try {
      const log = await fetchLog(location, cache, reader, await seenHead(cache, reader));
      return new GitAuditStore({ ...parts, log });
    } catch (error) {
      if (!mayCreate || !(error instanceof GateError) || error.code !== "audit-not-found") throw error;
      const now = clock.now();
      const log = await createLog(parts, origin, logCreatedEntry(uuidV7(now, random(10)), now, options.previous));
      return new GitAuditStore({ ...parts, log });
    }
  } catch (error) {
    cache.close();
    throw error;
  }
}
