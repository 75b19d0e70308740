import { chmodSync, mkdirSync, readdirSync } from "node:fs";
import type { DiskBackend, DiskTarget } from "../../provider/disk/backend";
import type { DiskFormat, VirtualDiskInfo } from "../../provider/disk/disk";
import { createEmbeddedBackend } from "../../provider/embedded/embedded-backend";
import { openNodeFile } from "../../provider/embedded/node-file";
import { useTempFolder } from "./temp-folder";
import { writeVhdContent } from "./vhd-writer";
import { writeVhdxContent } from "./vhdx-writer";

const MIB = 1024 * 1024;

/** Disks on real files through the embedded backend, each test in a folder of its own. */
export interface EmbeddedDisks {
  readonly backend: DiskBackend;
  /** Makes an empty folder; removed when the tests of the file end. */
  makeFolder(name: string): string;
  /** Makes a dynamic disk, of 16 MiB unless told otherwise. */
  makeBase(path: string, format?: DiskFormat, sizeBytes?: number): Promise<VirtualDiskInfo>;
  makeChild(path: string, parentPath: string, format?: DiskFormat): Promise<VirtualDiskInfo>;
}

/** Call it at the top of a test file. */
export function useEmbeddedDisks(): EmbeddedDisks {
  const folder = useTempFolder();
  const backend = createEmbeddedBackend();
  return {
    backend,
    makeFolder(name) {
      mkdirSync(folder(name));
      return folder(name);
    },
    makeBase: (path, format = "vhdx", sizeBytes = 16 * MIB) =>
      backend.createDisk({ type: "dynamic", format, path, sizeBytes }),
    makeChild: (path, parentPath, format = "vhdx") =>
      backend.createDisk({ type: "differencing", format, path, parentPath }),
  };
}

/** Writes into a disk as a machine would that has it attached. */
export async function writeContent(
  disk: VirtualDiskInfo,
  offsetBytes: number,
  bytes: Uint8Array,
): Promise<void> {
  // A parent is marked read-only; whoever writes to one all the same takes the mark off first.
  chmodSync(disk.path, 0o644);
  const file = await openNodeFile(disk.path, "read-write");
  await (disk.format === "vhd" ? writeVhdContent : writeVhdxContent)(file, offsetBytes, bytes);
  await file.close();
}

/**
 * The names in a folder without those of traces, which tell what files cannot: see
 * provider/embedded/trace-file.ts.
 */
export function listNames(folder: string): string[] {
  return readdirSync(folder).filter((name) => !name.endsWith(".vhd-trace"));
}

/** The disk as a state records it. */
export function targetOf({ path, identity }: VirtualDiskInfo): DiskTarget {
  return { path, identity };
}
