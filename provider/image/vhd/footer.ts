import type { DiskType } from "../../disk/disk";
import { parseGuidBytes, serializeGuidBytes } from "../../disk/guid";
import { FILE_SECTOR_SIZE_BYTES, GIB, corruptImage, unsupportedImage, viewOf } from "../bytes";
import { describeChecksumProblem, sealChecksum } from "./checksum";
import { computeChsGeometry } from "./chs";

/** VHD 1.0, Hard Disk Footer Format; all numbers are big-endian. */
const FIELD = {
  cookie: 0, //               8 bytes, "conectix"
  features: 8, //             4 bytes, bit 1 is reserved and always set
  version: 12, //             4 bytes, major and minor, 1.0
  dataOffset: 16, //          8 bytes, where the dynamic header is; all ones for a fixed disk
  timestamp: 24, //           4 bytes, seconds since 2000-01-01T00:00:00Z
  creatorApplication: 28, //  4 bytes
  creatorVersion: 32, //      4 bytes
  creatorHostOs: 36, //       4 bytes
  //        8 bytes, the virtual size when the disk was made: never the present one
  originalSize: 40,
  currentSize: 48, //         8 bytes, the virtual size
  cylinders: 56, //           2 bytes
  heads: 58, //               1 byte
  sectorsPerTrack: 59, //     1 byte
  type: 60, //                4 bytes
  checksum: 64, //            4 bytes
  uniqueId: 68, //            16 bytes
  //          1 byte, 1 while a suspended machine uses the disk; the content reads the same
  savedState: 84,
  //                The rest is reserved: zeros by the specification, used for flags by some
  //                software.
} as const;

const COOKIE = "conectix";
const RESERVED_FEATURE = 2;
const VERSION = 0x00010000;
const NO_DATA_OFFSET = 0xffff_ffff_ffff_ffffn;
const EPOCH_MS = Date.UTC(2000, 0, 1);

/**
 * What Windows 10 calls itself. The disks made here are laid out as it lays them out, and software
 * that does not know a creator, QEMU among it, takes the size of the disk from its CHS geometry,
 * which is smaller: the end would be cut off.
 */
const CREATOR = { application: "win ", version: 0x000a0000, hostOs: "Wi2k" } as const;

const TYPE_NUMBERS = { fixed: 2, dynamic: 3, differencing: 4 } as const satisfies Record<
  DiskType,
  number
>;
const TYPES = new Map<number, DiskType>([
  [TYPE_NUMBERS.fixed, "fixed"],
  [TYPE_NUMBERS.dynamic, "dynamic"],
  [TYPE_NUMBERS.differencing, "differencing"],
]);

/** The length of a footer and of its copy. */
export const FOOTER_SIZE_BYTES = 512;

/**
 * The largest disk: what Windows, Virtual PC and QEMU accept, and what sector numbers of 32 bits
 * can still address in a file that also holds bitmaps.
 */
export const MAX_SIZE_BYTES = 2040 * GIB;

/** What a footer says about its disk. */
export interface VhdFooter {
  readonly type: DiskType;
  /** The virtual size. */
  readonly sizeBytes: number;
  /**
   * Recorded by children, in the byte order in which Windows shows it. Zero in some files: QEMU
   * without libuuid.
   */
  readonly uniqueId: string;
  /** When the disk was made, in whole seconds. */
  readonly createdAt: Date;
  /** Present for dynamic and differencing disks. */
  readonly dynamicHeaderOffsetBytes?: number;
}

/**
 * Tells whether bytes claim to be a footer; whether they are a valid one is the business of
 * {@link parseFooter}.
 */
export function hasFooterCookie(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, COOKIE.length)).toString("latin1") === COOKIE;
}

/** Says what is wrong with the checksum of a footer; `undefined` where it is right. */
export function describeFooterProblem(bytes: Uint8Array): string | undefined {
  return describeChecksumProblem(bytes, FIELD.checksum);
}

/**
 * Reads a footer.
 *
 * @param path of the file, for messages
 * @param offsetBytes where the footer is in the file, for messages
 * @param bytes 512 of them, with the cookie
 * @throws CorruptImage when the checksum or the size is wrong; UnsupportedImage for another version
 *   or an unknown type of disk
 * @see VHD 1.0, Hard Disk Footer Format
 */
