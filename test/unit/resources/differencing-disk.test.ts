import { DiskError } from "../../../provider/disk/errors";
import { GIB, MIB } from "../../../provider/image/bytes";
import { differencingDiskLifecycle } from "../../../provider/resources/differencing-disk";
import type { Properties } from "../../../provider/resources/resource";
import { BASE, CHILD, DECLARED, backendWithBase, created } from "../../support/child-over-base";

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
      __disk: "creation=creation-id-2&file=file-id-2&linkage=linkage-id-1&declared=sizeBytes",
    });
    expect(inputs).toEqual({ path: CHILD, parentPath: BASE, sizeBytes: 2 * GIB });
  });

  it("never takes over a file without being told to", async () => {
    const { backend } = await created();

    await expect(differencingDiskLifecycle.create(backend, DECLARED)).rejects.toThrow(
      /^\[AlreadyExists\]/,
    );
  });

  it("adopts a disk that is exactly the declared one", async () => {
    const { backend, state } = await created();

    const { outputs } = await differencingDiskLifecycle.create(backend, {
      ...DECLARED,
      adopt: true,
    });

    expect(outputs).toEqual({ ...state, __disk: `${String(state["__disk"])}&adoption=mark-1` });
    expect(backend.calls).not.toContain(`createDisk ${CHILD}`);
  });

  it("makes the disk when there is nothing to adopt", async () => {
    const backend = backendWithBase();

    await differencingDiskLifecycle.create(backend, { ...DECLARED, adopt: true });

    expect(backend.calls).toContain(`createDisk ${CHILD}`);
  });

  it.each<[string, Properties, RegExp]>([
    ["another size", { sizeBytes: 4 * GIB }, /sizeBytes is 1 GiB \(1073741824 bytes\), but 4 GiB/],
    ["another block size", { blockSizeBytes: MIB }, /blockSizeBytes is 2 MiB/],
    ["another parent", { parentPath: "/golden/v2.vhdx" }, /its parent is \/golden\/base\.vhdx/],
  ])("refuses to adopt a disk with %s", async (_name, change, reason) => {
    const { backend } = await created();
    backend.put({ type: "dynamic", format: "vhdx", path: "/golden/v2.vhdx", sizeBytes: GIB });

    const result = differencingDiskLifecycle.create(backend, {
      ...DECLARED,
      ...change,
      adopt: true,
    });

    await expect(result).rejects.toThrow(/^\[AlreadyExists\]/);
    await expect(result).rejects.toThrow(reason);
  });

  it("refuses to adopt a disk without parent", async () => {
    const backend = backendWithBase();
    backend.put({ type: "dynamic", format: "vhdx", path: CHILD, sizeBytes: GIB });

    await expect(
      differencingDiskLifecycle.create(backend, { ...DECLARED, adopt: true }),
    ).rejects.toThrow(/type is dynamic/);
  });
});

describe("read of a DifferencingDisk", () => {
  it("says what is there, in the program's own spelling", async () => {
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
      backend.failNext("readChain", new DiskError(code, { what: "no answer" }));

      await expect(differencingDiskLifecycle.read(backend, CHILD, state)).rejects.toThrow(code);
    },
  );

  it("never takes another disk at the path into the state", async () => {
    const { backend, state } = await created();
    backend.disks.delete(CHILD);
    backend.put({ type: "differencing", format: "vhdx", path: CHILD, parentPath: BASE });

    await expect(differencingDiskLifecycle.read(backend, CHILD, state)).rejects.toThrow(
      /^\[AlreadyExists\] a different disk/,
    );
  });

  it("shows no drift when a machine wrote to its disk, and shows a disk grown by hand", async () => {
    const { backend, state } = await created({ ...DECLARED, sizeBytes: 2 * GIB });
    const disk = await backend.inspectDisk(CHILD);
    backend.disks.set(CHILD, {
      ...disk,
      identity: { ...disk.identity, dataWriteId: "written" },
      linkageId: "written",
    });

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

    expect(observed?.outputs).toMatchObject({
      path: CHILD,
      parentPath: BASE,
      type: "differencing",
    });
    await expect(missing).rejects.toThrow(/^\[NotFound\]/);
  });
});

describe("update of a DifferencingDisk", () => {
  it("moves, re-parents and grows, and returns what is there then", async () => {
    const { backend, state } = await created();
    const base = await backend.inspectDisk(BASE);
    backend.disks.set("/golden/moved.vhdx", { ...base, path: "/golden/moved.vhdx" });
    const news = {
      path: "/disks/moved.vhdx",
      parentPath: "/golden/moved.vhdx",
      sizeBytes: 2 * GIB,
    };

    const { outputs } = await differencingDiskLifecycle.update(backend, CHILD, state, news);

    expect(outputs).toMatchObject({
      ...news,
      __disk: `${String(state["__disk"])}&declared=sizeBytes`,
    });
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

    const result = differencingDiskLifecycle.update(backend, CHILD, state, {
      ...DECLARED,
      sizeBytes: 2 * GIB,
    });

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

    await expect(differencingDiskLifecycle.delete(backend, CHILD, state)).rejects.toThrow(
      /^\[AlreadyExists\]/,
    );
    expect(backend.disks.has(CHILD)).toBe(true);
  });

  it("deletes nothing when the state does not say which disk it was", async () => {
    const { backend, state } = await created();
    const { __disk: _record, ...rest } = state;

    await expect(differencingDiskLifecycle.delete(backend, CHILD, rest)).rejects.toThrow(
      /pulumi refresh/,
    );
    expect(backend.disks.has(CHILD)).toBe(true);
  });
});
