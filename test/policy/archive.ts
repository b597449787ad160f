import { gunzipSync, gzipSync } from "node:zlib";

/** One entry of an archive as anybody could write it. */
export interface RawEntry {
  readonly name: string;
  readonly content?: string | Uint8Array;
  /** The type flag of POSIX.1-1988: `0` a file, `2` a symbolic link, `3` a device, `5` a folder. */
  readonly type?: string;
  readonly link?: string;
}

const BLOCK = 512;

/** A tar archive, uncompressed, without any care for what is in it. */
export function tar(entries: readonly RawEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, content = "", type = "0", link = "" }) => {
    const body = Buffer.from(content);
    const header = Buffer.alloc(BLOCK);
    header.write(name, 0, 100);
    header.write("0000644\0", 100);
    header.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.write("        ", 148);
    header.write(type, 156);
    header.write(link, 157, 100);
    header.write("ustar\x0000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

/** A package as anybody could write it. */
export function archive(entries: readonly RawEntry[]): Buffer {
  return gzipSync(tar(entries));
}

/** The files of a package, in order. */
export function entriesOf(packed: Uint8Array): { name: string; content: string }[] {
  const bytes = gunzipSync(packed);
  const entries: { name: string; content: string }[] = [];
  for (let at = 0; bytes[at] !== 0 && at < bytes.length; ) {
    const text = (from: number, length: number): string => bytes.toString("utf8", at + from, at + from + length);
    const size = Number.parseInt(text(124, 11), 8);
    entries.push({
      name: text(0, 100).replace(/\0.*$/s, ""),
      content: bytes.toString("utf8", at + BLOCK, at + BLOCK + size),
    });
    at += BLOCK * (1 + Math.ceil(size / BLOCK));
  }
  return entries;
}
