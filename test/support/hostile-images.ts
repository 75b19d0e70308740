import { sealChecksum as sealVhd } from "../../provider/image/vhd/checksum";
import { sealChecksum as sealVhdx } from "../../provider/image/vhdx/checksum";
import type { MemoryFile } from "./memory-file";

/**
 * A source of numbers that is the same for the same seed, so that a failing case can be repeated.
 */
export type Random = (below: number) => number;

/** @param seed of the sequence */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) % below;
  };
}

/** A number in an image. */
export interface Field {
  readonly offsetBytes: number;
  readonly lengthBytes: 1 | 2 | 4 | 8;
}

/** A part of an image whose checksum is made right after its fields were changed. */
export interface Structure {
  readonly name: string;
  readonly fields: readonly Field[];
  /** Absent where no checksum covers the structure. */
  readonly seal?: {
    readonly offsetBytes: number;
    readonly lengthBytes: number;
    readonly checksumOffset?: number;
  };
}

/** An image and all that can be changed about it. */
export interface Specimen {
  readonly name: string;
  readonly file: MemoryFile;
  readonly isBigEndian: boolean;
  readonly structures: readonly Structure[];
}

/** Fields of one length, one behind the other. */
export function fieldsFrom(
  offsetBytes: number,
  count: number,
  lengthBytes: Field["lengthBytes"],
): Field[] {
  return Array.from({ length: count }, (_, index) => ({
    offsetBytes: offsetBytes + index * lengthBytes,
    lengthBytes,
  }));
}

/**
 * Makes a copy of an image in which one to three fields have values that a writer with bad intent
 * would choose, under right checksums; now and then the file is cut, too.
 */
export async function mutate(specimen: Specimen, random: Random): Promise<MemoryFile> {
  const file = specimen.file.clone();
  const sizeBytes = await file.readSize();
  for (let change = random(3); change >= 0; change -= 1) {
    const structure = specimen.structures[random(specimen.structures.length)]!;
    const field = structure.fields[random(structure.fields.length)]!;
    file.writeNow(field.offsetBytes, chooseValue(file, specimen, field, random, sizeBytes));
    sealStructure(file, structure, specimen.isBigEndian);
  }
  if (random(16) === 0) {
    await file.resize(random(2) === 0 ? random(sizeBytes) : sizeBytes + random(1 << 22));
  }
  return file;
}

function chooseValue(
  file: MemoryFile,
  { isBigEndian }: Specimen,
  { offsetBytes, lengthBytes }: Field,
  random: Random,
  sizeBytes: number,
): Uint8Array {
  const bytes = Buffer.alloc(lengthBytes);
  file.readNow(offsetBytes, bytes);
  const present = isBigEndian
    ? bytes.toString("hex")
    : Buffer.from(bytes.toReversed()).toString("hex");
  const value = chooseNumber(BigInt(`0x${present}`), random, BigInt(sizeBytes));
  const digits = BigInt.asUintN(lengthBytes * 8, value)
    .toString(16)
    .padStart(lengthBytes * 2, "0");
  const chosen = Buffer.from(digits, "hex");
  return isBigEndian ? chosen : chosen.toReversed();
}

function chooseNumber(present: bigint, random: Random, sizeBytes: bigint): bigint {
  const small = BigInt(random(256));
  const values = [
    small,
    present ^ (1n << BigInt(random(64))),
    present + 1n,
    present - 1n,
    present * 2n,
    -1n - small,
    1n << BigInt(random(64)),
    (1n << BigInt(random(64))) - 1n,
    sizeBytes,
    sizeBytes - small,
    sizeBytes / 512n,
    (sizeBytes / 1048576n) << 20n,
    BigInt(random(1 << 30)) << BigInt(random(34)),
    BigInt(random(12)) << 20n,
    (BigInt(random(12)) << 20n) | BigInt(random(8)),
  ];
  return values[random(values.length)]!;
}

function sealStructure(file: MemoryFile, { seal }: Structure, isVhd: boolean): void {
  if (seal === undefined) {
    return;
  }
  const bytes = new Uint8Array(seal.lengthBytes);
  file.readNow(seal.offsetBytes, bytes);
  if (isVhd) {
    sealVhd(bytes, seal.checksumOffset ?? 0);
  } else {
    sealVhdx(bytes);
  }
  file.writeNow(seal.offsetBytes, bytes);
}
