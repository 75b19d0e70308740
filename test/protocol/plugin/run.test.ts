import { existsSync, mkdirSync } from "node:fs";
import { status } from "@grpc/grpc-js";
import { virtualDisk } from "../../../provider";
import { createOwner } from "../../../provider/resources/owner";
import { useListeningEngine } from "../../support/listening-engine";
import { urnOf, usePluginClient } from "../../support/plugin-client";
import { useTempFolder } from "../../support/temp-folder";
import { until } from "../../support/until";

const MIB = 1024 * 1024;
// Ends before the folder goes: what it runs may still hold files there.
const startClient = usePluginClient();
const startEngine = useListeningEngine();
const tempPath = useTempFolder();
const disk = { type: "VirtualDisk", name: "disk" };
const child = { type: "DifferencingDisk", name: "child" };
const other = { type: "VirtualDisk", name: "other" };

describe("the resources of one run", () => {
  it("have a disk each: the second one with the same path is refused", async () => {
    const client = await startClient({});
    const inputs = { path: tempPath("twice.vhdx"), sizeBytes: 16 * MIB };

    const first = await client.check(disk, inputs);
    const second = await client.check(other, inputs);

    expect(first.failures).toEqual([]);
    expect(second.failures).toEqual([
      { property: "path", reason: expect.stringMatching(/^Another resource of this program/) },
    ]);
  });

  it("are told that a disk was left to the resource that took it over", async () => {
    const engine = await startEngine();
    mkdirSync(tempPath("taken"));
    const inputs = { path: tempPath("taken", "disk.vhdx"), sizeBytes: 16 * MIB };
    const client = await startClient({}, engine.address);
    const made = await client.create(disk, inputs);

    await client.create(other, { ...inputs, adopt: true });
    await client.delete(disk, made.id, made.outputs);
    await until(() => engine.lines.length > 0);

    expect(existsSync(inputs.path)).toBe(true);
    expect(engine.lines).toEqual([
      {
        urn: urnOf(disk),
        message: expect.stringMatching(/disk\.vhdx was not deleted: another resource adopted it/),
        severity: "WARNING",
        isEphemeral: false,
      },
    ]);
  });
});

describe("who a resource is", () => {
  it("is the same through both doors, so that a stack moves after a creation that was cut off", async () => {
    mkdirSync(tempPath("doors"));
    const inputs = { path: tempPath("doors", "disk.vhdx"), sizeBytes: 16 * MIB };
    const dynamicUrn = urnOf(disk).replace("vhd:index:", "pulumi-nodejs:dynamic/vhd:");
    const owner = createOwner("organization", dynamicUrn);
    await virtualDisk.check({}, { ...inputs, __owner: owner });
    await virtualDisk.create(inputs);
    const client = await startClient({});

    const recognised = await client.create(disk, inputs);

    expect(recognised.id).toBe(inputs.path);
  });

  it("is what the SDK says, which knows the organization", async () => {
    mkdirSync(tempPath("organization"));
    const inputs = { path: tempPath("organization", "disk.vhdx"), sizeBytes: 16 * MIB };
    const before = await startClient({});
    await before.check(disk, { ...inputs, __owner: createOwner("acme", urnOf(disk)) });
    await before.create(disk, inputs);
    const after = await startClient({});

    const { inputs: checked } = await after.check(disk, {
      ...inputs,
      __owner: createOwner("other", urnOf(disk)),
    });
    const foreign = after.create(disk, inputs);

    expect(checked).toEqual(inputs);
    await expect(foreign).rejects.toMatchObject({ code: status.ALREADY_EXISTS });
  });
});

describe("a creation that was cut off before the engine recorded it", () => {
  it("goes on with the disk that it made", async () => {
    mkdirSync(tempPath("cut"));
    const inputs = { path: tempPath("cut", "disk.vhdx"), sizeBytes: 16 * MIB };
    const before = await startClient({});
    const made = await before.create(disk, inputs);
    const after = await startClient({});

    await after.check(disk, inputs);
    const recognised = await after.create(disk, inputs);
    const foreign = after.create(other, inputs);

    expect(recognised).toEqual(made);
    await expect(foreign).rejects.toMatchObject({
      details: expect.stringMatching(/^\[AlreadyExists\]/),
    });
  });
});

describe("a preview", () => {
  it("warns, beside the resource, of what only another resource may bring about", async () => {
    const engine = await startEngine();
    const client = await startClient({}, engine.address);
    const path = tempPath("no-such-folder", "disk.vhdx");

    await client.create(disk, { path, sizeBytes: 16 * MIB }, { preview: true });
    await until(() => engine.lines.length > 0);

    expect(engine.lines).toEqual([
      {
        urn: urnOf(disk),
        message: expect.stringMatching(/^path: The folder .*no-such-folder is missing/),
        severity: "WARNING",
        isEphemeral: false,
      },
    ]);
  });

  it("that the SDK announces is refused beside the input, as through the dynamic door", async () => {
    const client = await startClient({});
    const path = tempPath("no-such-folder", "disk.vhdx");
    const inputs = { path, sizeBytes: 16 * MIB };

    const announced = await client.check(disk, { ...inputs, __preview: true });
    const prepared = await client.check(disk, { ...inputs, __preview: true, __prepared: true });

    expect(announced.failures).toEqual([
      { property: "path", reason: expect.stringMatching(/no-such-folder is missing/) },
    ]);
    expect(prepared).toEqual({ inputs, failures: [] });
  });

  it("fails where nothing can bring it about", async () => {
    mkdirSync(tempPath("smaller"));
    const client = await startClient({});
    const parentPath = tempPath("smaller", "base.vhdx");
    const path = tempPath("smaller", "child.vhdx");
    await client.create(disk, { path: parentPath, sizeBytes: 16 * MIB });
    const inputs = { path, parentPath, sizeBytes: 8 * MIB };

    const announced = client.create(child, inputs, { preview: true });

    await expect(announced).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching(
        /^\[InvalidInput\] .*: child\. sizeBytes: 8 MiB .* is smaller than the parent/,
      ),
    });
  });
});
