import { existsSync, rmSync } from "node:fs";
import type { VirtualDiskInfo } from "../../../../provider/disk/disk";
import { failureOf } from "../../../support/failure-of";
import { useHosts } from "../../../support/simulated-host/use-hosts";

const makeHost = useHosts();
const BASE = "C:\\disks\\base.vhdx";
const CHILD = "C:\\disks\\child.vhdx";
const WEB = { id: "4C4C4544-0035-4D10-8030-B1C04F4A3232", name: "web" };
const MIB = 1024 * 1024;

function targetOf({ path, identity }: VirtualDiskInfo): {
  path: string;
  identity: VirtualDiskInfo["identity"];
} {
  return { path, identity };
}

describe("a disk of a machine that is off, so that nothing holds its file", () => {
  it("is neither deleted, moved, grown nor given another parent, and the machine is named", async () => {
    const { host, backend, makeBase, makeChild } = makeHost();
    await makeBase();
    const child = await makeChild(CHILD, BASE);
    host.makeMachine({ ...WEB, disks: [CHILD] });
    const target = targetOf(child);

    const errors = [
      await failureOf(backend.deleteDisk(target)),
      await failureOf(backend.moveDisk(target, "C:\\disks\\moved.vhdx")),
      await failureOf(backend.growDisk(target, 32 * MIB)),
      await failureOf(backend.setParent(target, BASE)),
    ];

    expect(errors.map(({ code }) => code)).toEqual(["InUse", "InUse", "InUse", "InUse"]);
    expect(errors.every(({ message }) => message.includes('machine "web"'))).toBe(true);
    expect(await backend.inspectDisk(CHILD)).toEqual(child);
  });

  it("is found whatever the settings write of its path", async () => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    host.makeMachine({ ...WEB, disks: ["c:\\DISKS\\.\\Base.VHDX"] });

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe("InUse");
  });

  it("is found on a host of 2008 R2", async () => {
    const { host, backend, makeBase } = makeHost({ generation: "2008R2" });
    const base = await makeBase("C:\\disks\\base.vhd");
    host.makeMachine({ ...WEB, disks: ["C:\\disks\\base.vhd"] });

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe("InUse");
    expect(error.message).toContain('machine "web"');
  });

  it("is no parent of a new disk", async () => {
    const { host, makeBase, makeChild } = makeHost();
    await makeBase();
    host.makeMachine({ ...WEB, disks: [BASE] });

    const error = await failureOf(makeChild(CHILD, BASE));

    expect(error.code).toBe("InUse");
    expect(existsSync(host.toLocal(CHILD))).toBe(false);
  });
});

describe("a disk that only a checkpoint of a machine names", () => {
  it("is not deleted", async () => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    host.makeMachine({ ...WEB, disks: [BASE] });
    host.makeFolder("D:\\vm");
    host.makeCheckpoint(WEB.id, ["D:\\vm\\base_1.avhdx"]);

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe("InUse");
    expect(error.message).toContain('a checkpoint of machine "web"');
  });
});

describe("a disk that has the name of a machine's disk on a share", () => {
  const SHARED = "\\\\files\\machines\\base.vhdx";

  it("is left alone where the two cannot be told apart", async () => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    host.makeMachine({ ...WEB, disks: [SHARED] });

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe("InUse");
  });

  it("is free where the host shows that they are different disks", async () => {
    const { host, backend, makeBase } = makeHost({ hasDelegation: true });
    await makeBase("C:\\disks\\other.vhdx");
    host.makeFolder("\\\\files\\machines");
    host.copy("C:\\disks\\other.vhdx", SHARED);
    const base = await makeBase();
    host.makeMachine({ ...WEB, disks: [SHARED] });

    await backend.deleteDisk(targetOf(base));

    expect(existsSync(host.toLocal(BASE))).toBe(false);
  });
});

describe("children that machines have in other folders", () => {
  const FAR = "D:\\vm\\web.vhdx";

  async function makeFarChild() {
    const test = makeHost();
    test.host.makeFolder("D:\\vm");
    const base = await test.makeBase();
    await test.makeChild(FAR, BASE);
    test.host.makeMachine({ ...WEB, disks: [FAR] });
    return { ...test, base };
  }

  it("are found without a search folder", async () => {
    const { backend, base } = await makeFarChild();

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe("HasChildren");
    expect(error.message).toContain(FAR);
  });

  it("are not guessed about when they cannot be read, and the machine is named", async () => {
    const { host, backend, base } = await makeFarChild();
    host.lock(FAR);

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe("InUse");
    expect(error.message).toContain("cannot be determined");
    expect(error.message).toContain('machine "web"');
  });

  it("are proven to be gone when their folder is there and they are not", async () => {
    const { host, backend, base } = await makeFarChild();
    rmSync(host.toLocal(FAR));

    await backend.deleteDisk(targetOf(base));

    expect(existsSync(host.toLocal(BASE))).toBe(false);
  });

  it("are not said to be gone when their folder is missing as well", async () => {
    const { host, backend, base } = await makeFarChild();
    rmSync(host.toLocal("D:\\vm"), { recursive: true });

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.message).toContain("cannot be determined");
    expect(existsSync(host.toLocal(BASE))).toBe(true);
  });

  it("do not stop everything where machines have disks on shares that the account cannot open", async () => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    host.makeMachine({ ...WEB, disks: ["\\\\files\\machines\\web.vhdx"] });

    await backend.deleteDisk(targetOf(base));

    expect(existsSync(host.toLocal(BASE))).toBe(false);
  });

  it("are asked about once for many deletions at the same time", async () => {
    const { host, backend, makeChild, base } = await makeFarChild();
    const children = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        makeChild(`C:\\disks\\child${index}.vhdx`, base.path),
      ),
    );
    host.requests.length = 0;

    await Promise.all(children.map((child) => backend.deleteDisk(targetOf(child))));

    const asked = host.requests.filter(
      (request) => request === "query Msvm_StorageAllocationSettingData",
    );
    expect(asked.length).toBeLessThan(10);
  });
});
