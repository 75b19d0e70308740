import * as pulumi from "@pulumi/pulumi";
import { DifferencingDisk, Provider, ReferencePoint, VirtualDisk } from "../../../sdk";
import * as native from "../../../sdk/native";

interface Registration {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

const registrations: Registration[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource({ type, name, inputs }) {
      registrations.push({ type, name, inputs: inputs as Record<string, unknown> });
      return { id: `id-of-${name}`, state: { ...(inputs as object), sizeBytes: 4096 } };
    },
    call: () => ({}),
  });
});

function registrationOf(name: string): Registration | undefined {
  return registrations.find((registration) => registration.name === name);
}

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => resolve(value));
  });
}

describe("the resources, as programs use them under mocks", () => {
  it.each([
    [
      "DifferencingDisk",
      "differencingDisk",
      () => new DifferencingDisk("a", { path: "/a.vhdx", parentPath: "/b.vhdx" }),
    ],
    [
      "VirtualDisk",
      "virtualDisk",
      () => new VirtualDisk("b", { path: "/b.vhdx", sizeBytes: 4096 }),
    ],
    ["ReferencePoint", "referencePoint", () => new ReferencePoint("c", { machineName: "web" })],
  ])(
    "%s keeps a constant type and text, which states name forever",
    async (type, handlerName, make) => {
      const resource = make();
      await valueOf(resource.urn);

      const registration = registrations.at(-1);

      expect(registration?.type).toBe(`pulumi-nodejs:dynamic/vhd:${type}`);
      expect(registration?.inputs["__provider"]).toBe(
        `exports.handler = () => require("pulumi-vhd/provider").${handlerName};`,
      );
      expect(String(registration?.inputs["__provider"]).length).toBeLessThan(100);
    },
  );

  it.each([
    DifferencingDisk,
    VirtualDisk,
    ReferencePoint,
    native.DifferencingDisk,
    native.VirtualDisk,
    native.ReferencePoint,
  ])(
    "%p is a direct subclass of Pulumi's, whose caller Pulumi takes for the line of the program",
    (resourceClass) => {
      expect(Object.getPrototypeOf(resourceClass)).toBe(pulumi.CustomResource);
    },
  );

  it("registers nothing but what was given, and who the resource is", async () => {
    const disk = new DifferencingDisk("bare", { path: "/bare.vhdx", parentPath: "/b.vhdx" });

    expect(await valueOf(disk.sizeBytes)).toBe(4096);
    expect(Object.keys(registrationOf("bare")?.inputs ?? {}).toSorted()).toEqual([
      "__owner",
      "__provider",
      "parentPath",
      "path",
    ]);
  });

  it("gives the configuration of a place as texts, each under its key", async () => {
    const place = new Provider("place", {
      backend: "hyperv",
      host: "hv7",
      port: 2222,
      searchFolders: ["D:\\jobs"],
    });

    await valueOf(place.urn);

    expect(registrationOf("place")).toMatchObject({
      type: "pulumi:providers:pulumi-nodejs",
      inputs: {
        "vhd:backend": "hyperv",
        "vhd:host": "hv7",
        "vhd:port": "2222",
        "vhd:searchFolders": '["D:\\\\jobs"]',
      },
    });
    expect(await valueOf(place.config)).toEqual({
      backend: "hyperv",
      host: "hv7",
      port: "2222",
      searchFolders: '["D:\\\\jobs"]',
    });
  });

  it("keeps a password secret", async () => {
    const place = new Provider("secret", {
      backend: "hyperv",
      host: "hv7",
      password: pulumi.secret("hunter2"),
    });

    expect(await pulumi.isSecret(place.config)).toBe(true);
  });
});
