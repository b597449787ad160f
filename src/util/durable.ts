import { closeSync, fsyncSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { platform } from "node:os";
import { dirname } from "node:path";

/** Makes a directory as durable as what will be in it: a power cut could take it, and what is in it, from above. */
export function makeDirectory(directory: string): void {
  const made = mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (made === undefined) return;
  for (let above = dirname(directory); above.length >= dirname(made).length; above = dirname(above)) {
    syncDirectory(above);
    if (above === dirname(above)) return;
  }
}

/** Writes a file that is not there yet, and waits until its content is on disk; its name is not certain to stay. */
export function writeNewFile(path: string, content: string | Uint8Array, mode: number): void {
  const handle = openSync(path, "wx", mode);
  try {
    writeFileSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Makes new names survive a power cut; Windows does so by itself and cannot open a directory. */
export function syncDirectory(directory: string): void {
  if (platform() === "win32") return;
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
