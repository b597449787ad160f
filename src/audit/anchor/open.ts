import type { Clock } from "../../util/clock.ts";
import { compact } from "../../util/compact.ts";
import { GateError, messageOf } from "../../util/errors.ts";
import type { Anchor, AnchorSource } from "./anchor.ts";
import { type AnchorLocation, readAnchorLocation } from "./location.ts";
import type { Certificate } from "./tsa/certificate.ts";

export interface AnchorParts {
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
}

export { readAnchorLocation };

/**
 * An anchor to put checkpoints at.
 *
 * @throws {GateError} `usage` for what can only be read
 */
export async function openAnchor(location: AnchorLocation, parts: AnchorParts): Promise<Anchor> {
  switch (location.kind) {
    case "file":
      return (await import("./file.ts")).fileAnchor(location.folder);
    case "git":
      return (await import("./git.ts")).gitAnchor(location.location, parts);
    case "witness":
      return (await import("./witness.ts")).witnessAnchor(location.url, location.key, parts);
    case "tsa": {
      const { url, authorities: file } = location;
      const authorities = file === undefined ? undefined : await openAuthorities(file);
      return (await import("./tsa/client.ts")).timeStampAnchor(url, { ...parts, ...compact({ authorities }) });
    }
    case "s3-layout":
      return (await import("./s3/layout.ts")).s3Layout(location.folder, { ...parts, ...location });
    case "s3":
      return (await import("./s3/put.ts")).s3Anchor(location.url, { ...parts, ...location });
    case "receipts":
      throw new GateError("usage", `${location.kind}: can only be read`, {
        hint: "It is for `gate audit verify --anchor`.",
      });
  }
}

/**
 * A place to read checkpoints back from.
 *
 * @throws {GateError} `usage` for what keeps none
 */
export async function openSource(location: AnchorLocation, parts: AnchorParts): Promise<AnchorSource> {
  switch (location.kind) {
    case "file":
      return (await import("./file.ts")).fileAnchor(location.folder);
    case "git":
      return (await import("./git.ts")).gitAnchor(location.location, parts);
    case "receipts":
      return (await import("./receipts.ts")).receiptsSource(location.folder);
    case "s3-layout":
      return (await import("./s3/layout.ts")).s3Layout(location.folder, { ...parts, ...location });
    case "s3":
      throw new GateError("usage", "s3: is not read by gate", {
        hint: "Fetch the bucket, and name the folder as s3-layout:FOLDER.",
      });
    case "witness":
    case "tsa":
      throw new GateError("usage", `${location.kind}: keeps no checkpoints that could be read back`, {
        hint: "What it said is kept beside the log: see --witness and --tsa-ca.",
      });
  }
}

const MAX_CERTIFICATES_BYTES = 1 << 20;

/**
 * The certificates that time stamps have to lead to.
 *
 * @param file in PEM, absolute
 * @throws {GateError} `key-invalid`
 */
export async function openAuthorities(file: string): Promise<readonly Certificate[]> {
  const [{ readSmall }, { readCertificates }] = await Promise.all([
    import("./file.ts"),
    import("./tsa/certificate.ts"),
  ]);
  try {
    return readCertificates(Buffer.from(readSmall(file, MAX_CERTIFICATES_BYTES)).toString("latin1"));
  } catch (cause) {
    throw new GateError("key-invalid", `${file}: ${messageOf(cause)}`, {
      cause,
      hint: "Name a PEM file with the certificates of the time-stamping authority.",
    });
  }
}
