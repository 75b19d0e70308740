import { isDiskError } from "../../provider/disk/errors";
import { MIB } from "../../provider/image/bytes";
import { readContent } from "../../provider/image/content";
import type { DiskImage } from "../../provider/image/disk-image";
import { FORMAT_DRIVERS } from "../../provider/image/formats";
import { openImage } from "../../provider/image/open-image";
import { listParentPaths } from "../../provider/image/parent";
import { type Specimen, createRandom, mutate } from "./hostile-images";
import { collectExtents } from "./image-content";
import type { MemoryFile } from "./memory-file";

/** No image here has more: what is read beyond it would be read for nothing. */
const MAX_BYTES_READ = 64 * MIB;
const MAX_READ_COUNT = 4096;

/**
 * All that is done with an image of an unknown maker, with a right answer or a DiskError each.
 *
 * @returns whether the image opens
 */
async function use(file: MemoryFile): Promise<boolean> {
  let image: DiskImage;
  try {
    image = await openImage(file);
  } catch (error) {
    assertExpected(error);
    return false;
  }
  const { sizeBytes, parentLocator } = image.properties;
  if (parentLocator !== undefined) {
    listParentPaths("posix", "/disks/child.vhdx", parentLocator);
    listParentPaths("win32", "C:\\disks\\child.vhdx", parentLocator);
  }
  const lengthBytes = Math.min(sizeBytes, 16 * MIB);
  await assertReadable(image, 0, lengthBytes);
  await assertReadable(image, sizeBytes - lengthBytes, lengthBytes);
  return true;
}

/**
 * The extents cover a window without gaps; its content is what they say, where it can be read at
 * all.
 */
async function assertReadable(
  image: DiskImage,
  offsetBytes: number,
  lengthBytes: number,
): Promise<void> {
  try {
    let at = offsetBytes;
    for (const extent of await collectExtents(image, offsetBytes, lengthBytes)) {
      if (extent.offsetBytes !== at || extent.lengthBytes <= 0) {
        throw new Error(`an extent begins at ${extent.offsetBytes} instead of ${at}`);
      }
      at += extent.lengthBytes;
    }
    if (at !== offsetBytes + lengthBytes) {
      throw new Error(`the extents end at ${at} instead of ${offsetBytes + lengthBytes}`);
    }
    await readContent([image], offsetBytes, new Uint8Array(Math.min(lengthBytes, 8192)));
  } catch (error) {
    assertExpected(error);
  }
}

/** A writer leaves what opens again, or refuses with the file as good as it was. */
async function change(file: MemoryFile, specimen: Specimen): Promise<void> {
  const format = specimen.name.endsWith("VHD") ? "vhd" : "vhdx";
  const linkageId = "ba5eba5e-1111-4111-8111-111111111111";
  let isChanged = false;
  try {
    await (format === "vhdx"
      ? FORMAT_DRIVERS.vhdx.grow(file, 9 * MIB)
      : FORMAT_DRIVERS.vhd.setParent(file, { linkageId, absolutePath: "/golden/base.vhd" }));
    isChanged = true;
  } catch (error) {
    assertExpected(error);
  }
  if (isChanged) {
    await openImage(file);
  }
}

function assertExpected(error: unknown): void {
  if (!isDiskError(error) || error.code === "Internal") {
    throw error;
  }
}

/** What became of all cases. */
export interface Outcome {
  readonly failures: string[];
  openedCount: number;
  /** What the dearest case read. */
  mostBytesRead: number;
  mostReads: number;
}

/**
 * Reads and changes images whose fields were chosen by an attacker, under right checksums.
 *
 * @param count of images; the same count gives the same images
 * @returns what was neither answered nor refused, or cost too much; five of these end the attack
 */
export async function attackImages(
  specimens: readonly Specimen[],
  count: number,
): Promise<Outcome> {
  const outcome: Outcome = { failures: [], openedCount: 0, mostBytesRead: 0, mostReads: 0 };
  const { failures } = outcome;
  for (let seed = 0; seed < count && failures.length < 5; seed += 1) {
    const random = createRandom(seed);
    const specimen = specimens[random(specimens.length)]!;
    const file = await mutate(specimen, random);
    try {
      outcome.openedCount += (await use(file)) ? 1 : 0;
      if (seed % 8 === 0) {
        await change(file.clone(), specimen);
      }
    } catch (error) {
      failures.push(`seed ${seed}, ${specimen.name}: ${String((error as Error).stack)}`);
    }
    outcome.mostBytesRead = Math.max(outcome.mostBytesRead, file.bytesRead);
    outcome.mostReads = Math.max(outcome.mostReads, file.readCount);
    if (file.bytesRead > MAX_BYTES_READ || file.readCount > MAX_READ_COUNT) {
      failures.push(
        `seed ${seed}, ${specimen.name}: ${file.bytesRead} bytes in ${file.readCount} requests`,
      );
    }
  }
  return outcome;
}
