import type { DiffResult, Properties } from "../../../provider/resources/resource";
import { UNKNOWN_VALUE } from "../../../provider/resources/unknown";
import { virtualDiskLifecycle } from "../../../provider/resources/virtual-disk";
import { FakeBackend } from "../../support/fake-backend";
import { nextRun } from "../../support/next-run";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const PATH = "/golden/base.vhdx";
const DECLARED: Properties = { path: PATH, sizeBytes: GIB };

async function failuresOf(news: Properties, olds: Properties = {}): Promise<string[]> {
  const { failures } = await virtualDiskLifecycle.check(new FakeBackend(), olds, news);
  return failures.map(({ property, reason }) => `${property}: ${reason}`);
}

async function created(
  inputs: Properties = DECLARED,
): Promise<{ backend: FakeBackend; state: Properties }> {
  const earlier = new FakeBackend();
  const { outputs } = await virtualDiskLifecycle.create(earlier, inputs);
  return { backend: nextRun(earlier), state: outputs };
}

function diffOf(backend: FakeBackend, state: Properties, news: Properties): Promise<DiffResult> {
  return virtualDiskLifecycle.diff(backend, state, news);
}

describe("check of a VirtualDisk", () => {
  it.each<[string, Properties]>([
    ["the least", DECLARED],
    [
      "all there is",
      {
        ...DECLARED,
        type: "fixed",
        blockSizeBytes: 2 * MIB,
        logicalSectorSizeBytes: 4096,
        adopt: true,
      },
    ],
    ["the largest VHDX", { ...DECLARED, sizeBytes: 64 * 1024 * GIB }],
    ["the largest VHD", { path: "/golden/base.vhd", sizeBytes: 2040 * GIB }],
    ["the smallest disk", { ...DECLARED, sizeBytes: 3 * MIB }],
    [
      "a VHD with small blocks",
      { path: "/golden/base.vhd", sizeBytes: GIB, blockSizeBytes: 512 * 1024 },
    ],
    ["a size that is unknown", { ...DECLARED, sizeBytes: UNKNOWN_VALUE }],
  ])("passes %s", async (_name, news) => {
    expect(await failuresOf(news)).toEqual([]);
  });

  it.each<[string, Properties, RegExp]>([
    ["a missing size", { sizeBytes: undefined }, /^sizeBytes: Must be a number/],
    ["a size of 0", { sizeBytes: 0 }, /^sizeBytes: Must be a whole number of bytes above 0/],
    ["a broken size", { sizeBytes: 0.5 }, /^sizeBytes: Must be a whole number/],
    [
      "a size of half a sector",
      { sizeBytes: GIB + 256 },
      /^sizeBytes: .*multiple of the sector size, 512/,
    ],
    [
      "an eighth of a large sector",
      { sizeBytes: GIB + 512, logicalSectorSizeBytes: 4096 },
      /^sizeBytes: .*4096/,
    ],
    ["a size below the smallest", { sizeBytes: MIB }, /^sizeBytes: .*3 MiB/],
    [
      "a VHDX above its limit",
      { sizeBytes: 64 * 1024 * GIB + 512 },
      /^sizeBytes: .*above the limit of a VHDX/,
    ],
    [
      "a VHD above its limit",
      { path: "/b.vhd", sizeBytes: 2041 * GIB },
      /^sizeBytes: .*VHD.*Use \.vhdx/,
    ],
    ["an unknown type", { type: "differencing" }, /^type: Must be "dynamic" or "fixed"/],
    [
      "a strange sector size",
      { logicalSectorSizeBytes: 520 },
      /^logicalSectorSizeBytes: Must be 512 or 4096/,
    ],
    [
      "large sectors in a VHD",
      { path: "/b.vhd", physicalSectorSizeBytes: 4096 },
      /^physicalSectorSizeBytes: .*512/,
    ],
    [
      "blocks of 1 MiB in a VHD",
      { path: "/b.vhd", blockSizeBytes: MIB },
      /^blockSizeBytes: A VHD has blocks/,
    ],
    [
      "blocks in a fixed VHD",
      { path: "/b.vhd", type: "fixed", blockSizeBytes: 2 * MIB },
      /^blockSizeBytes: .*no blocks/,
    ],
    ["blocks of 3 MiB", { blockSizeBytes: 3 * MIB }, /^blockSizeBytes: .*power of two/],
    ["adopt as a text", { adopt: "yes" }, /^adopt: Must be true or false/],
  ])("refuses %s, beside the input", async (_name, change, expected) => {
    expect(await failuresOf({ ...DECLARED, ...change })).toEqual([expect.stringMatching(expected)]);
  });

  it("refuses to shrink, but not a smaller disk elsewhere", async () => {
    expect(await failuresOf(DECLARED, { ...DECLARED, sizeBytes: 2 * GIB })).toEqual([
      expect.stringMatching(/^sizeBytes: A disk cannot shrink/),
    ]);
    expect(await failuresOf(DECLARED, { path: "/golden/old.vhdx", sizeBytes: 2 * GIB })).toEqual(
      [],
    );
  });
});

