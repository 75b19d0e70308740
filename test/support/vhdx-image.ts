import { MIB, viewOf } from "../../provider/image/bytes";
import type { DiskImage } from "../../provider/image/disk-image";
import type { CreateBaseImageRequest, CreateChildImageRequest } from "../../provider/image/driver";
import type { RandomAccessFile } from "../../provider/image/random-access-file";
import { entryOffsetBytes } from "../../provider/image/vhdx/block-allocation-table";
import { sealChecksum } from "../../provider/image/vhdx/checksum";
import { type VhdxIds, createVhdx } from "../../provider/image/vhdx/create";
import { HEADER_OFFSETS } from "../../provider/image/vhdx/header";
import { openVhdx } from "../../provider/image/vhdx/open";
import {
  REGION_TABLE_LENGTH_BYTES,
  REGION_TABLE_OFFSETS,
} from "../../provider/image/vhdx/region-table";
import { readVhdxStructures } from "../../provider/image/vhdx/structures";
import { withoutClosing } from "../../provider/image/without-closing";
import { MemoryFile } from "./memory-file";

/** The same GUIDs every time, for tests that look at bytes. */
export const FIXED_IDS: VhdxIds = {
  creationId: "c0c0c0c0-1111-4111-8111-111111111111",
  fileWriteId: "f0f0f0f0-2222-4222-8222-222222222222",
  dataWriteId: "d0d0d0d0-3333-4333-8333-333333333333",
  diskId: "83838383-4444-4444-8444-444444444444",
};

/** A new disk without parent; small and dynamic, with blocks of 1 MiB, unless told otherwise. */
export async function buildVhdx(
  request: Partial<CreateBaseImageRequest> = {},
  ids?: VhdxIds,
): Promise<MemoryFile> {
  const file = new MemoryFile("base.vhdx");
  await createVhdx(
    file,
    { type: "dynamic", sizeBytes: 8 * MIB, blockSizeBytes: MIB, ...request },
    ids,
  );
  return file;
}

/** A new child of a disk, of its size and with blocks of 1 MiB unless told otherwise. */
export async function buildChildVhdx(
  parent: RandomAccessFile,
  request: Partial<CreateChildImageRequest> = {},
): Promise<MemoryFile> {
  const { current, metadata } = await readVhdxStructures(parent);
  const { sizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes, diskId } =
    metadata.parameters;
  const file = new MemoryFile("child.vhdx");
  await createVhdx(file, {
    type: "differencing",
    sizeBytes,
    logicalSectorSizeBytes,
    physicalSectorSizeBytes,
    blockSizeBytes: MIB,
    parent: {
      linkageId: current.header.dataWriteId,
      diskId,
      absolutePath: "C:\\disks\\base.vhdx",
      relativePath: ".\\base.vhdx",
    },
    ...request,
  });
  return file;
}

/** Opens images without owning their files: the leaf first, the base last. */
export function openVhdxChain(...files: MemoryFile[]): Promise<DiskImage[]> {
  return Promise.all(files.map(openVhdxImage));
}

/** Opens one image without owning its file. */
export function openVhdxImage(file: MemoryFile): Promise<DiskImage> {
  return openVhdx(withoutClosing(file));
}

/** Changes both headers and makes their checksums right again. */
export function editHeaders(
  file: MemoryFile,
  edit: (header: DataView, slot: number) => void,
): void {
  for (const [slot, offsetBytes] of HEADER_OFFSETS.entries()) {
    editStructure(file, offsetBytes, 4096, (view) => edit(view, slot));
  }
}

/** Changes both copies of the region table and makes their checksums right again. */
export function editRegionTables(
  file: MemoryFile,
  edit: (table: DataView, copy: number) => void,
): void {
  for (const [copy, offsetBytes] of REGION_TABLE_OFFSETS.entries()) {
    editStructure(file, offsetBytes, REGION_TABLE_LENGTH_BYTES, (view) => edit(view, copy));
  }
}

/**
 * Changes a structure that begins with a signature and a checksum, and makes the checksum right
 * again.
 */
function editStructure(
  file: MemoryFile,
  offsetBytes: number,
  lengthBytes: number,
  edit: (view: DataView) => void,
): void {
  editBytes(file, offsetBytes, lengthBytes, (view) => {
    edit(view);
    sealChecksum(new Uint8Array(view.buffer));
  });
}

/** Changes bytes that no checksum covers. */
export function editBytes(
  file: MemoryFile,
  offsetBytes: number,
  lengthBytes: number,
  edit: (view: DataView) => void,
): void {
  const bytes = new Uint8Array(lengthBytes);
  file.readNow(offsetBytes, bytes);
  edit(viewOf(bytes));
  file.writeNow(offsetBytes, bytes);
}

/** Puts a raw entry into the block allocation table. */
export async function putBatEntry(file: MemoryFile, index: number, entry: bigint): Promise<void> {
  const { table } = await readVhdxStructures(file);
  editBytes(file, entryOffsetBytes(table, index), 8, (view) => view.setBigUint64(0, entry, true));
}
