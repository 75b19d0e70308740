import type { VirtualDiskInfo } from "../disk/disk";
import { readContent } from "../image/content";
import { DiskFiles, type DiskFilesOptions } from "./disk-files";
import { readFingerprint, writtenMeanwhile } from "./fingerprint";

/** The content of a disk through its chain, as it was when it was opened. */
export interface OpenContent {
  readonly info: VirtualDiskInfo;
  /**
   * Fills `target` with the bytes of the virtual disk from `offsetBytes` on.
   *
   * @throws CorruptImage, IoFailed
   */
  read(offsetBytes: number, target: Uint8Array): Promise<void>;
  /** Makes sure that nothing was written to the files since they were opened. @throws InUse */
  assertUnchanged(): Promise<void>;
  /** Closes all files of the chain. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the content of a disk in files of this machine.
 *
 * @param path the full path of the leaf
 * @throws the codes of `DiskBackend.readChain`
 */
export async function openContent(
  path: string,
  options: DiskFilesOptions = {},
): Promise<OpenContent> {
  const files = new DiskFiles(options);
  const chain = await files.openChain(path, "content");
  try {
    const fingerprint = await readFingerprint(chain.links);
    const images = chain.links.map((link) => link.image);
    return {
      info: await files.describe(path),
      read: (offsetBytes, target) => readContent(images, offsetBytes, target),
      async assertUnchanged() {
        if ((await readFingerprint(chain.links)) !== fingerprint) {
          throw writtenMeanwhile(path, "content");
        }
      },
      close: () => chain.close(),
    };
  } catch (error) {
    await chain.close();
    throw error;
  }
}