describe("diff of a VirtualDisk", () => {
  it("finds nothing to do when defaults are spelled out", async () => {
    const { backend, state } = await created();

    const result = await diffOf(backend, state, {
      ...DECLARED,
      type: "dynamic",
      blockSizeBytes: 2 * MIB,
    });

    expect(result.changes).toBe(false);
  });

  it.each([
    ["type", "fixed"],
    ["blockSizeBytes", MIB],
    ["logicalSectorSizeBytes", 4096],
    ["physicalSectorSizeBytes", 512],
  ])("replaces for another %s, the old disk first because the path stays", async (name, value) => {
    const { backend, state } = await created();

    const result = await diffOf(backend, state, { ...DECLARED, [name]: value });

    expect(result).toEqual({ changes: true, replaces: [name], deleteBeforeReplace: true });
  });

  it("replaces for another format, the new disk first because the path changes", async () => {
    const { backend, state } = await created();

    const result = await diffOf(backend, state, { ...DECLARED, path: "/golden/base.vhd" });

    expect(result).toEqual({ changes: true, replaces: ["path"], deleteBeforeReplace: false });
  });

  it("grows a VHDX in place, and refuses to grow a VHD", async () => {
    const { backend, state } = await created();
    const vhd = await created({ path: "/golden/base.vhd", sizeBytes: GIB });

    const grown = await diffOf(backend, state, { ...DECLARED, sizeBytes: 2 * GIB });
    const refused = diffOf(vhd.backend, vhd.state, {
      path: "/golden/base.vhd",
      sizeBytes: 2 * GIB,
    });

    expect(grown).toEqual({ changes: true, replaces: [], deleteBeforeReplace: false });
    await expect(refused).rejects.toThrow(/^\[NotSupported\].*VHDX/);
  });

  it("expects a change where the new size is unknown", async () => {
    const { backend, state } = await created();

    expect((await diffOf(backend, state, { ...DECLARED, sizeBytes: UNKNOWN_VALUE })).changes).toBe(
      true,
    );
  });
});

describe("the life of a VirtualDisk", () => {
  it("goes from create over update and read to delete", async () => {
    const { backend, state } = await created();

    const updated = await virtualDiskLifecycle.update(backend, PATH, state, {
      ...DECLARED,
      sizeBytes: 2 * GIB,
    });
    const observed = await virtualDiskLifecycle.read(backend, PATH, updated.outputs);
    await virtualDiskLifecycle.delete(backend, PATH, updated.outputs);

    expect(state).toMatchObject({
      path: PATH,
      type: "dynamic",
      sizeBytes: GIB,
      __disk: "creation=creation-id-1&file=file-id-1",
    });
    expect(updated.outputs).toMatchObject({ sizeBytes: 2 * GIB });
    expect(observed).toEqual({ ...updated, inputs: { path: PATH, sizeBytes: 2 * GIB } });
    expect(backend.disks.size).toBe(0);
  });

  it("adopts only a disk of the declared type and size", async () => {
    const { backend } = await created();

    const adopted = await virtualDiskLifecycle.create(backend, { ...DECLARED, adopt: true });
    const refused = virtualDiskLifecycle.create(backend, {
      ...DECLARED,
      type: "fixed",
      adopt: true,
    });

    expect(adopted.outputs).toMatchObject({ path: PATH, sizeBytes: GIB });
    await expect(refused).rejects.toThrow(/type is dynamic, but fixed is declared/);
  });
});
