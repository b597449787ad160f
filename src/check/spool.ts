import { randomBytes } from "node:crypto";
import { linkSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { type SpooledEntry, spoolDocument } from "../audit/spool.ts";
import type { SpoolReference } from "../decision/types.ts";
import { sha256 } from "../evidence/canonical.ts";
import { makeDirectory, syncDirectory, writeNewFile } from "../util/durable.ts";
import { GateError, messageOf } from "../util/errors.ts";
import type { SpoolOptions } from "./options.ts";

/**
 * Writes entries to a file of their own, durably: when it returns, they survive a power cut. The file is whole or not
 * there, and never takes the place of another.
 *
 * @param id the decision's, which names the file
 * @throws {GateError} `audit-write-failed`
 */
export function writeSpool(
  { folder, seal }: SpoolOptions,
  cwd: string,
  id: string,
  entries: readonly SpooledEntry[],
): SpoolReference {
  const document = spoolDocument(entries);
  const content = Buffer.from(seal === undefined ? document : seal(document));
  const name = `${id}.spool.json`;
  const spooled = join(folder, name).replaceAll("\\", "/");
  const place = resolve(cwd, folder);
  const temporary = join(place, `.${name}.${randomBytes(4).toString("hex")}`);
  try {
    makeDirectory(place);
    writeNewFile(temporary, content, 0o600);
    linkSync(temporary, join(place, name));
    syncDirectory(place);
  } catch (cause) {
    throw new GateError("audit-write-failed", `${spooled} cannot be written: ${messageOf(cause)}`, { cause });
  } finally {
    rmSync(temporary, { force: true });
  }
  return { spooled, sha256: sha256(content), signed: seal !== undefined };
}
