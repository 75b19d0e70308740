/**
 * The port between the on-disk formats and whatever holds their bytes. node-file.ts is the adapter for real files;
 * tests bring adapters that keep bytes in memory, count, fail or lose power.
 *
 * This folder knows VHD (vhd/), VHDX (vhdx/), chains of both (chain.ts), their content (content.ts) and what changed in
 * them (changes.ts). Nothing here knows about Pulumi, CIM or paths of the host beyond what host-path.ts tells.
 */
export interface RandomAccessFile {
  /** What messages call this file: its path. */
  readonly name: string;

  /** The present length in bytes. */
  readSize(): Promise<number>;

  /**
   * Fills `target` with the bytes from `offsetBytes` on.
   *
   * @returns how many bytes there were: less than `target.length` only where the file ends, 0 behind its end
   * @throws IoFailed, AccessDenied
   */
  read(offsetBytes: number, target: Uint8Array): Promise<number>;

  /**
   * Writes all of `source` at `offsetBytes`, enlarging the file where needed. Durable only after {@link flush}.
   *
   * @throws IoFailed, AccessDenied
   */
  write(offsetBytes: number, source: Uint8Array): Promise<void>;

  /** Cuts or enlarges the file; what is new reads as zeros and takes no space where the file system can. */
  resize(sizeBytes: number): Promise<void>;

  /** Returns when everything written is on stable storage. */
  flush(): Promise<void>;

  /** Releases the file. Idempotent. Does not flush. */
  close(): Promise<void>;
}
