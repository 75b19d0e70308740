import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { VirtualDiskInfo } from "../../../../provider/disk/disk";
import type { CimQuery, CimSession } from "../../../../provider/hyperv/cim/cim-session";
import { createHypervBackend } from "../../../../provider/hyperv/hyperv-backend";
import { failureOf } from "../../../support/failure-of";
import { useHosts } from "../../../support/simulated-host/use-hosts";

const makeHost = useHosts();
const BASE = "C:\\disks\\base.vhdx";
const CHILD = "C:\\disks\\child.vhdx";

function targetOf({ path, identity }: VirtualDiskInfo): {
  path: string;
  identity: VirtualDiskInfo["identity"];
} {
  return { path, identity };
}

describe("the search for children", () => {
  it("goes through further folders", async () => {
    const { host, backend, makeBase, makeChild } = makeHost(
      {},
      { searchFolders: ["D:\\machines"] },
    );
    const base = await makeBase();
    host.makeFolder("D:\\machines\\web");
    await makeChild("D:\\machines\\web\\child.vhdx", BASE);

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe("HasChildren");
    expect(error.message.toLowerCase()).toContain("d:\\machines\\web\\child.vhdx");
  });

  it("does not guess about a child whose recorded parent is missing and has the disk's name", async () => {
    const { host, backend, makeBase, makeChild } = makeHost();
    host.makeFolder("C:\\disks\\old");
    await makeBase("C:\\disks\\old\\base.vhdx");
    await makeChild(CHILD, "C:\\disks\\old\\base.vhdx");
    rmSync(host.toLocal("C:\\disks\\old\\base.vhdx"));
    const base = await makeBase(BASE);

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe("ParentNotFound");
    expect(error.message).toContain("cannot be determined");
  });

  it.each([
    ["is busy", 0x80070020, "InUse"],
    ["may not be read", 0x80070005, "AccessDenied"],
    ["has a broken chain the host says nothing about", 0xc03a000e, "ParentMismatch"],
  ])("does not guess about an image that %s", async (_, hresult, code) => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    await makeBase("C:\\disks\\other.vhdx");
    const path = "c:\\disks\\other.vhdx";
    host.inject({ at: "GetVirtualHardDiskSettingData", path, how: { kind: "job fails", hresult } });

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe(code);
    expect(error.message.toLowerCase()).toContain(path);
    expect(existsSync(host.toLocal(BASE))).toBe(true);
  });

  it("passes over a file that is no image", async () => {
    const { host, backend, makeBase } = makeHost();
    const base = await makeBase();
    writeFileSync(host.toLocal("C:\\disks\\notes.vhdx"), "not a disk");

    await backend.deleteDisk(targetOf(base));

    expect(existsSync(host.toLocal(BASE))).toBe(false);
  });

  it("reads a folder a few times for many deletions, not once for each", async () => {
    const { host, backend, makeBase, makeChild } = makeHost();
    await makeBase();
    const children = await Promise.all(
      Array.from({ length: 20 }, (_, index) => makeChild(`C:\\disks\\child${index}.vhdx`, BASE)),
    );
    host.requests.length = 0;

    await Promise.all(children.map((child) => backend.deleteDisk(targetOf(child))));

    const reads = host.requests.filter(
      (request) => request === "invoke GetVirtualHardDiskSettingData",
    );
    expect(reads.length).toBeLessThan(20 * 6);
    expect(readdirSync(host.toLocal("C:\\disks"))).toEqual(["base.vhdx"]);
  });

  it("does not take an image with a broken chain for a child of everything near it", async () => {
    const { host, backend, makeBase, makeChild } = makeHost({ describesBrokenChains: false });
    const base = await makeBase();
    await makeBase("C:\\disks\\gone.vhdx");
    await makeChild("C:\\disks\\orphan.vhdx", "C:\\disks\\gone.vhdx");
    rmSync(host.toLocal("C:\\disks\\gone.vhdx"));

    await backend.deleteDisk(targetOf(base));

    expect(readdirSync(host.toLocal("C:\\disks"))).toEqual(["orphan.vhdx"]);
  });

  it.each([
    ["is missing", "C:\\gone", "Unavailable"],
    ["is on a drive that is missing", "X:\\machines", "Unavailable"],
    ["cannot be listed by the account", "D:\\closed", "AccessDenied"],
    ["has a folder that cannot be listed", "D:\\open", "AccessDenied"],
  ])("finds nothing out where a search folder %s", async (_, folder, code) => {
    const { host, backend, makeBase } = makeHost(
      { hiddenFolders: ["D:\\closed", "D:\\open\\closed"] },
      { searchFolders: [folder] },
    );
    host.makeFolder("D:\\closed");
    host.makeFolder("D:\\open\\closed");
    const base = await makeBase();

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe(code);
    expect(existsSync(host.toLocal(BASE))).toBe(true);
  });

  it("passes over the folders that Windows keeps closed on every volume", async () => {
    const closed = ["D:\\System Volume Information", "D:\\$RECYCLE.BIN"];
    const { host, backend, makeBase } = makeHost(
      { hiddenFolders: closed },
      { searchFolders: ["D:\\"] },
    );
    closed.forEach((folder) => host.makeFolder(folder));
    const base = await makeBase();

    await backend.deleteDisk(targetOf(base));

    expect(existsSync(host.toLocal(BASE))).toBe(false);
  });

  it("reads an image again only when it was changed", async () => {
    const { host, backend, makeBase, makeChild } = makeHost();
    const base = await makeBase();
    await makeBase("C:\\disks\\other.vhdx");
    const child = await makeChild(CHILD, "C:\\disks\\other.vhdx");
    await makeChild("C:\\disks\\second.vhdx", "C:\\disks\\other.vhdx");
    await backend.deleteDisk(targetOf(child));
    rmSync(host.toLocal("C:\\disks\\second.vhdx"));
    await makeChild("C:\\disks\\second.vhdx", BASE);

    const error = await failureOf(backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe("HasChildren");
  });

  it("asks for the properties it needs, and reads single files and folders by their names", async () => {
    const { host, makeBase } = makeHost();
    const base = await makeBase();
    const session = host.session();
    const queries: CimQuery[] = [];
    const query: CimSession["query"] = (each, options) => {
      queries.push(each);
      return session.query(each, options);
    };
    const backend = createHypervBackend({ ...session, query });

    await backend.deleteDisk(targetOf(base));

    const listings = queries.filter(({ className }) => !className.endsWith("Service"));
    expect(listings.map(({ className }) => className).toSorted()).toEqual([
      "CIM_DataFile",
      "CIM_DataFile",
      "Msvm_StorageAllocationSettingData",
      "Win32_Directory",
    ]);
    for (const { properties, where } of listings) {
      expect(properties?.length).toBeGreaterThan(0);
      expect(Object.keys(where ?? {})).not.toContain("Name");
    }
  });

  it("asks no more for one deletion in a large folder than in a small one, once the folder is known", async () => {
    const costs: number[] = [];
    for (const count of [5, 40]) {
      const { host, backend, makeBase, makeChild } = makeHost();
      await makeBase();
      const make = (index: number): Promise<VirtualDiskInfo> =>
        makeChild(`C:\\disks\\child${index}.vhdx`, BASE);
      const [first, second] = await Promise.all(
        Array.from({ length: count }, (_, index) => make(index)),
      );
      await backend.deleteDisk(targetOf(first!));
      host.requests.length = 0;

      await backend.deleteDisk(targetOf(second!));

      costs.push(host.requests.length);
    }

    expect(costs[1]).toBe(costs[0]);
    expect(costs[0]).toBeLessThanOrEqual(13);
  });
});
