import { DiskError } from "../../../provider/disk/errors";
import { differencingDiskLifecycle } from "../../../provider/resources/differencing-disk";
import { createParentReference } from "../../../provider/resources/parent-reference";
import type { DiffResult, Properties } from "../../../provider/resources/resource";
import { UNKNOWN_VALUE } from "../../../provider/resources/unknown";
import { virtualDiskLifecycle } from "../../../provider/resources/virtual-disk";
import { FakeBackend } from "../../support/fake-backend";
import { nextRun } from "../../support/next-run";

const GIB = 1024 ** 3;
const BASE = "/golden/base.vhdx";
const MOVED = "/golden/moved.vhdx";
const CHILD = "/disks/child.vhdx";
const URN = "urn:pulumi:test::test::vhd:index:VirtualDisk::base";
const REFERENCE = createParentReference(URN, BASE);
const DECLARED = { path: CHILD, parentPath: BASE, __parentId: REFERENCE };

const SAME = { changes: false, replaces: [] };
const IN_PLACE = { changes: true, replaces: [] };
const REPLACED = { changes: true, replaces: ["parentPath"] };

/** A base and a child that an earlier run made from `parentPath: base.path`. */
async function created(): Promise<{ backend: FakeBackend; state: Properties }> {
  const backend = new FakeBackend();
  backend.put({ type: "dynamic", format: "vhdx", path: BASE, sizeBytes: GIB });
  const { outputs } = await differencingDiskLifecycle.create(backend, DECLARED);
  return { backend: nextRun(backend), state: outputs };
}

async function diffOf(
  backend: FakeBackend,
  state: Properties,
  change: Properties,
  preview: boolean,
): Promise<Omit<DiffResult, "deleteBeforeReplace">> {
  const news = { ...DECLARED, ...change };
  const { changes, replaces } = await differencingDiskLifecycle.diff(backend, state, news, {
    preview,
  });
  return { changes, replaces };
}

function moveBase(backend: FakeBackend): void {
  const base = backend.disks.get(BASE);
  backend.disks.delete(BASE);
  backend.disks.set(MOVED, { ...base!, path: MOVED });
}

describe("a child whose parent is a resource", () => {
  it("follows the parent to another path in place, in the preview as in the update", async () => {
    const { backend, state } = await created();

    const preview = await diffOf(backend, state, { parentPath: MOVED }, true);
    moveBase(backend);
    const update = await diffOf(backend, state, { parentPath: MOVED }, false);

    expect([preview, update]).toEqual([IN_PLACE, IN_PLACE]);
  });

  it("follows a parent that is renamed and moved at once", async () => {
    const { backend, state } = await created();
    const change = { parentPath: MOVED, __parentId: createParentReference(`${URN}-renamed`, BASE) };

    const preview = await diffOf(backend, state, change, true);
    moveBase(backend);
    const update = await diffOf(backend, state, change, false);

    expect([preview, update]).toEqual([IN_PLACE, IN_PLACE]);
  });

  it("stays as it is when only the name or the id of the parent's resource changes", async () => {
    const { backend, state } = await created();

    const renamed = await diffOf(
      backend,
      state,
      { __parentId: createParentReference(`${URN}-renamed`, BASE) },
      true,
    );
    const refreshed = await diffOf(
      backend,
      state,
      { __parentId: createParentReference(URN, MOVED) },
      true,
    );
    const forgotten = await diffOf(backend, state, { __parentId: undefined }, true);

    expect([renamed, refreshed, forgotten]).toEqual([SAME, SAME, SAME]);
  });

  it("is replaced when the parent vanished and is made again, in the preview as in the update", async () => {
    const { backend, state } = await created();
    backend.disks.delete(BASE);

    const preview = await diffOf(backend, state, { __parentId: UNKNOWN_VALUE }, true);
    await virtualDiskLifecycle.create(backend, { path: BASE, sizeBytes: GIB });
    const update = await diffOf(backend, state, {}, false);

    expect([preview, update]).toEqual([REPLACED, REPLACED]);
  });

  it("stays as it is when the same parent is adopted by a new resource", async () => {
    const { backend, state } = await created();

    const preview = await diffOf(backend, state, { __parentId: UNKNOWN_VALUE }, true);
    await virtualDiskLifecycle.create(backend, { path: BASE, sizeBytes: GIB, adopt: true });
    const update = await diffOf(
      backend,
      state,
      { __parentId: createParentReference(`${URN}-2`, BASE) },
      false,
    );

    expect([preview, update]).toEqual([SAME, SAME]);
  });

  it("is replaced for a parent that is another resource, existing or new", async () => {
    const { backend, state } = await created();
    const change = { parentPath: MOVED, __parentId: createParentReference(`${URN}-2`, MOVED) };

    const previewOfNew = await diffOf(
      backend,
      state,
      { ...change, __parentId: UNKNOWN_VALUE },
      true,
    );
    backend.put({ type: "dynamic", format: "vhdx", path: MOVED, sizeBytes: GIB });
    const previewOfExisting = await diffOf(backend, state, change, true);
    const update = await diffOf(backend, state, change, false);

    expect([previewOfNew, previewOfExisting, update]).toEqual([REPLACED, REPLACED, REPLACED]);
  });
});

