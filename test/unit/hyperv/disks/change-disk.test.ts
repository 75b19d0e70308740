import { copyFileSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { VirtualDiskInfo } from "../../../../provider/disk/disk";
import { failureOf } from "../../../support/failure-of";
import { useHosts } from "../../../support/simulated-host/use-hosts";

const makeHost = useHosts();
const BASE = "C:\\disks\\base.vhdx";
const CHILD = "C:\\disks\\child.vhdx";
const MIB = 1024 * 1024;

function targetOf({ path, identity }: VirtualDiskInfo): {
  path: string;
  identity: VirtualDiskInfo["identity"];
} {
  return { path, identity };
}

describe("deleting", () => {
  it("removes what change tracking keeps beside the disk", async () => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    host.tracking(BASE).enable();

    await backend.deleteDisk(targetOf(base));

    expect(readdirSync(host.toLocal("C:\\disks"))).toEqual([]);
  });

  it.each([true, false])(
    "has succeeded when the connection breaks and the file is gone, or says so: %s",
    async (done) => {
      const { host, backend, makeBase } = makeHost();
      const base = await makeBase();
      host.inject({ at: "Delete", how: { kind: "drops", done } });

      const outcome = await backend.deleteDisk(targetOf(base)).catch((error: unknown) => error);

      expect(outcome).toEqual(
        done ? undefined : expect.objectContaining({ code: "SessionDropped" }),
      );
      expect(existsSync(host.toLocal(BASE))).toBe(!done);
    },
  );

  it("recognises a disk whose parent is missing by its file", async () => {
    for (const describesBrokenChains of [true, false]) {
      const { host, backend, makeBase, makeChild } = makeHost({ describesBrokenChains });
      await makeBase();
      const child = await makeChild(CHILD, BASE);
      rmSync(host.toLocal(BASE));

      await backend.deleteDisk(targetOf(child));

      expect(existsSync(host.toLocal(CHILD))).toBe(false);
    }
  });

  it("leaves a damaged file alone, and says what to do by hand", async () => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    writeFileSync(host.toLocal(BASE), "damaged");

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe("UnsupportedImage");
    expect(error.message).toContain("delete the file by hand");
    expect(existsSync(host.toLocal(BASE))).toBe(true);
  });

  it.each([
    ["another file", "fileId"],
    ["another disk in the same file", "diskId"],
  ])(
    "leaves alone what took the place of the disk since it was recognised: %s",
    async (_, kind) => {
      const { host, backend, makeBase } = makeHost();
      const base = await makeBase();
      await makeBase("C:\\disks\\other.vhdx");
      const exchange = (): void => {
        if (kind === "fileId") {
          rmSync(host.toLocal(BASE));
        }
        copyFileSync(host.toLocal("C:\\disks\\other.vhdx"), host.toLocal(BASE));
      };
      host.before("query Msvm_StorageAllocationSettingData", exchange);

      const error = await failureOf(backend.deleteDisk(targetOf(base)));

      expect(error.code).toBe("InUse");
      expect(existsSync(host.toLocal(BASE))).toBe(true);
    },
  );

  it("finishes what an earlier deletion left when it was cut off", async () => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    host.tracking(BASE).enable();
    host.inject({ at: "Delete", path: undefined, how: { kind: "drops", done: true } });
    rmSync(host.toLocal(BASE));

    await backend.deleteDisk(targetOf(base)).catch(() => backend.deleteDisk(targetOf(base)));

    expect(readdirSync(host.toLocal("C:\\disks"))).toEqual([]);
  });

  it.each(["mount", "attach", "lock"] as const)("refuses a disk in use: %s", async (use) => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    host[use](BASE);

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe("InUse");
    expect(existsSync(host.toLocal(BASE))).toBe(true);
  });

  it("finds disks that the host has mounted on hosts that have no method for it", async () => {
    const { host, backend, makeBase } = makeHost({ generation: "2012R2" });
    const base = await makeBase();
    host.mount(BASE);

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe("InUse");
    expect(host.requests).toContain("query Msvm_MountedStorageImage");
  });

  it("says what it cannot delete because the host denies it", async () => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    host.inject({ at: "Delete", how: { kind: "returns", value: 2 } });

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe("AccessDenied");
    expect(error.message).toContain("CIM_DataFile.Delete");
  });
});

