import { KIB, viewOf } from "../../provider/image/bytes";
import type {
  CreateBaseImageRequest,
  CreateChildImageRequest,
  CreateImageRequest,
} from "../../provider/image/driver";
import type { RandomAccessFile } from "../../provider/image/random-access-file";
import { sealChecksum } from "../../provider/image/vhd/checksum";
import { createVhd } from "../../provider/image/vhd/create";
import { readStructures } from "../../provider/image/vhd/structures";
import { MemoryFile } from "./memory-file";

export const BASE_ID = "ba5eba5e-1111-4111-8111-111111111111";
export const CHILD_ID = "c41dc41d-2222-4222-8222-222222222222";
export const CREATED_AT = new Date("2020-10-17T07:13:39Z");

/** Small blocks make small files with many blocks. */
export const BLOCK_SIZE_BYTES = 4 * KIB;
/** Ten blocks; the last one is not full. */
export const SIZE_BYTES = 9 * BLOCK_SIZE_BYTES + 3 * 512;

const HEADER_OFFSET_BYTES = 512;

/**
 * Where fields lie that tests change, by the specification: the tables of the code are what is
 * tested.
 */
export const FOOTER_FIELD = {
  version: 12,
  dataOffset: 16,
  timestamp: 24,
  originalSize: 40,
  currentSize: 48,
  geometry: 56,
  type: 60,
  checksum: 64,
  uniqueId: 68,
  savedState: 84,
  reserved: 85,
} as const;

/** As {@link FOOTER_FIELD}, of the dynamic header. */
export const HEADER_FIELD = {
  cookie: 0,
  tableOffset: 16,
  version: 24,
  maxTableEntries: 28,
  blockSize: 32,
  checksum: 36,
  parentUniqueId: 40,
  parentTimestamp: 56,
  parentName: 64,
  locators: 576,
} as const;

/** A new disk without parent; small and dynamic unless told otherwise. The same bytes each time. */
export function buildVhd(request: Partial<CreateBaseImageRequest> = {}): Promise<MemoryFile> {
  const blocks = request.type === "fixed" ? {} : { blockSizeBytes: BLOCK_SIZE_BYTES };
  return build("base.vhd", BASE_ID, {
    type: "dynamic",
    sizeBytes: SIZE_BYTES,
    ...blocks,
    ...request,
  });
}

/** A new child of the disk that {@link buildVhd} makes. The same bytes each time. */
export function buildChildVhd(request: Partial<CreateChildImageRequest> = {}): Promise<MemoryFile> {
  return build("child.vhd", CHILD_ID, {
    type: "differencing",
    sizeBytes: SIZE_BYTES,
    blockSizeBytes: BLOCK_SIZE_BYTES,
    parent: {
      linkageId: BASE_ID,
      diskId: BASE_ID,
      absolutePath: "C:\\disks\\base.vhd",
      relativePath: ".\\base.vhd",
    },
    ...request,
  });
}

async function build(
  name: string,
  uniqueId: string,
  request: CreateImageRequest,
): Promise<MemoryFile> {
  const file = new MemoryFile(name);
  await createVhd(file, request, { uniqueId, createdAt: CREATED_AT });
  return file;
}

/** Moves the footer to another place, where the file then ends. */
export async function moveFooter(file: MemoryFile, offsetBytes: number): Promise<void> {
  const footer = new Uint8Array(512);
  file.readNow(await footerOffsetOf(file), footer);
  await file.resize(offsetBytes);
  file.writeNow(offsetBytes, footer);
}

/**
 * Takes from the last block what is behind the end of the disk, and puts the footer there. It is
 * the last in the file.
 */
export async function cutLastBlock(file: MemoryFile): Promise<void> {
  const lastBlock = Math.floor(SIZE_BYTES / BLOCK_SIZE_BYTES);
  await moveFooter(
    file,
    (await bitmapOffsetOf(file, lastBlock)) + 512 + (SIZE_BYTES % BLOCK_SIZE_BYTES),
  );
}

/** Where the footer at the end of a file is. */
export async function footerOffsetOf(file: RandomAccessFile): Promise<number> {
  return (await file.readSize()) - 512;
}

/** Changes the footer, its copy or both, and makes the checksum right again. */
export async function editFooter(
  file: MemoryFile,
  edit: (footer: DataView) => void,
  which: "end" | "copy" | "both" = "both",
): Promise<void> {
  if (which !== "copy") {
    editChecked(file, await footerOffsetOf(file), 512, FOOTER_FIELD.checksum, edit);
  }
  if (which !== "end") {
    editChecked(file, 0, 512, FOOTER_FIELD.checksum, edit);
  }
}

/** Changes the dynamic header and makes its checksum right again. */
export function editDynamicHeader(file: MemoryFile, edit: (header: DataView) => void): void {
  editChecked(file, HEADER_OFFSET_BYTES, 1024, HEADER_FIELD.checksum, edit);
}

/**
 * Puts an entry into the parent locator table of the dynamic header, and its data into the file.
 */
export function putLocator(
  file: MemoryFile,
  index: number,
  entry: { code: string; data: Uint8Array; offsetBytes: number; space?: number },
): void {
  editDynamicHeader(file, (header) => {
    const start = HEADER_FIELD.locators + index * 24;
    for (let letter = 0; letter < 4; letter += 1) {
      header.setUint8(start + letter, entry.code.charCodeAt(letter));
    }
    header.setUint32(start + 4, entry.space ?? entry.data.length);
    header.setUint32(start + 8, entry.data.length);
    header.setBigUint64(start + 16, BigInt(entry.offsetBytes));
  });
  file.writeNow(entry.offsetBytes, entry.data);
}

/** Puts a raw entry into the block allocation table, whatever it does to the image. */
export function putTableEntry(file: MemoryFile, block: number, sector: number): void {
  const tableOffset = new Uint8Array(8);
  file.readNow(HEADER_OFFSET_BYTES + HEADER_FIELD.tableOffset, tableOffset);
  const entry = new Uint8Array(4);
  viewOf(entry).setUint32(0, sector);
  file.writeNow(Number(viewOf(tableOffset).getBigUint64(0)) + block * 4, entry);
}

/** Where the bitmap of an allocated block is. */
export async function bitmapOffsetOf(file: RandomAccessFile, block: number): Promise<number> {
  const { sparse } = await readStructures(file);
  return (await sparse!.table.findBlock(block))!;
}

function editChecked(
  file: MemoryFile,
  offsetBytes: number,
  lengthBytes: number,
  checksumField: number,
  edit: (view: DataView) => void,
): void {
  const bytes = new Uint8Array(lengthBytes);
  file.readNow(offsetBytes, bytes);
  edit(viewOf(bytes));
  sealChecksum(bytes, checksumField);
  file.writeNow(offsetBytes, bytes);
}
