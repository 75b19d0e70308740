import { spawnSync } from "node:child_process";
import { accessSync, chmodSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Lets this account make no name in a folder, while it may still write to the files that are there.
 *
 * An administrator passes over permissions, so for one the folder is made immutable, where the file
 * system can.
 *
 * @returns unlocks the folder; call it before the folder is removed
 */
export function lockFolder(folder: string): () => void {
  if (process.getuid?.() !== 0) {
    chmodSync(folder, 0o555);
    return () => chmodSync(folder, 0o755);
  }
  spawnSync("chattr", ["+i", folder]);
  return () => void spawnSync("chattr", ["-i", folder]);
}

/** Whether {@link lockFolder} works here. */
export function canLockFolders(): boolean {
  if (process.platform === "win32") {
    return false;
  }
  const folder = mkdtempSync(join(tmpdir(), "pulumi-vhd-lock-"));
  const unlock = lockFolder(folder);
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch {
    return true;
  } finally {
    unlock();
    rmSync(folder, { recursive: true });
  }
}
