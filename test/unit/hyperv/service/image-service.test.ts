import type { CimMethodCall, CimProperties } from "../../../../provider/hyperv/cim/cim-session";
import { cimReference, cimString, textOf } from "../../../../provider/hyperv/cim/cim-values";
import { parseEmbeddedInstance } from "../../../../provider/hyperv/cim/embedded-instance";
import { ImageServiceV2 } from "../../../../provider/hyperv/service/image-service";
import { openImageService } from "../../../../provider/hyperv/service/open-service";
import { failureOf } from "../../../support/failure-of";
import { useHosts } from "../../../support/simulated-host/use-hosts";
import {
  SERVICE,
  answer,
  jobInState,
  jobStarted,
  stubHost,
  stubSession,
} from "../../../support/stub-session";

const makeHost = useHosts();

/** The service over a session that keeps what it was asked and answers with some outputs. */
function serviceWith(outputs: CimProperties = {}): {
  service: ImageServiceV2;
  calls: CimMethodCall[];
} {
  const calls: CimMethodCall[] = [];
  const session = stubSession({
    invoke: (call) => {
      calls.push(call);
      return Promise.resolve(answer(0, outputs));
    },
  });
  return { service: new ImageServiceV2(stubHost(session), SERVICE), calls };
}

const setting = (properties: string): CimProperties => ({
  SettingData: cimString(
    `<INSTANCE CLASSNAME="Msvm_VirtualHardDiskSettingData">${properties}</INSTANCE>`,
  ),
});

