import { GateError } from "../../util/errors.ts";

/**
 * The container of an audit pack: ZIP (APPNOTE 6.3.10), in the one form that gate writes. Members follow each other without
 * gaps, in the order of the central directory, with fixed times and modes and nothing optional. What has any other form is
 * refused: two programs could read different things out of it.
 */

/** A member in a container that was opened; what it holds is read when it is asked for. */
export interface ZipMember {
  readonly name: string;
  /** Bytes that it holds. */
  readonly size: number;
  readonly crc: number;
  readonly method: ZipMethod;
  /** As they stand in the container. */
  readonly packed: Uint8Array;
}

export const METHODS = { stored: 0, deflated: 8 } as const;
export type ZipMethod = (typeof METHODS)[keyof typeof METHODS];

/** What a pack may take; none is written beyond it, and none is read. */
export const PACK_LIMITS = {
  members: 60_000,
  /** Bytes that one member holds. */
  memberBytes: 64 << 20,
  /** Bytes that all members hold. */
  totalBytes: 1 << 30,
  /** Bytes of the file. */
  fileBytes: 512 << 20,
  /** How many bytes of a member one byte of the container may stand for. */
  ratio: 200,
} as const;

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_HEADER = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
/** Names are UTF-8. */
const FLAGS = 0x0800;
const VERSION = 20;
/** Unix, version 2.0. */
const MADE_BY = 0x0314;
/** 1980-01-01, which is day 0 of the format. */
const DATE = 0x0021;
/** A plain file that everybody may read: no folder, no link. */
const ATTRIBUTES = (0o100_644 << 16) >>> 0;

const MAX_NAME = 200;
const NAME = /^[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)*$/;

/** Whether a name is one that members of packs can have: lower case, relative, and never upwards. */
export function isMemberName(name: string): boolean {
  return name.length <= MAX_NAME && NAME.test(name) && !name.includes("..");
}

/** Whether bytes begin as a container does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= END_BYTES && view(bytes).getUint32(0, true) === LOCAL_HEADER;
}

/**
 * The members of a container, in their order. Nothing is unpacked yet.
 *
 * @throws {GateError} `pack-invalid` where it is not exactly what gate writes, or beyond {@link PACK_LIMITS}
 */
export function openZip(bytes: Uint8Array): readonly ZipMember[] {
  if (bytes.length > PACK_LIMITS.fileBytes) throw damaged(`it is of more than ${PACK_LIMITS.fileBytes} bytes`);
  if (bytes.length < END_BYTES) throw damaged("it is cut");
  const data = view(bytes);
  const end = bytes.length - END_BYTES;
  const count = data.getUint16(end + 10, true);
  const directory = data.getUint32(end + 16, true);
  const whole =
    data.getUint32(end, true) === END_HEADER &&
    data.getUint32(end + 4, true) === 0 &&
    data.getUint16(end + 8, true) === count &&
    data.getUint32(end + 12, true) === end - directory &&
    data.getUint16(end + 20, true) === 0;
  if (!whole) throw damaged("it does not end as a pack does, so it is cut or was added to");
  if (count > PACK_LIMITS.members) throw damaged(`it has more than ${PACK_LIMITS.members} members`);

  const members: ZipMember[] = [];
  const names = new Set<string>();
  let central = directory;
  let local = 0;
  let total = 0;
  for (let number = 0; number < count; number++) {
    const read = readMember(bytes, central, local, end);
    members.push(read.member);
    const { name, size } = read.member;
    if (names.has(name)) throw damaged(`it has ${name} twice`);
    names.add(name);
    total += size;
    if (total > PACK_LIMITS.totalBytes) throw damaged(`it holds more than ${PACK_LIMITS.totalBytes} bytes`);
    ({ central, local } = read);
  }
  if (central !== end || local !== directory) throw damaged("it holds bytes that belong to no member");
  return members;
}

interface ReadMember {
  readonly member: ZipMember;
  /** Where the next ones begin. */
  readonly central: number;
  readonly local: number;
}

