import { isDiskError } from "../../../../provider/disk/errors";
import type { CreateDiskRequest } from "../../../../provider/disk/backend";
import { tryParseGuid } from "../../../../provider/disk/guid";
import type { VirtualDiskInfo } from "../../../../provider/disk/disk";
import { HypervHost } from "../../../../provider/hyperv/disks/hyperv-host";
import { createOwnId, isOwnId } from "../../../../provider/hyperv/disks/own-id";
import { failureOf } from "../../../support/failure-of";
import { stubHost, stubSession } from "../../../support/stub-session";
import { useHosts } from "../../../support/simulated-host/use-hosts";

const makeHost = useHosts();
const E_INVALIDARG = 0x80070057;
const OWNER = "urn:pulumi:dev::demo::vhd:VirtualDisk::base";

function codeOf(error: unknown): string | undefined {
  return isDiskError(error) ? error.code : undefined;
}

describe("the id that a disk is made with", () => {
  it("is a GUID, and another one each time", () => {
    const ids = Array.from({ length: 1000 }, (_, index) =>
      createOwnId(index % 2 === 0 ? OWNER : undefined),
    );

    expect(ids.map(tryParseGuid)).not.toContain(undefined);
    expect(new Set(ids).size).toBe(1000);
  });

  it("says for whom the disk was made, however the host spells it", () => {
    const id = createOwnId(OWNER);

    expect([id, id.toUpperCase()].map((each) => isOwnId(each.toLowerCase(), OWNER))).toEqual([
      true,
      true,
    ]);
    expect(isOwnId(id, `${OWNER}2`)).toBe(false);
    expect(isOwnId(createOwnId(undefined), OWNER)).toBe(false);
  });
});

describe.each([
  ["vhd", "dynamic"],
  ["vhdx", "dynamic"],
  ["vhd", "fixed"],
  ["vhdx", "fixed"],
] as const)("a %s that is %s", (format, type) => {
  const path = `C:\\disks\\base.${format}`;
  const request: CreateDiskRequest = { type, format, path, sizeBytes: 4 * 1024 ** 2, owner: OWNER };

  it("has the id that it was asked for, which is read back", async () => {
    const { backend } = makeHost();

    const made = await backend.createDisk(request);

    const seen = await backend.inspectDisk(path);
    expect(isOwnId(made.identity.diskId ?? "", OWNER)).toBe(true);
    expect(seen.identity).toEqual(made.identity);
  });

  it("is recognised by the owner it was made for, and by nobody else", async () => {
    const { host, backend } = makeHost();
    const made = await backend.createDisk(request);

    const again = await backend.createDisk(request).catch(codeOf);
    const stranger = await failureOf(backend.createDisk({ ...request, owner: "somebody else" }));
    const nobody = await failureOf(backend.createDisk({ ...request, owner: undefined }));

    // Nothing over CIM tells whether anybody wrote to a fixed disk.
    expect(again).toEqual(type === "fixed" ? "AlreadyExists" : made);
    expect([stranger.code, nobody.code]).toEqual(["AlreadyExists", "AlreadyExists"]);
    expect(host.requests).not.toContain("invoke Delete");
  });

  it("is made without an id on a host that takes none, and then has the host's own", async () => {
    const { host, backend } = makeHost();
    const refusal = { kind: "job fails", hresult: E_INVALIDARG } as const;
    host.inject({ at: "CreateVirtualHardDisk", how: refusal });

    const made = await backend.createDisk(request);

    const calls = host.requests.filter((each) => each === "invoke CreateVirtualHardDisk");
    expect(calls).toHaveLength(2);
    expect(tryParseGuid(made.identity.diskId ?? "")).toBe(made.identity.diskId);
    expect(isOwnId(made.identity.diskId ?? "", OWNER)).toBe(false);
  });
});

describe("a disk that the host refuses with and without an id", () => {
  it("is refused, after one more try and no third", async () => {
    const { host, backend } = makeHost();
    const refusal = { kind: "job fails", hresult: E_INVALIDARG } as const;
    host.inject({ at: "CreateVirtualHardDisk", how: refusal, times: 3 });
    const path = "C:\\disks\\base.vhdx";

    const error = await failureOf(
      backend.createDisk({ type: "dynamic", format: "vhdx", path, sizeBytes: 4 * 1024 ** 2 }),
    );

    const calls = host.requests.filter((each) => each === "invoke CreateVirtualHardDisk");
    expect([error.code, calls.length]).toEqual(["InvalidInput", 2]);
  });
});

describe("a disk whose creation was cut off", () => {
  it("is told by its id where the host says no time of creation that fits", async () => {
    const { host, backend } = makeHost();
    host.inject({ at: "CreateVirtualHardDisk", how: { kind: "drops", done: true } });
    host.inject({ at: "query:Win32_OperatingSystem", how: { kind: "refuses", hresult: 5 } });
    const path = "C:\\disks\\base.vhdx";

    const made = await backend.createDisk({
      type: "dynamic",
      format: "vhdx",
      path,
      sizeBytes: 4 * 1024 ** 2,
      owner: OWNER,
    });

    expect(isOwnId(made.identity.diskId ?? "", OWNER)).toBe(true);
    expect(host.requests.filter((each) => each === "invoke CreateVirtualHardDisk")).toHaveLength(1);
  });
});

describe("a differencing disk", () => {
  it("is never taken for one of its own by the id, which the host gives it", async () => {
    const { backend, makeBase } = makeHost();
    await makeBase();
    const request: CreateDiskRequest = {
      type: "differencing",
      format: "vhdx",
      path: "C:\\disks\\child.vhdx",
      parentPath: "C:\\disks\\base.vhdx",
      owner: OWNER,
    };
    await backend.createDisk(request);

    const error = await failureOf(backend.createDisk(request));

    expect(error.code).toBe("AlreadyExists");
  });

  it("is nobody's own even where a host gives it the id of its parent", () => {
    const host = new HypervHost(stubHost(stubSession()), {});
    const identity = { diskId: createOwnId(OWNER), fileId: undefined };
    const child = { type: "differencing", identity } as unknown as VirtualDiskInfo;

    const isOwn = [child, { ...child, type: "dynamic" as const }].map((disk) =>
      host.wasMadeFor(disk, OWNER),
    );

    expect(isOwn).toEqual([false, true]);
  });
});

describe("deleting a disk", () => {
  it("reads the file and the id once more right before it deletes, and nothing in between", async () => {
    const { host, backend, makeBase } = makeHost();
    const { path, identity } = await makeBase();
    host.requests.length = 0;

    await backend.deleteDisk({ path, identity });

    const before = host.requests.slice(0, host.requests.indexOf("invoke Delete"));
    expect(before.slice(-2).toSorted()).toEqual([
      "get CIM_DataFile",
      "invoke GetVirtualHardDiskSettingData",
    ]);
  });
});
