import { existsSync, mkdirSync } from "node:fs";
import { status } from "@grpc/grpc-js";
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
        message: expect.stringMatching(/disk\.vhdx was not deleted: another resource took it over/),
        severity: "WARNING",
        isEphemeral: false,
      },
    ]);
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
