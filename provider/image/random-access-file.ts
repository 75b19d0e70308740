/**
 * The port between the on-disk formats and whatever holds their bytes. embedded/node-file.ts is the
 * adapter for real files; tests bring adapters that keep bytes in memory, count, fail or lose
 * power.
 *
 * This folder knows the formats (driver.ts says what a format can do, formats.ts lists them, each
 * has a folder), chains (chain.ts), their content (content.ts) and what changed in them
 * (changes.ts). It is pure: nothing here knows about Node.js, Pulumi, CIM or paths of the host
 * beyond what host-path.ts says.
 */
export interface RandomAccessFile extends ReadableFile {
  /**
   * Writes all of `source` at `offsetBytes`, enlarging the file where needed. Durable only after
   * {@link flush}.
   *
   * @throws IoFailed, AccessDenied
   */
  write(offsetBytes: number, source: Uint8Array): Promise<void>;

  /**
   * Cuts or enlarges the file; what is new reads as zeros and takes no space where the file system
   * can.
   */
  resize(sizeBytes: number): Promise<void>;

  /** Returns when everything written is on stable storage. */
  flush(): Promise<void>;

  /** Releases the file. Idempotent. Does not flush. */
  close(): Promise<void>;
}

/** A file that is only read. */
export interface ReadableFile {
  /** What messages call this file: its path. */
  readonly name: string;

  /** The present length in bytes. */
  readSize(): Promise<number>;

  /**
   * Fills `target` with the bytes from `offsetBytes` on.
   *
   * @returns how many bytes there were: less than `target.length` only where the file ends, 0
   *   behind its end
   * @throws IoFailed, AccessDenied
   */
  read(offsetBytes: number, target: Uint8Array): Promise<number>;

  /**
   * As {@link read}, but fills one target after the other, in a single request. Missing where the
   * system has no such request.
   *
   * @param targets none empty; 1024 of them are one request on all systems
   * @returns how many bytes there were for all targets together
   */
  readonly readEach?:
    ((offsetBytes: number, targets: readonly Uint8Array[]) => Promise<number>) | undefined;
}