describe("the methods of the image management service", () => {
  it("describe a differencing disk without a size, which it takes from its parent", async () => {
    const { service, calls } = serviceWith();

    await service.createVirtualHardDisk({
      path: "C:\\child.vhdx",
      format: "vhdx",
      type: "differencing",
      parentPath: "C:\\R&D <1>\\base.vhdx",
    });

    const text = textOf(calls[0]?.arguments ?? {}, "VirtualDiskSettingData") ?? "";
    expect(calls[0]).toMatchObject({
      target: SERVICE,
      method: "CreateVirtualHardDisk",
      readOnly: false,
    });
    expect(parseEmbeddedInstance(text, "test")).toEqual({
      className: "Msvm_VirtualHardDiskSettingData",
      properties: {
        Type: { type: "uint16", value: 4 },
        Format: { type: "uint16", value: 3 },
        Path: { type: "string", value: "C:\\child.vhdx" },
        ParentPath: { type: "string", value: "C:\\R&D <1>\\base.vhdx" },
      },
    });
  });

  it("describe a fixed disk with its sizes, each in its own type", async () => {
    const { service, calls } = serviceWith();

    await service.createVirtualHardDisk({
      path: "C:\\a.vhd",
      format: "vhd",
      type: "fixed",
      sizeBytes: 2 ** 40,
      blockSizeBytes: 2 ** 21,
      logicalSectorSizeBytes: 512,
      physicalSectorSizeBytes: 4096,
    });

    const text = textOf(calls[0]?.arguments ?? {}, "VirtualDiskSettingData") ?? "";
    expect(parseEmbeddedInstance(text, "test").properties).toMatchObject({
      Type: { value: 2 },
      Format: { value: 2 },
      MaxInternalSize: { type: "uint64", value: 2n ** 40n },
      BlockSize: { type: "uint32", value: 2 ** 21 },
      LogicalSectorSize: { type: "uint32", value: 512 },
      PhysicalSectorSize: { type: "uint32", value: 4096 },
    });
  });

  it("read settings in which values are missing or unheard of", async () => {
    const { service } = serviceWith(
      setting(
        '<PROPERTY NAME="Type" TYPE="uint16"><VALUE>4</VALUE></PROPERTY><PROPERTY NAME="Format" ' +
          'TYPE="uint16"><VALUE>3</VALUE></PROPERTY><PROPERTY NAME="ParentPath" ' +
          'TYPE="string"><VALUE></VALUE></PROPERTY><PROPERTY NAME="MaxInternalSize" ' +
          'TYPE="uint64"><VALUE>17592186044416</VALUE></PROPERTY><PROPERTY NAME="VirtualDiskId" ' +
          'TYPE="string"><VALUE>{00000000-0000-0000-0000-000000000000}</VALUE></PROPERTY><PROPERTY ' +
          'NAME="FromTheFuture" TYPE="real64"><VALUE>1.5</VALUE></PROPERTY>',
      ),
    );

    const settings = await service.getVirtualHardDiskSettingData("C:\\a.vhdx");

    expect(settings).toEqual({
      path: "C:\\a.vhdx",
      format: "vhdx",
      type: "differencing",
      sizeBytes: 2 ** 44,
      blockSizeBytes: 0,
      logicalSectorSizeBytes: 512,
      physicalSectorSizeBytes: 512,
    });
  });

  it.each([
    ["a type that is not known", "7", "3", "1", "UnsupportedImage"],
    ["a format that is not known", "3", "9", "1", "UnsupportedImage"],
    ["a size beyond 2^53", "3", "3", "9007199254740993", "OutOfRange"],
  ])("refuse settings with %s", async (_, type, format, size, code) => {
    const { service } = serviceWith(
      setting(
        `<PROPERTY NAME="Type" TYPE="uint16"><VALUE>${type}</VALUE></PROPERTY><PROPERTY ` +
          `NAME="Format" TYPE="uint16"><VALUE>${format}</VALUE></PROPERTY><PROPERTY ` +
          `NAME="MaxInternalSize" TYPE="uint64"><VALUE>${size}</VALUE></PROPERTY>`,
      ),
    );

    const error = await failureOf(service.getVirtualHardDiskSettingData("C:\\a.vhdx"));

    expect(error.code).toBe(code);
  });

  it("never tell the host to ignore that a parent is another disk", async () => {
    const { service, calls } = serviceWith();

    await service.setParentVirtualHardDisk({ childPath: "C:\\a.vhdx", parentPath: "C:\\b.vhdx" });

    expect(calls[0]?.arguments).toEqual({
      ChildPath: { type: "string", value: "C:\\a.vhdx" },
      ParentPath: { type: "string", value: "C:\\b.vhdx" },
      IgnoreIDMismatch: { type: "boolean", value: false },
    });
  });

  it("name the leaf only of a chain that a machine uses", async () => {
    const { service, calls } = serviceWith();

    await service.setParentVirtualHardDisk({
      childPath: "C:\\a.vhdx",
      parentPath: "C:\\b.vhdx",
      leafPath: "C:\\c.vhdx",
    });

    expect(calls[0]?.arguments["LeafPath"]).toEqual({ type: "string", value: "C:\\c.vhdx" });
  });

  it("merge a child into its parent", async () => {
    const { service, calls } = serviceWith();

    await service.mergeVirtualHardDisk("C:\\child.vhdx", "C:\\base.vhdx");

    expect(calls[0]).toMatchObject({
      method: "MergeVirtualHardDisk",
      arguments: {
        SourcePath: { value: "C:\\child.vhdx" },
        DestinationPath: { value: "C:\\base.vhdx" },
      },
    });
  });

  it("find a mounted disk by its path", async () => {
    const { service, calls } = serviceWith({ Image: cimReference(SERVICE) });

    const found = await service.findMountedStorageImageInstance("C:\\a.vhdx");

    expect(found).toEqual(SERVICE);
    expect(calls[0]?.arguments).toEqual({
      SelectionCriterion: { type: "string", value: "C:\\a.vhdx" },
      CriterionType: { type: "uint16", value: 2 },
    });
  });

  it("do not take changes that a job told nobody for no changes", async () => {
    const empty = { type: "uint64[]", value: [] } as const;
    const session = stubSession({
      invoke: () =>
        Promise.resolve(
          jobStarted({
            ProcessedByteLength: { type: "uint64", value: 512n },
            ChangedByteOffsets: empty,
            ChangedByteLengths: empty,
          }),
        ),
      get: () => Promise.resolve(jobInState(7)),
    });
    const service = new ImageServiceV2(stubHost(session), SERVICE);
    const request = { path: "C:\\a.vhdx", limitId: "rct:1", offsetBytes: 0, lengthBytes: 512 };

    const error = await failureOf(service.getVirtualDiskChanges(request));

    expect(error.code).toBe("JobFailed");
  });
});

describe("a VHD set", () => {
  it("says its snapshots, and what changed between two of them", async () => {
    const { host, backend, makeBase } = makeHost();
    const [set, data] = ["C:\\disks\\shared.vhds", "C:\\disks\\data.avhdx"];
    await makeBase(data);
    host.tracking(data).enable();
    host.makeVhdSet(set, data);
    const first = host.takeSnapshot(set);
    await host.writeContent(data, 4096, new Uint8Array(512));
    const second = host.takeSnapshot(set);
    await host.writeContent(data, 65536, new Uint8Array(512));
    const service = await openImageService(stubHost(host.session()));
    const baseline = { kind: "limitId", limitId: first, targetSnapshotId: second } as const;

    const information = await service.getVHDSetInformation(set);
    const snapshots = await service.getVHDSnapshotInformation(set, [second]);
    const stream = await backend.queryChanges({ path: set, baseline });
    const batches = [];
    for await (const batch of stream.batches) {
      batches.push(...batch.ranges);
    }

    expect(information).toEqual({ path: set, snapshotIds: [first, second], allPaths: [set, data] });
    expect(snapshots).toEqual([
      {
        snapshotId: second,
        filePath: set,
        snapshotPath: data,
        parentPaths: [],
        changeTrackingId: expect.stringMatching(/^rctX:/),
      },
    ]);
    expect(batches).toEqual([{ offsetBytes: 4096, lengthBytes: 512 }]);
  });
});
