import { DiskError } from "../../../provider/disk/errors";
import { GIB, MIB } from "../../../provider/image/bytes";
import { differencingDiskLifecycle } from "../../../provider/resources/differencing-disk";
import type { DiffResult, Properties } from "../../../provider/resources/resource";
import { UNKNOWN_VALUE } from "../../../provider/resources/unknown";
import { BASE, DECLARED, backendWithBase, created } from "../../support/child-over-base";
import type { FakeBackend } from "../../support/fake-backend";

function diffOf(
  backend: FakeBackend,
  state: Properties,
  news: Properties,
  preview = false,
): Promise<DiffResult> {
  return differencingDiskLifecycle.diff(backend, state, news, { preview });
}

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
    const { backend, state } = await created({
      ...DECLARED,
      sizeBytes: 2 * GIB,
      blockSizeBytes: MIB,
    });

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

    await expect(result).rejects.toThrow(/^\[OutOfRange\].*cannot shrink/);
  });

  it("replaces for another block size, the old disk first where the path stays", async () => {
    const { backend, state } = await created();

    const result = await diffOf(backend, state, { ...DECLARED, blockSizeBytes: MIB });

    expect(result).toEqual({
      changes: true,
      replaces: ["blockSizeBytes"],
      deleteBeforeReplace: true,
    });
  });

  it("takes the same parent over in place when it only moved", async () => {
    const { backend, state } = await created();
    const base = await backend.inspectDisk(BASE);
    backend.disks.set("/golden/moved.vhdx", { ...base, path: "/golden/moved.vhdx" });

    expect(await diffOf(backend, state, { ...DECLARED, parentPath: "/golden/moved.vhdx" })).toEqual(
      IN_PLACE,
    );
  });

  it("replaces for another parent", async () => {
    const { backend, state } = await created();
    backend.put({ type: "dynamic", format: "vhdx", path: "/golden/v2.vhdx", sizeBytes: GIB });

    const result = await diffOf(backend, state, { ...DECLARED, parentPath: "/golden/v2.vhdx" });

    expect(result).toEqual({ changes: true, replaces: ["parentPath"], deleteBeforeReplace: true });
  });

  it("knows another parent by its own id on a host that does not say what children record", async () => {
    const host = backendWithBase();
    const { linkageId: _linkageId, ...base } = await host.inspectDisk(BASE);
    host.disks.set(BASE, base);
    const { backend, state } = await created(DECLARED, host);
    backend.disks.set("/golden/moved.vhdx", { ...base, path: "/golden/moved.vhdx" });
    const v2 = {
      ...base,
      path: "/golden/v2.vhdx",
      identity: { ...base.identity, diskId: "another" },
    };
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
