import { DiskError } from "../../../provider/disk/errors";
import { differencingDiskLifecycle } from "../../../provider/resources/differencing-disk";
import type { DiffResult, Properties } from "../../../provider/resources/resource";
import { UNKNOWN_VALUE } from "../../../provider/resources/unknown";
import { FakeBackend } from "../../support/fake-backend";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const BASE = "/golden/base.vhdx";
const CHILD = "/disks/child.vhdx";
const DECLARED: Properties = { path: CHILD, parentPath: BASE };

function backendWithBase(): FakeBackend {
  const backend = new FakeBackend();
  backend.put({ type: "dynamic", format: "vhdx", path: BASE, sizeBytes: GIB });
  return backend;
}

async function failuresOf(news: Properties, olds: Properties = {}, backend = backendWithBase()): Promise<string[]> {
  const { failures } = await differencingDiskLifecycle.check(backend, olds, news);
  return failures.map(({ property, reason }) => `${property}: ${reason}`);
}

function diffOf(backend: FakeBackend, state: Properties, news: Properties, preview = false): Promise<DiffResult> {
  return differencingDiskLifecycle.diff(backend, state, news, preview);
}

/** A backend with a base and a child made through the lifecycle, and what the state keeps of the child. */
async function created(inputs: Properties = DECLARED): Promise<{ backend: FakeBackend; state: Properties }> {
  const backend = backendWithBase();
  const { outputs } = await differencingDiskLifecycle.create(backend, inputs);
  backend.calls.length = 0;
  return { backend, state: outputs };
}