describe("moving", () => {
  it("takes along what change tracking keeps, so that limit ids stay good", async () => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    host.tracking(BASE).enable();
    const baseline = { kind: "limitId", limitId: host.tracking(BASE).takeId() } as const;

    await backend.moveDisk(targetOf(base), "C:\\disks\\moved.vhdx");
    const stream = await backend.queryChanges({ path: "C:\\disks\\moved.vhdx", baseline });

    expect(stream.sizeBytes).toBe(base.sizeBytes);
    expect(readdirSync(host.toLocal("C:\\disks"))).toEqual([
      "moved.vhdx",
      "moved.vhdx.mrt",
      "moved.vhdx.rct",
    ]);
  });

  it("goes on where an earlier move was cut off", async () => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    host.tracking(BASE).enable();
    host.inject({
      at: "Rename",
      path: "C:\\disks\\moved.vhdx.rct",
      how: { kind: "returns", value: 15 },
    });
    const move = (): Promise<VirtualDiskInfo> =>
      backend.moveDisk(targetOf(base), "C:\\disks\\moved.vhdx");

    const error = await failureOf(move());
    const moved = await move();

    expect(error.code).toBe("InUse");
    expect(moved.identity).toEqual(base.identity);
    expect(readdirSync(host.toLocal("C:\\disks"))).toEqual([
      "moved.vhdx",
      "moved.vhdx.mrt",
      "moved.vhdx.rct",
    ]);
  });

  it.each([true, false])("looks where the disk is when the connection breaks: %s", async (done) => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    host.inject({ at: "Rename", how: { kind: "drops", done } });

    const outcome = await backend
      .moveDisk(targetOf(base), "C:\\disks\\moved.vhdx")
      .catch((error: unknown) => error);

    expect(outcome).toMatchObject(
      done ? { path: "C:\\disks\\moved.vhdx" } : { code: "SessionDropped" },
    );
  });

  it.each([
    ["to another volume", "D:\\base.vhdx", "NotSupported"],
    ["into a folder that is missing", "C:\\gone\\base.vhdx", "Unavailable"],
  ])("is refused %s", async (_, newPath, code) => {
    const { backend, makeBase } = makeHost();
    const base = await makeBase();

    const error = await failureOf(backend.moveDisk(targetOf(base), newPath));

    expect(error.code).toBe(code);
    expect(await backend.inspectDisk(BASE)).toEqual(base);
  });
});

describe("growing and re-parenting", () => {
  it.each(["drops", "job vanishes"] as const)(
    "look at the disk when the outcome is unknown: %s",
    async (kind) => {
      const { host, backend, makeBase, makeChild } = makeHost();
      const child = await makeChild(CHILD, (await makeBase()).path);
      host.inject(
        { at: "ResizeVirtualHardDisk", how: { kind, done: true } },
        { at: "SetParentVirtualHardDisk", how: { kind, done: true } },
      );

      const grown = await backend.growDisk(targetOf(child), 32 * MIB);
      const reparented = await backend.setParent(targetOf(child), BASE);

      expect(grown.sizeBytes).toBe(32 * MIB);
      expect(reparented.parent?.resolvedPath).toBe(BASE);
    },
  );

  it("do not take for done what was not done", async () => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    host.inject({ at: "ResizeVirtualHardDisk", how: { kind: "job vanishes", done: false } });

    const error = await failureOf(backend.growDisk(targetOf(base), 32 * MIB));

    expect(error.code).toBe("JobFailed");
    expect((await backend.inspectDisk(BASE)).sizeBytes).toBe(base.sizeBytes);
  });
});
