import { MIB } from "../../provider/image/bytes";
import { growVhdx } from "../../provider/image/vhdx/grow";
import { setVhdxParent } from "../../provider/image/vhdx/set-parent";
import { readVhdxStructures } from "../../provider/image/vhdx/structures";
import { readAllContent } from "../support/image-content";
import type { MemoryFile } from "../support/memory-file";
import { md5 } from "../support/oracles";
import { PowerLossFile } from "../support/power-loss-file";
import { buildChildVhdx, buildVhdx, openVhdxChain } from "../support/vhdx-image";
import {
  leaveStaleBytes,
  logVhdxChange,
  setVhdxBlockState,
  writeVhdxContent,
} from "../support/vhdx-writer";

jest.setTimeout(60_000);

/** What a user of the disk, and its children, can tell. */
async function observe(file: MemoryFile): Promise<string> {
  const [image] = await openVhdxChain(file);
  const { sizeBytes, linkageId, parentLocator } = image!.properties;
  return JSON.stringify({
    sizeBytes,
    linkageId,
    parentLocator,
    content: md5(await readAllContent(image!)),
  });
}

/**
 * Every state that a power loss could leave while `change` ran, told apart by what can be observed.
 */
async function observeCrashes(
  file: MemoryFile,
  change: (file: PowerLossFile) => Promise<void>,
): Promise<string[]> {
  const powerLossFile = new PowerLossFile(file);
  await change(powerLossFile);
  const seen: string[] = [];
  for await (const state of powerLossFile.crashStates(6)) {
    seen.push(await observe(state));
  }
  return seen;
}

/**
 * Asserts that no state is anything but the old or the new one, and that once the new one is there
 * it stays.
 */
function expectAtomic(seen: readonly string[], before: string, after: string): void {
  expect(new Set(seen)).toEqual(new Set([before, after]));
  expect(seen.at(-1)).toBe(after);
}

async function buildWrittenChild(sizeBytes = 3 * MIB + 512): Promise<MemoryFile> {
  const child = await buildChildVhdx(await buildVhdx({ sizeBytes }));
  await writeVhdxContent(child, 512, new Uint8Array(1024).fill(7));
  await writeVhdxContent(child, 3 * MIB, new Uint8Array(512).fill(9));
  await setVhdxBlockState(child, 1, "zero");
  return child;
}

describe("a power loss while a VHDX is changed", () => {
  it("leaves a dynamic disk at its old or its new size when it grows", async () => {
    const file = await buildVhdx({ sizeBytes: 2 * MIB + 512 });
    await writeVhdxContent(file, 2 * MIB, new Uint8Array(512).fill(3));
    const before = await observe(file);

    const seen = await observeCrashes(file, (powerLossFile) => growVhdx(powerLossFile, 5 * MIB));

    expectAtomic(seen, before, await observe(file));
  });

  it("leaves a fixed disk at its old or its new size when it grows", async () => {
    const file = await buildVhdx({ type: "fixed", sizeBytes: 2 * MIB + 512 });
    await writeVhdxContent(file, 0, new Uint8Array(512).fill(3));
    const before = await observe(file);

    const seen = await observeCrashes(file, (powerLossFile) => growVhdx(powerLossFile, 4 * MIB));

    expectAtomic(seen, before, await observe(file));
  });

  it("leaves a differencing disk whose last bitmap has stale bits at its old or its new size when it grows", async () => {
    const file = await buildWrittenChild();
    await leaveStaleBytes(file);
    const before = await observe(file);

    const seen = await observeCrashes(file, (powerLossFile) => growVhdx(powerLossFile, 6 * MIB));

    expectAtomic(seen, before, await observe(file));
  });

  it("leaves the old or the new table when the table has to move", async () => {
    // Together with 31 entries for bitmaps, those of 131,041 blocks just fill a table of 1 MiB.
    const file = await buildVhdx({ sizeBytes: 131_041 * MIB });
    const { regions } = await readVhdxStructures(file);
    const [image] = await openVhdxChain(file);
    const before = JSON.stringify(image!.properties);
    const powerLossFile = new PowerLossFile(file);

    await growVhdx(powerLossFile, 131_042 * MIB);

    const [grown] = await openVhdxChain(file);
    const after = JSON.stringify(grown!.properties);
    expect((await readVhdxStructures(file)).regions.bat.offsetBytes).not.toBe(
      regions.bat.offsetBytes,
    );
    const seen: string[] = [];
    for await (const state of powerLossFile.crashStates(3)) {
      const [survivor] = await openVhdxChain(state);
      seen.push(JSON.stringify(survivor!.properties));
    }
    expectAtomic(seen, before, after);
  });

  it("leaves the old or the new parent locator, whole", async () => {
    const file = await buildWrittenChild();
    const { parent } = await readVhdxStructures(file);
    const place = {
      linkageId: parent!.locator.linkageIds[0]!,
      absolutePath: `D:\\${"long\\".repeat(300)}p.vhdx`,
    };
    const before = await observe(file);

    const seen = await observeCrashes(file, (powerLossFile) => setVhdxParent(powerLossFile, place));

    expectAtomic(seen, before, await observe(file));
  });

  it("replays a dirty log to the file before it changes anything, and may lose power meanwhile", async () => {
    const file = await buildVhdx({ sizeBytes: 4 * MIB });
    await logVhdxChange(file, (copy) =>
      writeVhdxContent(copy, MIB + 512, new Uint8Array(4096).fill(5)),
    );
    const before = await observe(file);

    const seen = await observeCrashes(file, (powerLossFile) => growVhdx(powerLossFile, 6 * MIB));

    expectAtomic(seen, before, await observe(file));
    expect((await readVhdxStructures(file)).replay).toBeUndefined();
  });
});
