/** What a program did to the files below a folder, in order, as strace saw it. */
export type Operation =
  | { readonly kind: "create"; readonly path: string; readonly file: number }
  | { readonly kind: "mkdir"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly file: number }
  | { readonly kind: "unlink"; readonly path: string }
  | Write
  | { readonly kind: "truncate"; readonly file: number; readonly size: number }
  | { readonly kind: "sync"; readonly file: number }
  | { readonly kind: "sync-folder"; readonly path: string }
  /** The program has said so, and is believed from here on. */
  | { readonly kind: "acknowledge"; readonly text: string };

export interface Write {
  readonly kind: "write";
  readonly file: number;
  readonly offset: number;
  readonly data: Buffer;
}

/** Options of strace for {@link readRecording}: all in hexadecimal, nothing cut, paths of descriptors. */
export const RECORDING = [
  "-xx",
  "-y",
  "-s",
  "1000000",
  "-e",
  "trace=openat,creat,write,writev,pwrite64,pwritev,fsync,fdatasync,sync_file_range,ftruncate,truncate,fallocate,unlink,unlinkat,link,linkat,rename,renameat,renameat2,mkdir,mkdirat,copy_file_range,sendfile",
] as const;

const HEX = String.raw`((?:\\x[0-9a-f]{2})*)`;
const FD = String.raw`(\d+)<[^>]*>`;
const CALL = /^(\w+)\((.*)\) += (-?\d+)(?:<[^>]*>)?/;
const ARGUMENTS: Readonly<Record<string, RegExp>> = {
  openat: new RegExp(`^AT_FDCWD(?:<[^>]*>)?, "${HEX}", ([A-Z_|]+)(?:, 0\\d+)?$`),
  write: new RegExp(`^${FD}, "${HEX}", (\\d+)$`),
  pwrite64: new RegExp(`^${FD}, "${HEX}", (\\d+), (\\d+)$`),
  fsync: new RegExp(`^${FD}$`),
  fdatasync: new RegExp(`^${FD}$`),
  ftruncate: new RegExp(`^${FD}, (\\d+)$`),
  unlink: new RegExp(`^"${HEX}"$`),
  link: new RegExp(`^"${HEX}", "${HEX}"$`),
  mkdir: new RegExp(`^"${HEX}", 0\\d+$`),
};

/**
 * Reads a trace. A call that it does not know of a file below the folder is an error: what it left out could not be lost.
 *
 * @param folder absolute
 * @param output the file that standard output goes to
 */
export function readRecording(trace: string, folder: string, output: string): readonly Operation[] {
  const operations: Operation[] = [];
  const names = new Map<string, number>();
  const open = new Map<number, number | string>();
  let files = 0;
  const below = (path: string): boolean => path === folder || path.startsWith(`${folder}/`);

  for (const line of trace.split("\n")) {
    const [, call = "", text = "", status = ""] = CALL.exec(line) ?? [];
    if (call === "" || Number(status) < 0) continue;
    const known = ARGUMENTS[call]?.exec(text);
    if (known === undefined || known === null) {
      if (Buffer.from(text.replaceAll(/[^\\]|\\x([0-9a-f]{2})/g, "$1"), "hex").includes(folder)) {
        throw new Error(`a call that is not understood: ${line.slice(0, 200)}`);
      }
      continue;
    }
    const [, first = "", second = "", third = "", fourth = ""] = known;
    const opened = open.get(Number(first));
    if (call === "openat") {
      const path = decode(first).toString();
      open.delete(Number(status));
      if (path === output) open.set(Number(status), output);
      if (!below(path)) continue;
      const flags = second.split("|");
      let file = names.get(path);
      if (file === undefined && flags.includes("O_CREAT")) {
        file = files++;
        names.set(path, file);
        operations.push({ kind: "create", path, file });
      } else if (file !== undefined && flags.includes("O_TRUNC")) operations.push({ kind: "truncate", file, size: 0 });
      open.set(Number(status), file ?? path);
    } else if (call === "write" && first === "1") {
      operations.push({ kind: "acknowledge", text: decode(second).toString() });
    } else if (call === "pwrite64" && typeof opened === "number") {
      const data = decode(second);
      if (data.length !== Number(status) || status !== third)
        throw new Error(`a write was cut: ${data.length} of ${third}`);
      operations.push({ kind: "write", file: opened, offset: Number(fourth), data });
    } else if (call === "ftruncate" && typeof opened === "number") {
      operations.push({ kind: "truncate", file: opened, size: Number(second) });
    } else if (call.endsWith("sync") && opened !== undefined) {
      operations.push(
        typeof opened === "number" ? { kind: "sync", file: opened } : { kind: "sync-folder", path: opened },
      );
    } else if (call === "unlink" && below(decode(first).toString())) {
      const path = decode(first).toString();
      names.delete(path);
      operations.push({ kind: "unlink", path });
    } else if (call === "link" && below(decode(second).toString())) {
      const file = names.get(decode(first).toString());
      const path = decode(second).toString();
      if (file === undefined) throw new Error(`a link to an unknown file: ${path}`);
      names.set(path, file);
      operations.push({ kind: "link", path, file });
    } else if (call === "mkdir" && below(decode(first).toString())) {
      operations.push({ kind: "mkdir", path: decode(first).toString() });
    } else if (typeof opened === "number") throw new Error(`a call that is not understood: ${line.slice(0, 200)}`);
  }
  return operations;
}

function decode(hex: string): Buffer {
  return Buffer.from(hex.replaceAll("\\x", ""), "hex");
}
