import { type BigIntStats, constants } from "node:fs";
import { DiskError, type DiskErrorCode } from "../disk/errors";
import type { RandomAccessFile } from "../image/random-access-file";
import { create, open, stat } from "./file-calls";
import type { OpenFile } from "./open-file";
import { LOCAL_PATH_STYLE } from "./path-style";
import { nameOfSystemError } from "./system-error";

/** Linux reads and writes at most this much in one call; larger requests are split. */
const MAX_TRANSFER_BYTES = 0x40000000;

/**
 * Without `O_NONBLOCK`, opening a FIFO would wait for its other end forever. Windows does not know
 * the flag, and has no FIFOs at such paths.
 */
const NON_BLOCKING = constants.O_NONBLOCK ?? 0;

const FLAGS = {
  read: constants.O_RDONLY | NON_BLOCKING,
  "read-write": constants.O_RDWR | NON_BLOCKING,
} as const;

/**
 * Opens a real file. A device, FIFO, socket or folder is never opened: opening alone may have
 * effects there, or wait.
 *
 * @param path a full path
 * @param access `create` makes the file and fails where there is one
 * @param examined what the file system said of the path just now, where the caller asked
 * @throws NotFound, AlreadyExists, AccessDenied, InUse, IoFailed; UnsupportedImage when it is not a
 *   regular file; InvalidInput for a name that no file can have
 */
export async function openNodeFile(
  path: string,
  access: "read" | "read-write" | "create",
  examined?: BigIntStats,
): Promise<NodeFile> {
  try {
    if (access === "create") {
      return new NodeFile(path, await create(path, "wx+"));
    }
    assertRegularFile(path, examined ?? (await stat(path)));
    const handle = await open(path, FLAGS[access]);
    try {
      // Something else may have taken the name since.
      const found = await handle.stat();
      assertRegularFile(path, found);
      return new NodeFile(path, handle, access === "read" ? found : undefined);
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw toDiskError(
      error,
      access === "create" ? "the file cannot be created" : "the file cannot be opened",
      path,
    );
  }
}

/** @throws UnsupportedImage for what is no regular file */
export function assertRegularFile(path: string, found: BigIntStats): void {
  if (!found.isFile()) {
    throw new DiskError("UnsupportedImage", {
      what: found.isDirectory()
        ? "this is a folder, not a disk image"
        : "this is not a regular file",
      subject: path,
      remedy: "Give the path of a disk image.",
    });
  }
}

/** A real file as a {@link RandomAccessFile}. Made by {@link openNodeFile}. */
export class NodeFile implements RandomAccessFile {
  readonly #handle: OpenFile;
  #closed: Promise<void> | undefined;

  /**
   * @param name its path
   * @param handle owned by this object from here on
   * @param opened what the file system said when the file was opened; given for a file that is only
   *   read, so that all that is read of it is held against one size
   */
  constructor(
    readonly name: string,
    handle: OpenFile,
    private readonly opened?: BigIntStats,
  ) {
    this.#handle = handle;
  }

  /** To be called before many little parts are read; see `OpenFile.moveBytesInPool`. */
  prepareForManyReads(): void {
    this.#handle.moveBytesInPool();
  }

  /** What the file system says of the file itself, whatever its path leads to by now. */
  readStats(): Promise<BigIntStats> {
    return this.#guard(
      "the file cannot be examined",
      async () => this.opened ?? this.#handle.stat(),
    );
  }

  async readSize(): Promise<number> {
    return Number((await this.readStats()).size);
  }

  async read(offsetBytes: number, target: Uint8Array): Promise<number> {
    return this.#guard("the file cannot be read", async () => {
      let count = 0;
      while (count < target.length) {
        const length = Math.min(target.length - count, MAX_TRANSFER_BYTES);
        const part = target.subarray(count, count + length);
        const readBytes = await this.#handle.read(part, offsetBytes + count);
        if (readBytes === 0) {
          break;
        }
        count += readBytes;
      }
      return count;
    });
  }

  /** Windows would take a request for each target. */
  readonly readEach =
    LOCAL_PATH_STYLE === "win32"
      ? undefined
      : (offsetBytes: number, targets: readonly Uint8Array[]): Promise<number> =>
          this.#guard("the file cannot be read", () => this.#readEach(offsetBytes, targets));

  async write(offsetBytes: number, source: Uint8Array): Promise<void> {
    await this.#guard("the file cannot be written", async () => {
      let count = 0;
      while (count < source.length) {
        const length = Math.min(source.length - count, MAX_TRANSFER_BYTES);
        const part = source.subarray(count, count + length);
        count += await this.#handle.write(part, offsetBytes + count);
      }
    });
  }

  async resize(sizeBytes: number): Promise<void> {
    await this.#guard("the size of the file cannot be changed", () =>
      this.#handle.truncate(sizeBytes),
    );
  }

  async flush(): Promise<void> {
    await this.#guard("the file cannot be flushed to the volume", () => this.#handle.flush());
  }

  close(): Promise<void> {
    this.#closed ??= this.#handle.close();
    return this.#closed;
  }

  async #readEach(offsetBytes: number, targets: readonly Uint8Array[]): Promise<number> {
    const wantedBytes = targets.reduce((total, target) => total + target.length, 0);
    const readBytes = await this.#handle.readEach(targets, offsetBytes);
    if (readBytes === wantedBytes) {
      return readBytes;
    }
    // The file ends, or the system took fewer targets than it was given.
    let count = 0;
    for (const target of targets) {
      const part = await this.read(offsetBytes + count, target);
      count += part;
      if (part < target.length) {
        break;
      }
    }
    return count;
  }

  async #guard<T>(what: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw toDiskError(error, what, this.name);
    }
  }
}