describe("check of a DifferencingDisk", () => {
  it("passes what is right, and hands the inputs on as they are", async () => {
    const inputs = { ...DECLARED, sizeBytes: 2 * GIB, blockSizeBytes: 2 * MIB, adopt: false };

    const result = await differencingDiskLifecycle.check(backendWithBase(), {}, inputs);

    expect(result).toEqual({ inputs, failures: [] });
  });

  it.each<[string, Properties, RegExp]>([
    ["a missing path", { path: undefined }, /^path: Must be a text/],
    ["a missing parentPath", { parentPath: undefined }, /^parentPath: Must be a text/],
    ["a wrong extension", { path: "/disks/child.img" }, /^path: The extension decides the format/],
    ["no extension", { path: "/disks/child" }, /^path: .*missing/],
    ["a checkpoint's extension", { path: "/disks/child.avhdx" }, /^path: .*\.vhd or \.vhdx/],
    ["a relative path", { path: "disks/child.vhdx" }, /^path: .*not a full path/],
    ["a relative parentPath", { parentPath: "base.vhdx" }, /^parentPath: .*not a full path/],
    ["a reserved name", { path: "/disks/NUL.vhdx" }, /^path: Windows reserves/],
    ["a parent of the other format", { parentPath: "/golden/base.vhd" }, /^parentPath: .*same format/],
    ["itself as parent", { parentPath: CHILD }, /^parentPath: A disk cannot be its own parent/],
    ["a size that is no number", { sizeBytes: "1" }, /^sizeBytes: Must be a number/],
    ["a size of half a sector", { sizeBytes: 2 * GIB + 256 }, /^sizeBytes: .*multiple of the sector size/],
    ["a size below the parent's", { sizeBytes: 512 * MIB }, /^sizeBytes: .*smaller than the parent/],
    ["a size above the limit", { sizeBytes: 65 * 1024 * GIB }, /^sizeBytes: .*above the limit of a VHDX/],
    ["a block size of 3 MiB", { blockSizeBytes: 3 * MIB }, /^blockSizeBytes: .*power of two/],
    ["a block size of 512 MiB", { blockSizeBytes: 512 * MIB }, /^blockSizeBytes: .*1 MiB to 256 MiB/],
    ["a name it does not know", { size: 5 }, /^size: There is no input of this name/],
  ])("refuses %s, beside the input", async (_name, change, expected) => {
    const failures = await failuresOf({ ...DECLARED, ...change });

    expect(failures).toEqual([expect.stringMatching(expected)]);
  });

  it("refuses to shrink, beside the input", async () => {
    const failures = await failuresOf({ ...DECLARED, sizeBytes: 2 * GIB }, { ...DECLARED, sizeBytes: 4 * GIB });

    expect(failures).toEqual([expect.stringMatching(/^sizeBytes: A disk cannot shrink/)]);
  });

  it("names a parent that is damaged, with its path", async () => {
    const backend = backendWithBase();
    backend.failNext("inspectDisk", new DiskError("CorruptImage", { what: "the footer is damaged", subject: BASE }));

    const failures = await failuresOf(DECLARED, {}, backend);

    expect(failures).toEqual([`parentPath: [CorruptImage] the footer is damaged: ${BASE}.`]);
  });

  it("accepts a parent that is not there yet, because the same program may make it", async () => {
    expect(await failuresOf({ ...DECLARED, parentPath: "/golden/next.vhdx", sizeBytes: 512 * MIB })).toEqual([]);
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

describe("diff of a DifferencingDisk", () => {
  const NONE = { changes: false, replaces: [], deleteBeforeReplace: false };
  const IN_PLACE = { changes: true, replaces: [], deleteBeforeReplace: false };

  it("finds nothing to do, and asks the host nothing, when nothing changed", async () => {
    const { backend, state } = await created();

    const result = await diffOf(backend, state, { ...DECLARED, adopt: true });

    expect(result).toEqual(NONE);
    expect(backend.calls).toEqual([]);
  });

  it("finds nothing to do when a value is no longer declared", async () => {
    const { backend, state } = await created({ ...DECLARED, sizeBytes: 2 * GIB, blockSizeBytes: MIB });

    expect(await diffOf(backend, state, DECLARED)).toEqual(NONE);
  });

  it("grows and moves in place", async () => {
    const { backend, state } = await created();

    expect(await diffOf(backend, state, { ...DECLARED, sizeBytes: 2 * GIB })).toEqual(IN_PLACE);
    expect(await diffOf(backend, state, { ...DECLARED, path: "/disks/b.vhdx" })).toEqual(IN_PLACE);
  });

  it("refuses to shrink", async () => {
    const { backend, state } = await created();

    const result = diffOf(backend, state, { ...DECLARED, sizeBytes: 512 * MIB });

    await expect(result).rejects.toThrow(/^\[OutOfRange\].*cannot be made smaller/);
  });

  it("replaces for another block size, the old disk first where the path stays", async () => {
    const { backend, state } = await created();

    const result = await diffOf(backend, state, { ...DECLARED, blockSizeBytes: MIB });

    expect(result).toEqual({ changes: true, replaces: ["blockSizeBytes"], deleteBeforeReplace: true });
  });

  it("takes the same parent over in place when it only moved", async () => {
    const { backend, state } = await created();
    const base = await backend.inspectDisk(BASE);
    backend.disks.set("/golden/moved.vhdx", { ...base, path: "/golden/moved.vhdx" });

    expect(await diffOf(backend, state, { ...DECLARED, parentPath: "/golden/moved.vhdx" })).toEqual(IN_PLACE);
  });

  it("replaces for another parent", async () => {
    const { backend, state } = await created();
    backend.put({ type: "dynamic", format: "vhdx", path: "/golden/v2.vhdx", sizeBytes: GIB });

    const result = await diffOf(backend, state, { ...DECLARED, parentPath: "/golden/v2.vhdx" });

    expect(result).toEqual({ changes: true, replaces: ["parentPath"], deleteBeforeReplace: true });
  });

  it("tells another parent by its own id on a host that does not tell what children record", async () => {
    const { backend, state } = await created();
    const { linkageId: _linkageId, ...base } = await backend.inspectDisk(BASE);
    backend.disks.set("/golden/moved.vhdx", { ...base, path: "/golden/moved.vhdx" });
    const v2 = { ...base, path: "/golden/v2.vhdx", identity: { ...base.identity, diskId: "another" } };
    backend.disks.set(v2.path, v2);

    const moved = await diffOf(backend, state, { ...DECLARED, parentPath: "/golden/moved.vhdx" });
    const another = await diffOf(backend, state, { ...DECLARED, parentPath: v2.path });

    expect(moved).toEqual(IN_PLACE);
    expect(another).toEqual({ changes: true, replaces: ["parentPath"], deleteBeforeReplace: true });
  });

  it("replaces for a parent that is unknown, so that Pulumi replaces a child with its parent", async () => {
    const { backend, state } = await created();

    const result = await diffOf(backend, state, { ...DECLARED, parentPath: UNKNOWN_VALUE });

    expect(result).toEqual({ changes: true, replaces: ["parentPath"], deleteBeforeReplace: true });
  });

  it("previews a parent still to be made as a replacement, but never deletes a child for a parent that is missing", async () => {
    const { backend, state } = await created();
    const news = { ...DECLARED, parentPath: "/golden/typo.vhdx" };

    const preview = await diffOf(backend, state, news, true);
    const update = diffOf(backend, state, news);

    expect(preview.replaces).toEqual(["parentPath"]);
    await expect(update).rejects.toThrow(/^\[ParentNotFound\].*\/golden\/typo\.vhdx/);
  });

  it("decides nothing when the new parent cannot be examined", async () => {
    const { backend, state } = await created();
    backend.failNext("readChain", new DiskError("AccessDenied", { what: "no" }));

    const result = diffOf(backend, state, { ...DECLARED, parentPath: "/golden/secret.vhdx" });

    await expect(result).rejects.toThrow(/^\[AccessDenied\]/);
  });
});

describe("create of a DifferencingDisk", () => {
  it("returns what was observed, and remembers what was declared", async () => {
    const backend = backendWithBase();

    const { id, outputs, inputs } = await differencingDiskLifecycle.create(backend, {
      ...DECLARED,
      sizeBytes: 2 * GIB,
    });

    expect(id).toBe(CHILD);
    expect(outputs).toMatchObject({
      path: CHILD,
      parentPath: BASE,
      type: "differencing",
      format: "vhdx",
      sizeBytes: 2 * GIB,
      blockSizeBytes: 2 * MIB,
      diskId: "id-2",
      __declared: ["sizeBytes"],
    });
    expect(inputs).toEqual({ path: CHILD, parentPath: BASE, sizeBytes: 2 * GIB });
  });

  it("never takes over a file without being told to", async () => {
    const { backend } = await created();

    await expect(differencingDiskLifecycle.create(backend, DECLARED)).rejects.toThrow(/^\[AlreadyExists\]/);
  });

  it("adopts a disk that is exactly the declared one", async () => {
    const { backend, state } = await created();

    const { outputs } = await differencingDiskLifecycle.create(backend, { ...DECLARED, adopt: true });

    expect(outputs).toEqual(state);
    expect(backend.calls).not.toContain(`createDisk ${CHILD}`);
  });

  it("makes the disk when there is nothing to adopt", async () => {
    const backend = backendWithBase();

    await differencingDiskLifecycle.create(backend, { ...DECLARED, adopt: true });

    expect(backend.calls).toContain(`createDisk ${CHILD}`);
  });

  it.each<[string, Properties, RegExp]>([
    ["another size", { sizeBytes: 4 * GIB }, /sizeBytes is 1073741824, declared is 4294967296/],
    ["another block size", { blockSizeBytes: MIB }, /blockSizeBytes is 2097152/],
    ["another parent", { parentPath: "/golden/v2.vhdx" }, /its parent is \/golden\/base\.vhdx/],
  ])("refuses to adopt a disk with %s", async (_name, change, reason) => {
    const { backend } = await created();
    backend.put({ type: "dynamic", format: "vhdx", path: "/golden/v2.vhdx", sizeBytes: GIB });

    const result = differencingDiskLifecycle.create(backend, { ...DECLARED, ...change, adopt: true });

    await expect(result).rejects.toThrow(/^\[AlreadyExists\]/);
    await expect(result).rejects.toThrow(reason);
  });

  it("refuses to adopt a disk without parent", async () => {
    const backend = backendWithBase();
    backend.put({ type: "dynamic", format: "vhdx", path: CHILD, sizeBytes: GIB });

    await expect(differencingDiskLifecycle.create(backend, { ...DECLARED, adopt: true })).rejects.toThrow(
      /type is dynamic/,
    );
  });
});

describe("read of a DifferencingDisk", () => {
  it("tells what is there, in the program's own spelling", async () => {
    const { backend, state } = await created();

    const observed = await differencingDiskLifecycle.read(backend, CHILD, state);

    expect(observed).toEqual({ id: CHILD, outputs: state, inputs: DECLARED });
  });

  it("drops a disk that is proven to be gone", async () => {
    const { backend, state } = await created();
    backend.disks.delete(CHILD);

    expect(await differencingDiskLifecycle.read(backend, CHILD, state)).toBeUndefined();
  });

  it.each(["InUse", "AccessDenied", "HostUnreachable", "Unavailable", "CorruptImage"] as const)(
    "keeps a disk that answers with %s",
    async (code) => {
      const { backend, state } = await created();
      backend.failNext("inspectDisk", new DiskError(code, { what: "no answer" }));

      await expect(differencingDiskLifecycle.read(backend, CHILD, state)).rejects.toThrow(code);
    },
  );

  it("never takes another disk at the path into the state", async () => {
    const { backend, state } = await created();
    backend.disks.delete(CHILD);
    backend.put({ type: "differencing", format: "vhdx", path: CHILD, parentPath: BASE });

    await expect(differencingDiskLifecycle.read(backend, CHILD, state)).rejects.toThrow(
      /^\[AlreadyExists\] another disk/,
    );
  });

  it("shows no drift when a machine wrote to its disk, and shows a disk grown by hand", async () => {
    const { backend, state } = await created({ ...DECLARED, sizeBytes: 2 * GIB });
    const disk = await backend.inspectDisk(CHILD);
    backend.disks.set(CHILD, { ...disk, identity: { ...disk.identity, dataWriteId: "written" }, linkageId: "written" });

    const written = await differencingDiskLifecycle.read(backend, CHILD, state);
    backend.disks.set(CHILD, { ...disk, sizeBytes: 4 * GIB });
    const grown = await differencingDiskLifecycle.read(backend, CHILD, state);

    expect(written?.outputs).toEqual(state);
    expect(grown?.inputs).toEqual({ ...DECLARED, sizeBytes: 4 * GIB });
  });

  it("reads a disk by its path alone, and says when there is none", async () => {
    const { backend } = await created();

    const observed = await differencingDiskLifecycle.read(backend, CHILD, {});
    const missing = differencingDiskLifecycle.read(backend, "/disks/none.vhdx", {});

    expect(observed?.outputs).toMatchObject({ path: CHILD, parentPath: BASE, type: "differencing" });
    await expect(missing).rejects.toThrow(/^\[NotFound\]/);
  });
});

describe("update of a DifferencingDisk", () => {
  it("moves, re-parents and grows, and returns what is there then", async () => {
    const { backend, state } = await created();
    const base = await backend.inspectDisk(BASE);
    backend.disks.set("/golden/moved.vhdx", { ...base, path: "/golden/moved.vhdx" });
    const news = { path: "/disks/moved.vhdx", parentPath: "/golden/moved.vhdx", sizeBytes: 2 * GIB };

    const { outputs } = await differencingDiskLifecycle.update(backend, CHILD, state, news);

    expect(outputs).toMatchObject({ ...news, __identity: state["__identity"] });
    expect(backend.disks.has(CHILD)).toBe(false);
  });

  it("records how far it came when a later step fails", async () => {
    const { backend, state } = await created();
    backend.failNext("growDisk", new DiskError("InUse", { what: "busy" }));
    const news = { ...DECLARED, path: "/disks/moved.vhdx", sizeBytes: 2 * GIB };

    const result = differencingDiskLifecycle.update(backend, CHILD, state, news);

    await expect(result).rejects.toMatchObject({
      message: expect.stringMatching(/^\[PartialCreate\].*\[InUse\] busy/) as string,
      resource: { id: "/disks/moved.vhdx", outputs: { path: "/disks/moved.vhdx", sizeBytes: GIB } },
    });
  });

  it("fails plainly when its first step fails, and leaves the state as it was", async () => {
    const { backend, state } = await created();
    backend.failNext("growDisk", new DiskError("HasChildren", { what: "children" }));

    const result = differencingDiskLifecycle.update(backend, CHILD, state, { ...DECLARED, sizeBytes: 2 * GIB });

    await expect(result).rejects.toThrow(/^\[HasChildren\]/);
  });
});

describe("delete of a DifferencingDisk", () => {
  it("deletes the recorded disk, and succeeds again when it is gone", async () => {
    const { backend, state } = await created();

    await differencingDiskLifecycle.delete(backend, CHILD, state);
    await differencingDiskLifecycle.delete(backend, CHILD, state);

    expect(backend.disks.has(CHILD)).toBe(false);
  });

  it("leaves another disk alone", async () => {
    const { backend, state } = await created();
    backend.disks.delete(CHILD);
    backend.put({ type: "differencing", format: "vhdx", path: CHILD, parentPath: BASE });

    await expect(differencingDiskLifecycle.delete(backend, CHILD, state)).rejects.toThrow(/^\[AlreadyExists\]/);
    expect(backend.disks.has(CHILD)).toBe(true);
  });

  it("deletes nothing when the state does not say which disk it was", async () => {
    const { backend, state } = await created();
    const { __identity: _identity, ...rest } = state;

    await expect(differencingDiskLifecycle.delete(backend, CHILD, rest)).rejects.toThrow(/pulumi refresh/);
    expect(backend.disks.has(CHILD)).toBe(true);
  });
});
