import type { RandomAccessFile } from "../../provider/image/random-access-file";
import { openVhd } from "../../provider/image/vhd/open";
import type { ParentPlace } from "../../provider/image/driver";
import { setVhdParent } from "../../provider/image/vhd/set-parent";
import { readStructures } from "../../provider/image/vhd/structures";
import { readAllContent } from "../support/image-content";
import type { MemoryFile } from "../support/memory-file";
import { md5 } from "../support/oracles";
import { PowerLossFile } from "../support/power-loss-file";
import {
  BASE_ID,
  BLOCK_SIZE_BYTES,
  FOOTER_FIELD,
  buildChildVhd,
  cutLastBlock,
  footerOffsetOf,
} from "../support/vhd-image";
import { writeVhdContent } from "../support/vhd-writer";

const NEW_PARENT: ParentPlace = {
  linkageId: BASE_ID,
  // Long paths change both sectors of the dynamic header and take more than one sector themselves.
  absolutePath: `D:\\${"golden\\".repeat(35)}base.vhd`,
  relativePath: `..\\${"golden\\".repeat(70)}base.vhd`,
};

async function buildWrittenChild(): Promise<MemoryFile> {
  const file = await buildChildVhd();
  await writeVhdContent(file, BLOCK_SIZE_BYTES, new Uint8Array(1024).fill(7));
  await writeVhdContent(file, 9 * BLOCK_SIZE_BYTES, new Uint8Array(1024).fill(8));
  return file;
}

/** What a user of the disk, and its chain, can tell. */
async function observe(file: MemoryFile): Promise<string> {
  const image = await openVhd(file.clone());
  return JSON.stringify({
    properties: image.properties,
    content: md5(await readAllContent(image)),
  });
}

async function afterChange(
  file: MemoryFile,
  change: (file: RandomAccessFile) => Promise<void>,
): Promise<string> {
  const changed = file.clone();
  await change(changed);
  return observe(changed);
}

async function crashStatesOf(
  file: MemoryFile,
  change: (file: RandomAccessFile) => Promise<void>,
): Promise<AsyncGenerator<MemoryFile>> {
  const powerLossFile = new PowerLossFile(file.clone());
  await change(powerLossFile);
  return powerLossFile.crashStates();
}

const recordNewParent = (file: RandomAccessFile): Promise<void> => setVhdParent(file, NEW_PARENT);

describe("a power loss while a moved parent is recorded in a VHD", () => {
  it.each<[string, (file: MemoryFile) => Promise<void>]>([
    ["as it was made", () => Promise.resolve()],
    ["whose last block is cut short", cutLastBlock],
    ["that lost its footer", async (file) => file.resize(await footerOffsetOf(file))],
    ["with a footer of 511 bytes", async (file) => file.resize((await file.readSize()) - 1)],
    [
      "whose copy of the footer is damaged",
      async (file) => file.write(FOOTER_FIELD.timestamp, Uint8Array.of(0xaa)),
    ],
  ])(
    "leaves a disk %s with its old paths or its new ones, and all of its content",
    async (_, prepare) => {
      const file = await buildWrittenChild();
      await prepare(file);
      const [before, after] = [await observe(file), await afterChange(file, recordNewParent)];

      const seen: string[] = [];
      for await (const state of await crashStatesOf(file, recordNewParent)) {
        seen.push(await observe(state));
      }

      expect(new Set(seen)).toEqual(new Set([before, after]));
      expect(seen.at(-1)).toBe(after);
    },
  );

  it("can be followed by another attempt, which ends as if nothing had happened", async () => {
    const file = await buildWrittenChild();
    const after = await afterChange(file, recordNewParent);

    for await (const state of await crashStatesOf(file, recordNewParent)) {
      expect(await afterChange(state, recordNewParent)).toBe(after);
      await recordNewParent(state);
      expect((await readStructures(state)).current.isMirrored).toBe(true);
    }
  });

  it("can come again while another path is recorded after the first loss", async () => {
    const file = await buildWrittenChild();
    const recordOther = (target: RandomAccessFile): Promise<void> =>
      setVhdParent(target, { linkageId: BASE_ID, absolutePath: "E:\\elsewhere\\base.vhd" });
    const after = await afterChange(file, recordOther);

    for await (const state of await crashStatesOf(file, recordNewParent)) {
      const before = await observe(state);
      const again = new PowerLossFile(state);
      await recordOther(again);
      for await (const secondState of again.crashStates(1)) {
        expect([before, after]).toContain(await observe(secondState));
      }
    }
  });
});