/** Node.js itself refuses names that no file can have. */
const REFUSED_NAME = "ERR_INVALID_ARG_VALUE";

const CODES: Readonly<Record<string, DiskErrorCode>> = {
  ENOENT: "NotFound",
  ENOTDIR: "NotFound",
  EEXIST: "AlreadyExists",
  EACCES: "AccessDenied",
  EPERM: "AccessDenied",
  EROFS: "AccessDenied",
  EBUSY: "InUse",
  ETXTBSY: "InUse",
  EAGAIN: "InUse",
  EISDIR: "UnsupportedImage",
  ENAMETOOLONG: "InvalidInput",
  [REFUSED_NAME]: "InvalidInput",
};

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: "Check the path, and that its volume is mounted.",
  ENOTDIR: "Part of the path is a file, not a folder. Check the path.",
  EEXIST: "Nothing was overwritten. Choose another path, or move the existing file away.",
  EACCES: "Give the account that runs Pulumi access to the file and its folder.",
  EPERM: "Give the account that runs Pulumi access to the file and its folder.",
  EROFS: "The volume is mounted read-only. Mount it writable or choose another path.",
  EBUSY: "Another program has the file open. Detach the disk or stop the program, then try again.",
  ETXTBSY:
    "Another program has the file open. Detach the disk or stop the program, then try again.",
  EAGAIN: "Another program has the file open. Detach the disk or stop the program, then try again.",
  EISDIR: "The path is a folder. Give the path of the image.",
  ENOSPC: "The volume is full. Free up space or choose another volume, then try again.",
  EDQUOT: "The quota of this account is used up. Free up space or raise the quota, then try again.",
  ESTALE: "The file server no longer knows the file. Mount its volume again, then try again.",
  EFBIG: "The file system cannot hold a file of this size. Choose another volume.",
  ENAMETOOLONG: "The name or the whole path is too long for the file system. Choose a shorter one.",
  [REFUSED_NAME]: "The path contains a NUL character. Correct it.",
  EMFILE: "This process has too many files open. Raise the limit or lower --parallel.",
};

/**
 * Turns an error of the file system into a {@link DiskError}; one that is a DiskError already
 * passes unchanged.
 *
 * @param error what was thrown
 * @param what what was being done, as a clause
 * @param path the file it was done to
 */
export function toDiskError(error: unknown, what: string, path: string): unknown {
  const isNameRefused = (error as NodeJS.ErrnoException | null)?.code === REFUSED_NAME;
  const name = isNameRefused ? REFUSED_NAME : nameOfSystemError(error);
  if (name === undefined) {
    return error;
  }
  return new DiskError(CODES[name] ?? "IoFailed", {
    what,
    subject: path,
    facts: { error: name },
    remedy: REMEDIES[name] ?? "Check the volume and its connection, then try again.",
    cause: error,
  });
}
