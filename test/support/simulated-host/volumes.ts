import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { folderOf, normalizePath } from "../../../provider/disk/host-path";

/**
 * Where the drives of a simulated host lie: `C:\disks\a.vhdx` is `<folder>/C/disks/a.vhdx`. Names
 * ignore case.
 */
export class Volumes {
  constructor(private readonly folder: string) {
    mkdirSync(join(folder, "C"), { recursive: true });
    mkdirSync(join(folder, "D"), { recursive: true });
  }

  /** The local path of a file or folder; of one that does not exist, where it would be. */
  toLocal(path: string): string {
    const normal = normalizePath("win32", path);
    const share = /^\\\\[^\\]+\\[^\\]+/.exec(normal);
    const names = share === null ? normal.replace(":", "") : `shares${normal.slice(1)}`;
    let local = this.folder;
    for (const name of names.split("\\").filter((each) => each !== "")) {
      local = join(local, findSpelling(local, name));
    }
    return local;
  }

  /** Whether the drive of a path exists. */
  hasDrive(path: string): boolean {
    return existsSync(this.toLocal(normalizePath("win32", path).slice(0, 3)));
  }

  /** Makes a folder and those above it. */
  makeFolder(path: string): void {
    mkdirSync(this.toLocal(path), { recursive: true });
  }

  /** Whether the folder of a path exists. */
  hasFolderOf(path: string): boolean {
    return existsSync(this.toLocal(folderOf("win32", path)));
  }
}

function findSpelling(folder: string, name: string): string {
  if (existsSync(join(folder, name)) || !existsSync(folder)) {
    return name;
  }
  return readdirSync(folder).find((entry) => entry.toUpperCase() === name.toUpperCase()) ?? name;
}
