import { mkdirSync } from "node:fs";
import { status } from "@grpc/grpc-js";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { version } from "../../../package.json";
import { secret, usePluginClient } from "../../support/plugin-client";
import { useTempFolder } from "../../support/temp-folder";

const MIB = 1024 * 1024;
// Ends before the folder goes: what it runs may still hold files there.
const startClient = usePluginClient();
const tempPath = useTempFolder();

describe("the configuration of a provider", () => {
  it("passes as texts, whatever language wrote it", async () => {
    const client = await startClient();

    const typed = await client.checkConfig({
      searchFolders: ["/srv/jobs"],
      port: 22,
      backend: "embedded",
    });
    const written = await client.checkConfig({
      searchFolders: '["/srv/jobs"]',
      port: "22",
      backend: "embedded",
    });

    expect(typed).toEqual(written);
    expect(typed).toEqual({
      inputs: { searchFolders: '["/srv/jobs"]', port: "22", backend: "embedded" },
      failures: [],
    });
  });

  it("has no keys but its own, and says which one may be meant", async () => {
    const client = await startClient();

    const { failures } = await client.checkConfig({
      Backend: "embedded",
      hots: "hv7",
      colour: "red",
      version: "1.0.0",
    });

    expect(failures).toEqual([
      { property: "Backend", reason: "This configuration key does not exist. Write backend." },
      {
        property: "colour",
        reason: expect.stringMatching(/configuration key does not exist\. The keys are backend, /),
      },
      { property: "hots", reason: "This configuration key does not exist. Write host." },
    ]);
  });

  it("is refused with the key of the value that is wrong", async () => {
    const client = await startClient();

    const { failures } = await client.checkConfig({ backend: "vmware", jobTimeoutMs: 0 });

    expect(failures).toEqual([
      { property: "backend", reason: 'The value must be "embedded" or "hyperv".' },
      { property: "jobTimeoutMs", reason: "The value must be a whole number above 0." },
    ]);
  });

  it("keeps the password a secret where the program did not mark it", async () => {
    const client = await startClient();

    const marked = await client.checkConfig({ password: secret("hunter2") });
    const unmarked = await client.checkConfig({ password: "hunter2" });

    expect(unmarked.inputs).toEqual({ password: secret("hunter2") });
    expect(marked).toEqual(unmarked);
  });

  it("never makes resources new", async () => {
    const client = await startClient();
    const request = new proto.DiffRequest();
    request.setUrn("urn:pulumi:test::test::pulumi:providers:vhd::default");

    const response = await client.call<proto.DiffResponse>("diffConfig", request);

    expect(response.getChanges()).toBe(proto.DiffResponse.DiffChanges.DIFF_NONE);
    expect(response.getReplacesList()).toEqual([]);
  });

  it("never lets the password into an error", async () => {
    const executable = tempPath("hunter2", "powershell");
    const client = await startClient({
      backend: "hyperv",
      transport: "winrm",
      host: "h",
      password: "hunter2",
      executable,
    });

    const read = client.read({ type: "VirtualDisk", name: "disk" }, "C:\\disks\\a.vhdx");

    await expect(read).rejects.toMatchObject({ details: expect.stringContaining("[secret]") });
    await expect(read).rejects.not.toMatchObject({ details: expect.stringContaining("hunter2") });
  });
});

describe("data sources through the provider protocol", () => {
  it("answer for a disk, its chain and its changes", async () => {
    mkdirSync(tempPath("invoke"));
    const client = await startClient({});
    const [basePath, childPath] = [
      tempPath("invoke", "base.vhdx"),
      tempPath("invoke", "child.vhdx"),
    ];
    await client.create(
      { type: "VirtualDisk", name: "base" },
      { path: basePath, sizeBytes: 16 * MIB },
    );
    await client.create(
      { type: "DifferencingDisk", name: "child" },
      { path: childPath, parentPath: basePath },
    );

    const disk = await client.invoke("getVirtualDisk", { path: childPath });
    const chain = await client.invoke("getVirtualDiskChain", { path: childPath });
    const changes = await client.invoke("getVirtualDiskChanges", { path: childPath });

    expect(disk).toMatchObject({ path: childPath, type: "differencing", parentPath: basePath });
    expect(chain).toMatchObject({ length: 2, disks: [{ path: childPath }, { path: basePath }] });
    expect(changes).toMatchObject({ ranges: [], complete: true, changedBytes: 0 });
  });

  it("keep an answer secret that was asked for with a secret", async () => {
    mkdirSync(tempPath("secret"));
    const client = await startClient({});
    const path = tempPath("secret", "base.vhdx");
    await client.create({ type: "VirtualDisk", name: "base" }, { path, sizeBytes: 16 * MIB });

    const disk = await client.invoke("getVirtualDisk", { path: secret(path) });

    expect(disk).toMatchObject({ path: secret(path), sizeBytes: secret(16 * MIB) });
  });

  it("answer in a preview for a disk that will be moved as if it lay there already", async () => {
    mkdirSync(tempPath("moved"));
    const client = await startClient({});
    const base = { type: "VirtualDisk", name: "base" };
    const inputs = { path: tempPath("moved", "base.vhdx"), sizeBytes: 16 * MIB };
    const { id, outputs } = await client.create(base, inputs);
    const path = tempPath("moved", "elsewhere.vhdx");

    await client.update(base, id, outputs, { ...inputs, path }, { preview: true });
    const disk = await client.invoke("getVirtualDisk", { path }, true);

    expect(disk).toMatchObject({ path, sizeBytes: 16 * MIB });
  });

  it("say in a preview how to wait for a disk that will be made", async () => {
    const client = await startClient({});
    const path = tempPath("none-yet.vhdx");

    await client.create(
      { type: "VirtualDisk", name: "base" },
      { path, sizeBytes: 16 * MIB },
      { preview: true },
    );
    const disk = client.invoke("getVirtualDisk", { path }, true);

    await expect(disk).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: expect.stringContaining("Pass the path output of the resource to the function"),
    });
  });

  it("refuse wrong arguments and unknown names, and say what is missing", async () => {
    const client = await startClient({});

    const wrong = client.invoke("getVirtualDisk", { file: "/a.vhdx" });
    const unknown = client.invoke("getDisk", {});
    const [missing, unnamed, absent] = await Promise.allSettled([
      wrong,
      unknown,
      client.invoke("getVirtualDisk", { path: tempPath("none.vhdx") }),
    ]);

    expect(missing).toMatchObject({
      reason: { code: status.INVALID_ARGUMENT, details: expect.stringContaining("path") },
    });
    expect(unnamed).toMatchObject({
      reason: { details: expect.stringContaining("getVirtualDiskChain") },
    });
    expect(absent).toMatchObject({ reason: { code: status.NOT_FOUND } });
  });
});

describe("the plugin", () => {
  it("says its version", async () => {
    const client = await startClient();

    const info = await client.call<{ getVersion(): string }>("getPluginInfo", new Empty());

    expect(info.getVersion()).toBe(version);
  });

  it("leaves to the engine what it has no answer for", async () => {
    const client = await startClient({});

    const construct = client.call("construct", new proto.ConstructRequest());

    await expect(construct).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });
});
