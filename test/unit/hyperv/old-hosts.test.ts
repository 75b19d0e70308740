import { failureOf } from "../../support/failure-of";
import { useHosts } from "../../support/simulated-host/use-hosts";

const makeHost = useHosts();
const MIB = 1024 * 1024;
const BASE = "C:\\disks\\base.vhd";
const CHILD = "C:\\disks\\child.vhd";

describe("a host of Windows Server 2008 R2", () => {
  const old = { generation: "2008R2", language: "es" } as const;

  it("makes, reads, re-parents and deletes VHDs", async () => {
    const { host, backend, makeBase, makeChild } = makeHost(old);
    const base = await makeBase(BASE);
    const child = await makeChild(CHILD, BASE);

    const chain = await backend.readChain(CHILD);
    await backend.setParent(child, BASE);
    await backend.deleteDisk(child);
    await backend.deleteDisk(base);

    expect(chain).toEqual([child, base]);
    expect(host.requests).toContain("invoke CreateDifferencingVirtualHardDisk");
    expect(host.requests).not.toContain("invoke CreateVirtualHardDisk");
  });

  it("makes a fixed VHD", async () => {
    const { backend } = makeHost(old);

    const disk = await backend.createDisk({
      type: "fixed",
      format: "vhd",
      path: BASE,
      sizeBytes: 4 * MIB,
    });

    expect(disk).toMatchObject({ type: "fixed", sizeBytes: 4 * MIB, blockSizeBytes: 0 });
  });

  it.each([
    ["a VHDX", { type: "dynamic", format: "vhdx", path: "C:\\disks\\a.vhdx", sizeBytes: 4 * MIB }],
    [
      "blocks of another size",
      { type: "dynamic", format: "vhd", path: BASE, sizeBytes: 4 * MIB, blockSizeBytes: 524288 },
    ],
    [
      "sectors of another size",
      {
        type: "dynamic",
        format: "vhd",
        path: BASE,
        sizeBytes: 4 * MIB,
        physicalSectorSizeBytes: 4096,
      },
    ],
  ] as const)("never makes a plain VHD of the request for %s", async (_, request) => {
    const { host, backend } = makeHost(old);

    const error = await failureOf(backend.createDisk(request));

    expect(error.code).toBe("NotSupported");
    expect(host.requests.filter((each) => each.startsWith("invoke Create"))).toEqual([]);
  });

  it("knows neither VHDX images nor changes", async () => {
    const { backend, makeBase } = makeHost(old);
    await makeBase(BASE);

    const errors = [
      await failureOf(backend.inspectDisk("C:\\disks\\a.vhdx")),
      await failureOf(
        backend.queryChanges({ path: BASE, baseline: { kind: "limitId", limitId: "rct:1" } }),
      ),
    ];

    expect(errors.map((error) => error.code)).toEqual(["NotSupported", "NotSupported"]);
  });
});

describe("a host of Windows Server 2012 R2", () => {
  it("makes VHDX images and says no changes", async () => {
    const { host, backend, makeBase } = makeHost({ generation: "2012R2" });
    const base = await makeBase("C:\\disks\\base.vhdx");
    host.tracking(base.path).enable();
    const baseline = { kind: "limitId", limitId: host.tracking(base.path).takeId() } as const;

    const error = await failureOf(backend.queryChanges({ path: base.path, baseline }));

    expect(error.code).toBe("NotSupported");
  });
});

describe("a host of Windows Server 2012, which has both generations of the service", () => {
  it("is asked through the newer one", async () => {
    const { host, makeBase } = makeHost({ generation: "2012" });

    await makeBase(BASE);

    expect(host.requests).toContain("invoke CreateVirtualHardDisk");
  });
});