export function parseFooter(path: string, offsetBytes: number, bytes: Uint8Array): VhdFooter {
  const problem = describeFooterProblem(bytes);
  if (problem !== undefined) {
    throw corruptImage(path, "footer", offsetBytes, problem);
  }
  const view = viewOf(bytes);
  const type = parseType(path, view);
  const sizeBytes = Number(view.getBigUint64(FIELD.currentSize));
  const uniqueId = parseGuidBytes(bytes, FIELD.uniqueId);
  assertSize(path, offsetBytes, type, sizeBytes);
  return {
    type,
    sizeBytes,
    uniqueId,
    createdAt: new Date(EPOCH_MS + view.getUint32(FIELD.timestamp) * 1000),
    ...(type === "fixed"
      ? {}
      : { dynamicHeaderOffsetBytes: Number(view.getBigUint64(FIELD.dataOffset)) }),
  };
}

/**
 * Writes a footer.
 *
 * @returns 512 new bytes
 * @see VHD 1.0, Hard Disk Footer Format
 */
export function serializeFooter(footer: VhdFooter): Uint8Array {
  const bytes = new Uint8Array(FOOTER_SIZE_BYTES);
  const view = viewOf(bytes);
  const geometry = computeChsGeometry(footer.sizeBytes);
  bytes.set(Buffer.from(COOKIE, "latin1"), FIELD.cookie);
  view.setUint32(FIELD.features, RESERVED_FEATURE);
  view.setUint32(FIELD.version, VERSION);
  view.setBigUint64(FIELD.dataOffset, BigInt(footer.dynamicHeaderOffsetBytes ?? NO_DATA_OFFSET));
  view.setUint32(
    FIELD.timestamp,
    Math.max(0, Math.floor((footer.createdAt.getTime() - EPOCH_MS) / 1000)),
  );
  bytes.set(Buffer.from(CREATOR.application, "latin1"), FIELD.creatorApplication);
  view.setUint32(FIELD.creatorVersion, CREATOR.version);
  bytes.set(Buffer.from(CREATOR.hostOs, "latin1"), FIELD.creatorHostOs);
  view.setBigUint64(FIELD.originalSize, BigInt(footer.sizeBytes));
  view.setBigUint64(FIELD.currentSize, BigInt(footer.sizeBytes));
  view.setUint16(FIELD.cylinders, geometry.cylinders);
  view.setUint8(FIELD.heads, geometry.heads);
  view.setUint8(FIELD.sectorsPerTrack, geometry.sectorsPerTrack);
  view.setUint32(FIELD.type, TYPE_NUMBERS[footer.type]);
  bytes.set(serializeGuidBytes(footer.uniqueId), FIELD.uniqueId);
  sealChecksum(bytes, FIELD.checksum);
  return bytes;
}

/**
 * Points a footer at a dynamic header elsewhere. Everything else stays as its writer left it,
 * reserved bytes included.
 *
 * @returns 512 new bytes
 */
export function withDynamicHeaderOffset(footer: Uint8Array, offsetBytes: number): Uint8Array {
  const bytes = footer.slice();
  viewOf(bytes).setBigUint64(FIELD.dataOffset, BigInt(offsetBytes));
  sealChecksum(bytes, FIELD.checksum);
  return bytes;
}

function parseType(path: string, view: DataView): DiskType {
  const version = view.getUint32(FIELD.version);
  if (version >>> 16 !== VERSION >>> 16) {
    throw unsupportedImage(
      path,
      `the image has version ${version >>> 16}.${version & 0xffff} of the VHD format, not 1`,
    );
  }
  const number = view.getUint32(FIELD.type);
  const type = TYPES.get(number);
  if (type === undefined) {
    throw unsupportedImage(
      path,
      `the image is a VHD of type ${number}, which is not fixed, dynamic or differencing`,
    );
  }
  return type;
}

/**
 * The limit comes from sector numbers in the block allocation table, which fixed disks do not have.
 */
function assertSize(path: string, offsetBytes: number, type: DiskType, sizeBytes: number): void {
  if (sizeBytes === 0 || sizeBytes % FILE_SECTOR_SIZE_BYTES !== 0) {
    const reason = `its size of ${sizeBytes} bytes is not a whole number of sectors greater than 0`;
    throw corruptImage(path, "footer", offsetBytes, reason);
  }
  if (type !== "fixed" && sizeBytes > MAX_SIZE_BYTES) {
    throw unsupportedImage(
      path,
      `the disk has ${sizeBytes} bytes, but a VHD can have at most ${MAX_SIZE_BYTES}`,
    );
  }
}
