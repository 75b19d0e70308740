import * as pulumi from "@pulumi/pulumi";
import * as vhd from "../../../sdk";
import * as native from "../../../sdk/native";

interface Call {
  readonly token: string;
  readonly inputs: unknown;
}

const calls: Call[] = [];
const DISK = { path: "/no/such/disk.vhdx", type: "dynamic", format: "vhdx", sizeBytes: 8192 };

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ inputs, name }) => ({ id: `id-of-${name}`, state: inputs as object }),
    call({ token, inputs }) {
      calls.push({ token, inputs: inputs as unknown });
      return token.endsWith("Chain") ? { path: DISK.path, disks: [DISK], length: 1 } : DISK;
    },
  });
});

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => resolve(value));
  });
}

describe("the data sources under the mocks of a test", () => {
  const path = DISK.path;

  it.each<[string, () => Promise<unknown>]>([
    ["getVirtualDisk", () => vhd.getVirtualDisk({ path })],
    ["getVirtualDiskChain", () => vhd.getVirtualDiskChain({ path })],
    ["getVirtualDiskChanges", () => vhd.getVirtualDiskChanges({ path })],
    ["getVirtualDiskChanges", () => vhd.iterateVirtualDiskChanges({ path }).next()],
    ["openVirtualDisk", () => vhd.openVirtualDisk({ path })],
    ["openVirtualDisk", () => vhd.openVirtualDisk(path)],
  ])("%s reaches the mocks with its token and arguments, and nothing real", async (name, call) => {
    calls.length = 0;

    await call();

    expect(calls).toEqual([{ token: `vhd:index:${name}`, inputs: { path } }]);
  });

  it("answer in the Output form as well", async () => {
    const disk = new vhd.VirtualDisk("disk", { path, sizeBytes: 8192 });

    const answer = vhd.getVirtualDiskOutput({ path: disk.path });

    expect(await valueOf(answer.sizeBytes)).toBe(8192);
  });

  it("open a disk that reads as zeros", async () => {
    const disk = await vhd.openVirtualDisk({ path });

    expect(disk.info.sizeBytes).toBe(8192);
    expect(await disk.read(4096, 4)).toEqual(new Uint8Array(4));
    await expect(disk.read(8192, 1)).rejects.toThrow(/^\[OutOfRange\]/);
  });
});

describe("the configuration of a data source", () => {
  it("comes from the provider of its parent, and a secret in it makes no secret of the answer", async () => {
    const place = new vhd.Provider("place", {
      backend: "hyperv",
      host: "hv7",
      transport: "winrm",
      password: "hunter2",
    });
    const component = new pulumi.ComponentResource(
      "test:index:Lab",
      "lab",
      {},
      { provider: place },
    );

    const answer = vhd.getVirtualDiskOutput({ path: DISK.path }, { parent: component });
    await valueOf(answer);

    expect(component.getProvider("pulumi-nodejs:dynamic/vhd:VirtualDisk")).toBe(place);
    expect(await pulumi.isSecret(answer)).toBe(false);
    expect(await pulumi.isSecret(place.config)).toBe(true);
  });
});

describe("the content of a disk through pulumi-vhd/native", () => {
  it("is read in the program, with the configuration of the provider", async () => {
    const place = new native.Provider("native-place", { backend: "hyperv", host: "hv7" });

    const disk = await native.openVirtualDisk({ path: DISK.path }, { provider: place });

    expect(disk.info.sizeBytes).toBe(8192);
    expect(await valueOf(place.config)).toEqual({ backend: "hyperv", host: "hv7" });
  });
});

describe("the classes", () => {
  it.each([
    ["VirtualDisk", vhd.VirtualDisk, native.VirtualDisk],
    ["DifferencingDisk", vhd.DifferencingDisk, native.DifferencingDisk],
    ["ReferencePoint", vhd.ReferencePoint, native.ReferencePoint],
  ])("%s carries its Pulumi type, by which policies find it", (name, dynamicClass, nativeClass) => {
    expect(dynamicClass.__pulumiType).toBe(`pulumi-nodejs:dynamic/vhd:${name}`);
    expect(nativeClass.__pulumiType).toBe(`vhd:index:${name}`);
  });

  it("are the same through both doors, as are the functions", () => {
    expect(Object.keys(native).toSorted()).toEqual(Object.keys(vhd).toSorted());
  });

  it("have the same outputs through both doors", () => {
    const outputsOf = (door: Pick<typeof vhd, "ReferencePoint" | "DifferencingDisk">): string[] =>
      [
        new door.DifferencingDisk("same", { path: "/a.vhdx", parentPath: "/b.vhdx" }),
        new door.ReferencePoint("same", { machineName: "web" }),
      ].flatMap((resource) => Object.keys(resource).filter((key) => !key.startsWith("__")));

    expect(outputsOf(native)).toEqual(outputsOf(vhd));
    expect(outputsOf(vhd)).toEqual(expect.arrayContaining(["parentPath", "pointId", "heldUntil"]));
  });

  it("say what to do instead of the option import", () => {
    const declare = (): unknown =>
      new vhd.VirtualDisk("imported", { path: "/a.vhdx", sizeBytes: 8192 }, { import: "/a.vhdx" });

    expect(declare).toThrow(
      /^\[NotSupported\] the option import does not work.*VirtualDisk.*adopt/,
    );
  });
});
