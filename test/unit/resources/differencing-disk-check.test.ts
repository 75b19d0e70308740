import { DiskError } from "../../../provider/disk/errors";
import { GIB, MIB } from "../../../provider/image/bytes";
import { differencingDiskLifecycle } from "../../../provider/resources/differencing-disk";
import type { Properties } from "../../../provider/resources/resource";
import { UNKNOWN_VALUE } from "../../../provider/resources/unknown";
import { BASE, CHILD, DECLARED, backendWithBase } from "../../support/child-over-base";

async function failuresOf(
  news: Properties,
  olds: Properties = {},
  backend = backendWithBase(),
): Promise<string[]> {
  const { failures } = await differencingDiskLifecycle.check(backend, olds, news, {
    preview: true,
  });
  return failures.map(({ property, reason }) => `${property}: ${reason}`);
}

describe("check of a DifferencingDisk", () => {
  it("passes what is right, and hands the inputs on as they are", async () => {
    const inputs = { ...DECLARED, sizeBytes: 2 * GIB, blockSizeBytes: 2 * MIB, adopt: false };

    const result = await differencingDiskLifecycle.check(backendWithBase(), {}, inputs);

    expect(result).toEqual({ inputs, failures: [] });
  });

  it.each<[string, Properties, RegExp]>([
    ["a missing path", { path: undefined }, /^path: Must be a string/],
    ["a missing parentPath", { parentPath: undefined }, /^parentPath: Must be a string/],
    [
      "a wrong extension",
      { path: "/disks/child.img" },
      /^path: The extension determines the format/,
    ],
    ["no extension", { path: "/disks/child" }, /^path: .*there is none/],
    ["a checkpoint's extension", { path: "/disks/child.avhdx" }, /^path: .*\.vhd or \.vhdx/],
    ["a relative path", { path: "disks/child.vhdx" }, /^path: .*not a full path/],
    ["a relative parentPath", { parentPath: "base.vhdx" }, /^parentPath: .*not a full path/],
    ["a reserved name", { path: "/disks/NUL.vhdx" }, /^path: Windows reserves/],
    [
      "a parent of the other format",
      { parentPath: "/golden/base.vhd" },
      /^parentPath: .*same format/,
    ],
    ["itself as parent", { parentPath: CHILD }, /^parentPath: A disk cannot be its own parent/],
    [
      "a size as a string",
      { sizeBytes: "1" },
      /^sizeBytes: Must be a number of bytes\. "1" is a string; config\.requireNumber/,
    ],
    [
      "a size of half a sector",
      { sizeBytes: 2 * GIB + 256 },
      /^sizeBytes: .*multiple of the sector size/,
    ],
    [
      "a size below the parent's",
      { sizeBytes: 512 * MIB },
      /^sizeBytes: .*smaller than the parent/,
    ],
    [
      "a size above the limit",
      { sizeBytes: 65 * 1024 * GIB },
      /^sizeBytes: .*above the limit of a VHDX/,
    ],
    ["a block size of 3 MiB", { blockSizeBytes: 3 * MIB }, /^blockSizeBytes: .*power of two/],
    [
      "a block size of 512 MiB",
      { blockSizeBytes: 512 * MIB },
      /^blockSizeBytes: .*1 MiB .* to 256 MiB/,
    ],
    ["a name it does not know", { size: 5 }, /^size: This input does not exist/],
  ])("refuses %s, beside the input", async (_name, change, expected) => {
    const failures = await failuresOf({ ...DECLARED, ...change });

    expect(failures).toEqual([expect.stringMatching(expected)]);
  });

  it("refuses to shrink, beside the input", async () => {
    const failures = await failuresOf(
      { ...DECLARED, sizeBytes: 2 * GIB },
      { ...DECLARED, sizeBytes: 4 * GIB },
    );

    expect(failures).toEqual([expect.stringMatching(/^sizeBytes: A disk cannot shrink/)]);
  });

  it("names a parent that is damaged, with its path", async () => {
    const backend = backendWithBase();
    backend.failNext(
      "inspectDisk",
      new DiskError("CorruptImage", { what: "the footer is damaged", subject: BASE }),
    );

    const failures = await failuresOf(DECLARED, {}, backend);

    expect(failures).toEqual([`parentPath: [CorruptImage] the footer is damaged: ${BASE}.`]);
  });

  it("refuses a parent that nobody makes, and says how to write one that a resource makes", async () => {
    expect(await failuresOf({ ...DECLARED, parentPath: "/golden/next.vhdx" })).toEqual([
      expect.stringMatching(
        /^parentPath: There is no disk at \/golden\/next\.vhdx.*parentPath: parent\.path/,
      ),
    ]);
  });

  it("accepts a parent that is not there yet, because a resource makes it", async () => {
    const inputs = {
      ...DECLARED,
      parentPath: "/golden/next.vhdx",
      sizeBytes: 512 * MIB,
      __parentId: UNKNOWN_VALUE,
    };

    expect(await failuresOf(inputs)).toEqual([]);
  });

  it.each(["path", "parentPath", "sizeBytes", "blockSizeBytes", "adopt"])(
    "waits for a %s that is unknown",
    async (name) => {
      const inputs = { ...DECLARED, [name]: UNKNOWN_VALUE };

      const result = await differencingDiskLifecycle.check(backendWithBase(), {}, inputs);

      expect(result).toEqual({ inputs, failures: [] });
    },
  );

  it("asks the host nothing while the parent stays as it was", async () => {
    const backend = backendWithBase();

    await failuresOf(DECLARED, DECLARED, backend);

    expect(backend.calls).toEqual([]);
  });
});
