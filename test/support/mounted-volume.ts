import { spawnSync } from "node:child_process";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";

const MIB = 1024 * 1024;

/** The smallest volume that all of these file systems can be made on. */
const VOLUME_LENGTH_BYTES = 256 * MIB;

/** How a file system is made in a file, and mounted from there. */
interface FileSystem {
  /** What tests call it where it cannot be mounted. */
  readonly title: string;
  readonly make: readonly string[];
  readonly mount: readonly string[];
}

const FILE_SYSTEMS = {
  btrfs: {
    title: "btrfs",
    make: ["mkfs.btrfs", "-q"],
    mount: ["mount", "-o", "loop"],
  },
  /** Windows' file system, and like Windows it takes two spellings for one name. */
  ntfs: {
    title: "a volume that ignores case",
    make: ["mkntfs", "-q", "-F"],
    mount: ["lowntfs-3g", "-o", "ignore_case"],
  },
} as const satisfies Readonly<Record<string, FileSystem>>;

/**
 * Runs a test on a volume of its own. Where none can be mounted, as without the right to or without
 * the programs, the reason is printed, and nothing is tested.
 *
 * @param folder an empty one, for the volume
 * @param what is not tested where nothing can be mounted
 * @param test gets the path of the mounted volume
 */
export async function withVolume(
  kind: keyof typeof FILE_SYSTEMS,
  folder: string,
  what: string,
  test: (place: string) => Promise<void>,
): Promise<void> {
  const { title, make, mount }: FileSystem = FILE_SYSTEMS[kind];
  const [image, place] = [`${folder}/volume`, `${folder}/mounted`];
  mkdirSync(place);
  writeFileSync(image, "");
  truncateSync(image, VOLUME_LENGTH_BYTES);
  if (process.platform !== "linux" || !run([...make, image]) || !run([...mount, image, place])) {
    process.stderr.write(`skipped: ${what} (${title} cannot be mounted here)\n`);
    return;
  }
  try {
    await test(place);
  } finally {
    run(["umount", place]);
  }
}

/** Runs a program of the system. @returns whether it did its work */
export function run([program = "", ...args]: readonly string[]): boolean {
  return spawnSync(program, args).status === 0;
}
