import { readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * A folder of derived data that can be deleted at any time. Keys are digests of everything that the data depends on, so
 * an entry is never stale; it is only ever missing. Writing is best effort: a read-only home costs time, not the check.
 */
export interface Cache {
  /** Path of an entry, there or not. */
  path(name: string): string;
  readJson(name: string): unknown;
  /** Whole or not at all, also with several writers. */
  write(name: string, data: string | Uint8Array): Promise<boolean>;
}

/** @param folder absolute; undefined turns the cache off. */
export function openCache(folder: string | undefined): Cache {
  const path = (name: string): string => join(folder ?? "", name);
  return {
    path,
    readJson(name) {
      if (folder === undefined) return undefined;
      try {
        // Small files: a round through the thread pool takes longer than the read.
        return JSON.parse(readFileSync(path(name), "utf8")) as unknown;
      } catch {
        return undefined;
      }
    },
    async write(name, data) {
      if (folder === undefined) return false;
      const target = path(name);
      const temporary = `${target}.${process.pid}.${performance.now()}`;
      try {
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        await writeFile(temporary, data, { mode: 0o600 });
        await rename(temporary, target);
        return true;
      } catch {
        await rm(temporary, { force: true }).catch(() => undefined);
        return false;
      }
    },
  };
}
