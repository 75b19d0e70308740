import { DiskError } from "../../provider/disk/errors";
import { DISK_FORMATS, type DiskFormat } from "../../provider/disk/formats";
import { relativeParentPath } from "../../provider/disk/host-path";
import type { DiskImage } from "../../provider/image/disk-image";
import { FORMAT_DRIVERS } from "../../provider/image/formats";
import { openImage } from "../../provider/image/open-image";
import type { ImageHost } from "../../provider/image/parent";
import { MemoryFile } from "./memory-file";
import { writeVhdContent } from "./vhd-writer";
import { writeVhdxContent } from "./vhdx-writer";

/**
 * A host whose disks are in memory: makes chains of either format, writes content into them and
 * opens them.
 */
export class MemoryDisks implements ImageHost {
  readonly pathStyle = "posix";
  readonly files = new Map<string, MemoryFile>();
  readonly #format: DiskFormat;
  readonly #blockSizeBytes: number;

  /** @param format of all disks; sizes of blocks are the smallest that it allows */
  constructor(format: DiskFormat) {
    this.#format = format;
    this.#blockSizeBytes = DISK_FORMATS[format].blockSizesBytes[0]!;
  }

  async openImage(path: string): Promise<DiskImage> {
    const file = this.files.get(path);
    if (file === undefined) {
      throw new DiskError("NotFound", { what: "there is no such file", subject: path });
    }
    // Closing an image closes its file, and a disk is opened more than once.
    return openImage(file.clone(path));
  }

  /** Makes a disk without parent. */
  async createBase(
    path: string,
    sizeBytes: number,
    type: "dynamic" | "fixed" = "dynamic",
  ): Promise<void> {
    const file = new MemoryFile(path);
    const blockSizeBytes =
      type === "fixed" && this.#format === "vhd" ? undefined : this.#blockSizeBytes;
    await FORMAT_DRIVERS[this.#format].create(file, { type, sizeBytes, blockSizeBytes });
    this.files.set(path, file);
  }

  /** Makes a child of a disk, of its size unless told otherwise. */
  async createChild(path: string, parentPath: string, size?: number): Promise<void> {
    const parent = await this.openImage(parentPath);
    const { linkageId, diskId, logicalSectorSizeBytes, physicalSectorSizeBytes } =
      parent.properties;
    const relativePath = relativeParentPath("posix", path, parentPath);
    const file = new MemoryFile(path);
    await FORMAT_DRIVERS[this.#format].create(file, {
      type: "differencing",
      sizeBytes: size ?? parent.properties.sizeBytes,
      blockSizeBytes: this.#blockSizeBytes,
      logicalSectorSizeBytes,
      physicalSectorSizeBytes,
      parent: { linkageId, diskId, absolutePath: parentPath, relativePath },
    });
    this.files.set(path, file);
  }

  /** Writes content as a machine would. A disk that has children must not be written to. */
  async write(path: string, offsetBytes: number, bytes: Uint8Array): Promise<void> {
    const file = this.files.get(path) ?? new MemoryFile(path);
    await (this.#format === "vhd" ? writeVhdContent : writeVhdxContent)(file, offsetBytes, bytes);
  }
}
