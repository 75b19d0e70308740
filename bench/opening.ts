/**
 * Opening an image, which validates all of it, and the checksum that VHDX uses.
 */
import { randomBytes } from "node:crypto";
import { createEmbeddedBackend } from "../provider/embedded/embedded-backend";
import { KIB, MIB, TIB } from "../provider/image/bytes";
import { computeCrc32c } from "../provider/image/crc32c";
import { compare, say } from "./support/measure";
import { measurePeakMemory } from "./support/peak-memory";
import { readPlainly } from "./support/plain-files";
import { useScratchFolder } from "./support/scratch-folder";

const BAT_OFFSET_BYTES = 3 * MIB;
const BAT_LENGTH_BYTES = 256 * MIB;

const backend = createEmbeddedBackend();
const scratch = useScratchFolder();

async function main(): Promise<void> {
  say("opening: everything in the image is validated");
  await compareOpening();
  await compareChecksum();
}

async function compareOpening(): Promise<void> {
  const path = scratch("large.vhdx");
  await backend.createDisk({
    type: "dynamic",
    format: "vhdx",
    path,
    sizeBytes: 64 * TIB,
    blockSizeBytes: 2 * MIB,
  });
  await compare({
    subject: { name: "opening a VHDX of 64 TiB with a table of 256 MiB", run: () => backend.inspectDisk(path) },
    reference: {
      name: "reading the table",
      run: () => readPlainly(path, BAT_OFFSET_BYTES, BAT_LENGTH_BYTES, 256 * KIB),
    },
  });
  say(`      peak memory: ${measurePeakMemory("open", path)} more than a process that does nothing`);
}

async function compareChecksum(): Promise<void> {
  const bytes = randomBytes(64 * MIB);
  const sum = (): number => {
    let total = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      total = (total + bytes[at]!) | 0;
    }
    return total;
  };
  await compare({
    subject: { name: "CRC-32C of 64 MiB", run: () => Promise.resolve(computeCrc32c(bytes)) },
    reference: { name: "adding up the bytes in JavaScript", run: () => Promise.resolve(sum()) },
    per: { count: 64, unit: "MiB" },
  });
}

void main();
