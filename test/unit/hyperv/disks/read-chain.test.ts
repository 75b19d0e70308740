import { type HostDisks, Recently } from "../../../../provider/hyperv/disks/host-disks";
import { SingleFlight } from "../../../../provider/disk/sync/single-flight";
import type { HostFiles } from "../../../../provider/hyperv/disks/host-files";
import type { ImageService } from "../../../../provider/hyperv/service/image-service";
import { readChain } from "../../../../provider/hyperv/disks/read-chain";
import type { DiskSettings } from "../../../../provider/hyperv/service/setting-data";
import { failureOf } from "../../../support/failure-of";
import { JOB, stubHost, stubSession } from "../../../support/stub-session";

/**
 * A host that finds every chain sound, and says of each disk what its parent is.
 *
 * @param asked gets the path of each disk that is asked for
 */
function hostWhere(
  parentOf: (path: string) => string | undefined,
  asked: string[] = [],
): HostDisks {
  const settingsOf = (path: string): DiskSettings => {
    const parentPath = parentOf(path);
    const sizes = {
      sizeBytes: 4096,
      blockSizeBytes: 0,
      logicalSectorSizeBytes: 512,
      physicalSectorSizeBytes: 512,
    };
    const kind =
      parentPath === undefined
        ? { type: "dynamic" as const }
        : { type: "differencing" as const, parentPath };
    return { path, format: "vhdx", ...sizes, ...kind };
  };
  const service: Partial<ImageService> = {
    getVirtualHardDiskSettingData: (path) => {
      asked.push(path);
      return Promise.resolve(settingsOf(path));
    },
    validateVirtualHardDisk: () => Promise.resolve(),
  };
  const files: Partial<HostFiles> = {
    find: (path) =>
      Promise.resolve({ path, sizeBytes: 4096, fileId: path, version: "1", reference: JOB }),
  };
  return {
    host: stubHost(stubSession()),
    files: files as HostFiles,
    openService: () => Promise.resolve(service as ImageService),
    listMachineDisks: () => Promise.resolve([]),
    recent: new Recently(() => 0),
    looks: new SingleFlight(),
  };
}

describe("a chain that a host calls sound", () => {
  it("is not walked forever when it comes back to itself", async () => {
    const host = hostWhere((path) =>
      path.toLowerCase() === "c:\\a.vhdx" ? "C:\\b.vhdx" : "c:\\A.vhdx",
    );

    const error = await failureOf(readChain(host, "C:\\a.vhdx"));

    expect(error.code).toBe("ChainCycle");
  });

  it("is not walked forever when it has no end", async () => {
    const host = hostWhere((path) => path.replace(/\d+/, (digits) => String(Number(digits) + 1)));

    const error = await failureOf(readChain(host, "C:\\0.vhdx"));

    expect(error.code).toBe("ChainTooDeep");
  });

  it("is told in the host's spelling without the prefixes of the kernel", async () => {
    const host = hostWhere((path) => (path === "C:\\a.vhdx" ? "\\??\\C:\\b.vhdx" : undefined));

    const chain = await readChain(host, "C:\\a.vhdx");

    expect(chain.map((disk) => disk.path)).toEqual(["C:\\a.vhdx", "C:\\b.vhdx"]);
  });
});

describe("chains that are read at the same time", () => {
  it("share what is seen of a parent, and never what was seen before", async () => {
    const asked: string[] = [];
    const host = hostWhere(
      (path) => (path === "C:\\base.vhdx" ? undefined : "C:\\base.vhdx"),
      asked,
    );
    const children = Array.from({ length: 20 }, (_, index) => `C:\\${index}.vhdx`);
    const countParents = () => asked.filter((path) => path === "C:\\base.vhdx").length;

    await Promise.all(children.map((path) => readChain(host, path)));
    const together = countParents();
    await readChain(host, "C:\\0.vhdx");

    expect([together, countParents()]).toEqual([1, 2]);
  });
});
