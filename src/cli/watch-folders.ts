import { type FSWatcher, watch } from "node:fs";
import { GateError, messageOf } from "../util/errors.ts";

/** An editor that saves a file writes, renames and touches it within this time, in milliseconds. */
const QUIET_MS = 25;

export interface FolderWatch {
  /**
   * Resolves when something below the folders has changed since the last call.
   *
   * @returns false where the signal ended the watch
   * @throws {GateError} `policy-not-found` where a folder cannot be watched any longer
   */
  changed(): Promise<boolean>;
  close(): void;
}

/** Watches folders with everything below them, from now on. */
export function watchFolders(folders: readonly string[], signal: AbortSignal): FolderWatch {
  let pending = false;
  let failure: GateError | undefined;
  let wake: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const settle = (): void => {
    pending = true;
    wake?.();
  };
  const fail = (folder: string, cause: unknown): void => {
    failure ??= new GateError("policy-not-found", `${folder} cannot be watched: ${messageOf(cause)}`, { cause });
    settle();
  };
  const watchers = folders.flatMap((folder): FSWatcher[] => {
    try {
      const watcher = watch(folder, { recursive: true }, () => {
        clearTimeout(timer);
        timer = setTimeout(settle, QUIET_MS);
      });
      return [watcher.on("error", (error) => fail(folder, error))];
    } catch (error) {
      fail(folder, error);
      return [];
    }
  });
  signal.addEventListener("abort", settle, { once: true });
  return {
    async changed() {
      if (!pending && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        wake = () => resolve(undefined);
        await promise;
      }
      pending = false;
      if (failure !== undefined) throw failure;
      return !signal.aborted;
    },
    close() {
      clearTimeout(timer);
      signal.removeEventListener("abort", settle);
      for (const watcher of watchers) watcher.close();
    },
  };
}