describe("a replacement that would lose content", () => {
  it("is refused with the amount in words, until the program allows it", async () => {
    const { backend, state } = await created();
    backend.dataLengths.set(CHILD, 3 * 1024 ** 2);
    const news = { ...DECLARED, blockSizeBytes: 1024 ** 2 };

    const refused = differencingDiskLifecycle.diff(backend, state, news);
    const allowed = await differencingDiskLifecycle.diff(backend, state, {
      ...news,
      allowDataLoss: true,
    });

    await expect(refused).rejects.toThrow(
      /^\[InvalidInput\] this change replaces the disk, and 3 MiB \(3145728 bytes\) of content would be lost.*blockSizeBytes.*allowDataLoss/,
    );
    expect(allowed.replaces).toEqual(["blockSizeBytes"]);
  });

  it("is refused where the amount cannot be determined, and passes where the disk is gone", async () => {
    const { backend, state } = await created();
    const news = { ...DECLARED, blockSizeBytes: 1024 ** 2 };
    const disk = backend.disks.get(CHILD);
    backend.disks.delete(CHILD);

    const gone = await differencingDiskLifecycle.diff(backend, state, news);
    backend.disks.set(CHILD, disk!);
    backend.failNext(
      "measureData",
      new DiskError("CorruptImage", { what: "the header is damaged" }),
    );
    const unknown = differencingDiskLifecycle.diff(backend, state, news);

    expect(gone.replaces).toEqual(["blockSizeBytes"]);
    await expect(unknown).rejects.toThrow(
      /cannot be determined: \[CorruptImage\] the header is damaged/,
    );
  });
});

describe("a disk that another resource took over in the same run", () => {
  it("is not deleted by its former owner, which says so", async () => {
    const { backend, state } = await created();
    const warnings: string[] = [];
    await differencingDiskLifecycle.create(backend, { ...DECLARED, adopt: true });

    await differencingDiskLifecycle.delete(backend, CHILD, state, {
      warn: (message) => warnings.push(message),
    });

    expect(backend.disks.has(CHILD)).toBe(true);
    expect(warnings).toEqual([expect.stringContaining(`${CHILD} was not deleted`)]);
  });

  it("is deleted by its new owner", async () => {
    const { backend } = await created();
    const adopted = await differencingDiskLifecycle.create(backend, { ...DECLARED, adopt: true });

    await differencingDiskLifecycle.delete(backend, CHILD, adopted.outputs);

    expect(backend.disks.has(CHILD)).toBe(false);
  });
});

describe("reading a child", () => {
  it("fails with the broken link when the parent is gone, and never drops the child", async () => {
    const { backend, state } = await created();
    backend.failNext(
      "readChain",
      new DiskError("ParentNotFound", { what: "the parent is missing", subject: BASE }),
    );

    await expect(differencingDiskLifecycle.read(backend, CHILD, state)).rejects.toThrow(
      /^\[ParentNotFound\].*\/golden\/base\.vhdx/,
    );
  });

  it("finds a disk that a move left elsewhere", async () => {
    const { backend, state } = await created();
    const disk = backend.disks.get(CHILD);
    backend.disks.delete(CHILD);
    backend.disks.set("/disks/moved.vhdx", { ...disk!, path: "/disks/moved.vhdx" });
    backend.located.set(CHILD, "/disks/moved.vhdx");

    const observed = await differencingDiskLifecycle.read(backend, CHILD, state);

    expect(observed?.outputs["path"]).toBe("/disks/moved.vhdx");
  });
});
