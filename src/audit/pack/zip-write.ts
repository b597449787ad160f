import { deflateRawSync } from "node:zlib";
import { GateError } from "../../util/errors.ts";
import { centralHeader, crc32, endHeader, localHeader, METHODS, PACK_LIMITS, type ZipMember } from "./zip.ts";

/** A member of a pack and what it holds. */
export interface PackMember {
  readonly name: string;
  readonly data: Uint8Array;
}

/**
 * Writes members into a container, one at a time and in their order.
 *
 * @throws {GateError} `usage` beyond {@link PACK_LIMITS}
 */
export async function* writeZip(members: AsyncIterable<PackMember>): AsyncIterable<Uint8Array> {
  const directory: Uint8Array[] = [];
  let place = 0;
  let total = 0;
  for await (const { name, data } of members) {
    const member = packed(name, data);
    total += data.length;
    const header = localHeader(member);
    directory.push(centralHeader(member, place));
    place += header.length + member.packed.length;
    refuseTooLarge(directory.length, data.length, total, place);
    yield header;
    yield member.packed;
  }
  let directoryBytes = 0;
  for (const header of directory) {
    directoryBytes += header.length;
    yield header;
  }
  refuseTooLarge(directory.length, 0, total, place + directoryBytes);
  yield endHeader(directory.length, place, directoryBytes);
}

function packed(name: string, data: Uint8Array): ZipMember {
  const deflated = deflateRawSync(data, { level: 9 });
  const isWorth = deflated.length < data.length && data.length <= deflated.length * PACK_LIMITS.ratio;
  const [method, bytes] = isWorth ? [METHODS.deflated, deflated] : [METHODS.stored, data];
  return { name, size: data.length, crc: crc32(data), method, packed: bytes };
}

function refuseTooLarge(members: number, memberBytes: number, totalBytes: number, fileBytes: number): void {
  const taken = { members, memberBytes, totalBytes, fileBytes };
  for (const limit of ["members", "memberBytes", "totalBytes", "fileBytes"] as const) {
    if (taken[limit] <= PACK_LIMITS[limit]) continue;
    throw new GateError("usage", `the pack would exceed ${PACK_LIMITS[limit]} (${limit})`, {
      hint: "Write several packs with --since and --until, or leave out evidence with --without-evidence.",
    });
  }
}
