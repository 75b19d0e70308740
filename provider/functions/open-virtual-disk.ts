import { DiskError } from "../disk/errors";
import { describePathProblem } from "../disk/rules/paths";
import { assertWindow, resolveWindow } from "../disk/rules/windows";
import { type OpenContent, openContent } from "../embedded/open-content";
import { LOCAL_PATH_STYLE } from "../embedded/path-style";
import { invalidArgument } from "./arguments";
import { type GetVirtualDiskResult, toResult } from "./get-virtual-disk";

/** How much of the content travels at once. */
const CHUNK_SIZE_BYTES = 1024 * 1024;

/** How many chunks are read before the program asks for them: enough to keep two processors busy. */
const CHUNKS_AHEAD = 3;

/** How content is read. */
export interface ContentOptions {
  /** Full paths of the folders in which images may be; no bound by default. */
  readonly allowedFolders?: readonly string[] | undefined;
}

/** A part of a disk; the whole disk by default. */
export interface ContentWindow {
  /** Where it begins, in bytes from the beginning of the disk; 0 by default. */
  readonly offsetBytes?: number | undefined;
  /** How many bytes it covers; all to the end of the disk by default. */
  readonly lengthBytes?: number | undefined;
}

/** What is streamed, and how. */
export interface ContentStreamOptions extends ContentWindow {
  /**
   * Lets the memory of a chunk serve a later one as soon as the next chunk is asked for, which
   * takes a fraction of the time. For programs that are done with a chunk then: they hash it, or
   * wait until it is written. Not for `Readable.from` and `pipeline`, which keep chunks. Off by
   * default.
   */
  readonly reuseChunks?: boolean | undefined;
}

/** The content of a disk as a machine would see it, through its whole chain. Close it when done. */
export interface OpenedVirtualDisk {
  /** What `getVirtualDisk` said of the disk when it was opened. */
  readonly info: GetVirtualDiskResult;
  /**
   * Reads `lengthBytes` bytes of the virtual disk from `offsetBytes` on.
   *
   * @throws OutOfRange when that leaves the disk or does not fit into memory; InUse when the disk
   *   was written to since it was opened; CorruptImage, IoFailed
   */
  read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array>;
  /**
   * Reads a window in order, in chunks of at most 1 MiB that are yours to keep unless `reuseChunks`
   * is set. Node.js's `Readable.from` and `pipeline` take it as it is. A stream that ends without
   * an error was not mixed with later writes, as far as the file system shows.
   *
   * @throws as {@link read}
   */
  stream(options?: ContentStreamOptions): AsyncIterable<Uint8Array>;
  /** Closes all files of the chain. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the content of a disk on this machine.
 *
 * @param path the full path of the leaf
 * @param options what the configuration says about files of this machine
 * @throws InvalidInput, and the codes of `DiskBackend.readChain`
 */
export async function openVirtualDisk(
  path: string,
  options: ContentOptions = {},
): Promise<OpenedVirtualDisk> {
  const problem = describePathProblem(LOCAL_PATH_STYLE, path);
  if (problem !== undefined) {
    throw invalidArgument("openVirtualDisk", [`path: ${problem}`]);
  }
  const content = await openContent(path, options);
  return new ChainContent(toResult(content.info), content);
}

/**
 * The content of a disk that exists in a test alone: zeros. @param info what the test says of the
 * disk
 */
export function openEmptyDisk(info: GetVirtualDiskResult): OpenedVirtualDisk {
  return new ChainContent(info, {
    read: (_offsetBytes, target) => Promise.resolve(void target.fill(0)),
    assertUnchanged: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
}

class ChainContent implements OpenedVirtualDisk {
  readonly #content: Omit<OpenContent, "info">;

  constructor(
    readonly info: GetVirtualDiskResult,
    content: Omit<OpenContent, "info">,
  ) {
    this.#content = content;
  }

  async read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
    const target = await this.#read(offsetBytes, lengthBytes);
    await this.#content.assertUnchanged();
    return target;
  }

  async *stream({ reuseChunks = false, ...window }: ContentStreamOptions = {}): AsyncGenerator<
    Uint8Array,
    void,
    undefined
  > {
    const { offsetBytes: start, lengthBytes } = resolveWindow(
      this.info.path,
      this.info.sizeBytes,
      window,
    );
    const end = start + lengthBytes;
    // The next chunks are read while the program waits for one and works on it.
    const ahead: Promise<Uint8Array>[] = [];
    let free: Uint8Array | undefined;
    try {
      for (let offset = start; offset < end; offset += CHUNK_SIZE_BYTES) {
        const chunk = this.#read(offset, Math.min(CHUNK_SIZE_BYTES, end - offset), free);
        // A failure is reported when its turn comes.
        chunk.catch(() => undefined);
        ahead.push(chunk);
        const next = ahead.length > CHUNKS_AHEAD ? ahead.shift() : undefined;
        if (next !== undefined) {
          const bytes = await next;
          yield bytes;
          free = reuseChunks ? bytes : undefined;
        }
      }
      for (const [index, chunk] of ahead.entries()) {
        const bytes = await chunk;
        if (index === ahead.length - 1) {
          await this.#content.assertUnchanged();
        }
        yield bytes;
      }
    } finally {
      await Promise.allSettled(ahead);
    }
  }

  close(): Promise<void> {
    return this.#content.close();
  }

  /** @param memory takes the bytes where it is given and large enough */
  async #read(offsetBytes: number, lengthBytes: number, memory?: Uint8Array): Promise<Uint8Array> {
    assertWindow(this.info.path, this.info.sizeBytes, offsetBytes, lengthBytes);
    const target =
      memory !== undefined && memory.length >= lengthBytes
        ? memory.subarray(0, lengthBytes)
        : allocate(this.info.path, lengthBytes);
    await this.#content.read(offsetBytes, target);
    return target;
  }
}

/** @throws OutOfRange where the runtime cannot hold so much in one array */
function allocate(path: string, lengthBytes: number): Uint8Array {
  try {
    // Every byte is filled in before anybody sees it.
    return new Uint8Array(Buffer.allocUnsafeSlow(lengthBytes).buffer);
  } catch (cause) {
    throw new DiskError("OutOfRange", {
      what: "the window is too large to be read at once",
      subject: path,
      facts: { lengthBytes },
      remedy: "Read it in several parts, or use stream().",
      cause,
    });
  }
}