/** Both headers have to say the same, byte for byte as they are written. */
function readMember(bytes: Uint8Array, central: number, local: number, end: number): ReadMember {
  if (central + CENTRAL_BYTES > end) throw damaged("its list of members is cut");
  const data = view(bytes);
  const length = data.getUint16(central + 28, true);
  const nextCentral = central + CENTRAL_BYTES + length;
  if (length > MAX_NAME || nextCentral > end) throw damaged("its list of members is cut");
  const name = new TextDecoder().decode(bytes.subarray(central + CENTRAL_BYTES, nextCentral));
  if (!isMemberName(name)) throw damaged("a member has a name that no pack has");
  const method = Object.values(METHODS).find((known) => known === data.getUint16(central + 10, true));
  const crc = data.getUint32(central + 16, true);
  const packedSize = data.getUint32(central + 20, true);
  const size = data.getUint32(central + 24, true);
  const start = local + LOCAL_BYTES + length;
  if (method === undefined || start + packedSize > central) throw damaged(`${name} is not packed as a pack has it`);
  const member = { name, size, crc, method, packed: bytes.subarray(start, start + packedSize) };
  const expected = [localHeader(member), centralHeader(member, local)] as const;
  if (!stands(bytes, local, expected[0]) || !stands(bytes, central, expected[1])) {
    throw damaged(`${name} is not described as a pack has it`);
  }
  if (method === METHODS.stored && size !== packedSize) throw damaged(`${name} does not have the size that it states`);
  if (size > PACK_LIMITS.memberBytes || size > packedSize * PACK_LIMITS.ratio) {
    throw damaged(`${name} would take ${size} bytes, which no member does`);
  }
  return { member, central: nextCentral, local: start + packedSize };
}

function stands(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  return at + expected.length <= bytes.length && expected.every((byte, index) => bytes[at + index] === byte);
}

/** What stands before a member, with its name. */
export function localHeader({ name, size, crc, method, packed }: ZipMember): Uint8Array {
  const header = new Uint8Array(LOCAL_BYTES + name.length);
  const data = view(header);
  data.setUint32(0, LOCAL_HEADER, true);
  data.setUint16(4, VERSION, true);
  data.setUint16(6, FLAGS, true);
  data.setUint16(8, method, true);
  data.setUint16(12, DATE, true);
  data.setUint32(14, crc, true);
  data.setUint32(18, packed.length, true);
  data.setUint32(22, size, true);
  data.setUint16(26, name.length, true);
  header.set(new TextEncoder().encode(name), LOCAL_BYTES);
  return header;
}

/** What the central directory says of a member, with its name. @param local where the member's own header is */
export function centralHeader({ name, size, crc, method, packed }: ZipMember, local: number): Uint8Array {
  const header = new Uint8Array(CENTRAL_BYTES + name.length);
  const data = view(header);
  data.setUint32(0, CENTRAL_HEADER, true);
  data.setUint16(4, MADE_BY, true);
  data.setUint16(6, VERSION, true);
  data.setUint16(8, FLAGS, true);
  data.setUint16(10, method, true);
  data.setUint16(14, DATE, true);
  data.setUint32(16, crc, true);
  data.setUint32(20, packed.length, true);
  data.setUint32(24, size, true);
  data.setUint16(28, name.length, true);
  data.setUint32(38, ATTRIBUTES, true);
  data.setUint32(42, local, true);
  header.set(new TextEncoder().encode(name), CENTRAL_BYTES);
  return header;
}

/** What ends a container. */
export function endHeader(count: number, directory: number, directoryBytes: number): Uint8Array {
  const header = new Uint8Array(END_BYTES);
  const data = view(header);
  data.setUint32(0, END_HEADER, true);
  data.setUint16(8, count, true);
  data.setUint16(10, count, true);
  data.setUint32(12, directoryBytes, true);
  data.setUint32(16, directory, true);
  return header;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** CRC-32 of ZIP, which finds accidents; digests find the rest. */
export function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (CRC_TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** Says what is wrong with a pack. */
function damaged(what: string): GateError {
  return new GateError("pack-invalid", `the pack is damaged: ${what}`, { hint: "Ask for it again." });
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
