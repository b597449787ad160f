import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../../../util/clock.ts";
import { MAX_NOTE_BYTES } from "../../note.ts";
import type { TreeHead } from "../../store.ts";
import type { Anchor, AnchorSource } from "../anchor.ts";
import { addFile, fileAnchor, readSmall } from "../file.ts";
import { noteFile, shelfFolder } from "../shelf.ts";

export interface S3LayoutOptions {
  /** How long nobody can delete an object, from now on, in milliseconds. */
  readonly retentionMs: number;
  readonly clock: Clock;
}

/**
 * What an upload of one note says to S3, in the names of `aws s3api put-object`.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
interface ObjectManifest {
  readonly schema: "gate/s3-object/v1";
  /** Below whatever prefix the bucket has for logs. */
  readonly key: string;
  readonly origin: string;
  readonly size: number;
  readonly contentType: string;
  /** Base64. S3 wants it with an Object Lock, and refuses a body with another one. */
  readonly contentMd5: string;
  /** Base64. */
  readonly checksumSha256: string;
  readonly objectLockMode: "COMPLIANCE";
  /** RFC 3339. */
  readonly objectLockRetainUntilDate: string;
  /** S3 then refuses to write over an object, lock or no lock. */
  readonly ifNoneMatch: "*";
}

/**
 * A folder that is a bucket in waiting: each note under the key that it will have, and beside it what its upload has to say.
 * Whoever uploads needs no key of the log, and whoever signs needs no access to the bucket.
 *
 * @param folder absolute
 */
export function s3Layout(folder: string, { retentionMs, clock }: S3LayoutOptions): Anchor & AnchorSource {
  const files = fileAnchor(folder, `s3-layout:${folder}`);
  return {
    name: files.name,
    async publish(checkpoint, log) {
      const anchored = await files.publish(checkpoint, log);
      if (anchored.status === "covered") return anchored;
      const { origin, size } = checkpoint.head;
      const key = `${shelfFolder(origin)}/${noteFile(size)}`;
      const body = readSmall(join(folder, key), MAX_NOTE_BYTES);
      const until = new Date(clock.now().getTime() + retentionMs);
      // After the note, and again where a run ended in between: where there is a manifest, there is a whole body.
      addFile(join(folder, `${key}.json`), manifestText(checkpoint.head, key, body, until), files.name);
      return anchored;
    },
    read: async (origin) => files.read(origin),
  };
}

function manifestText({ origin, size }: TreeHead, key: string, body: Uint8Array, until: Date): string {
  const manifest: ObjectManifest = {
    schema: "gate/s3-object/v1",
    key,
    origin,
    size,
    contentType: "text/plain; charset=utf-8",
    contentMd5: createHash("md5").update(body).digest("base64"),
    checksumSha256: createHash("sha256").update(body).digest("base64"),
    objectLockMode: "COMPLIANCE",
    objectLockRetainUntilDate: until.toISOString(),
    ifNoneMatch: "*",
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
