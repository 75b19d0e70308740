import { existsSync, mkdirSync, rmSync } from "node:fs";
import { status } from "@grpc/grpc-js";
import { runtime } from "@pulumi/pulumi";
import { type PluginClient, secret, usePluginClient } from "../../support/plugin-client";
import { useTempFolder } from "../../support/temp-folder";

const MIB = 1024 * 1024;
// Ends before the folder goes: what it runs may still hold files there.
const startClient = usePluginClient();
const tempPath = useTempFolder();
const base = { type: "VirtualDisk", name: "base" };
const child = { type: "DifferencingDisk", name: "child" };

function listPublic(outputs: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => !name.startsWith("__")));
}

/** A plugin with a base of 64 MiB in a folder of its own. */
async function makeBase(name: string): Promise<{
  client: PluginClient;
  basePath: string;
  childPath: string;
  made: Awaited<ReturnType<PluginClient["create"]>>;
}> {
  mkdirSync(tempPath(name));
  const client = await startClient({});
  const basePath = tempPath(name, "base.vhdx");
  const made = await client.create(base, { path: basePath, sizeBytes: 64 * MIB });
  return { client, basePath, childPath: tempPath(name, "child.vhdx"), made };
}

describe("a disk through the provider protocol", () => {
  it("is checked, announced, made, read and deleted", async () => {
    const { client, basePath, childPath, made } = await makeBase("life");
    const inputs = { path: childPath, parentPath: basePath };

    const checked = await client.check(child, inputs);
    const announced = await client.create(child, inputs, { preview: true });
    const created = await client.create(child, inputs);
    const read = await client.read(child, created.id, created.outputs, inputs);
    await client.delete(child, created.id, created.outputs);
    await client.delete(base, made.id, made.outputs);

    expect(checked).toEqual({ inputs, failures: [] });
    expect(announced.outputs).toMatchObject({
      parentPath: basePath,
      type: "differencing",
      format: "vhdx",
    });
    expect(announced.outputs["path"]).toBe(runtime.unknownValue);
    expect(announced.outputs["diskId"]).toBe(runtime.unknownValue);
    expect(announced.outputs["sizeBytes"]).toBe(runtime.unknownValue);
    expect(created.id).toBe(childPath);
    expect(created.outputs).toMatchObject({ ...inputs, type: "differencing", sizeBytes: 64 * MIB });
    expect(read).toMatchObject({ id: childPath, inputs, outputs: listPublic(created.outputs) });
    expect([existsSync(childPath), existsSync(basePath)]).toEqual([false, false]);
  });

  it("is not made by a preview", async () => {
    const { client, basePath, childPath } = await makeBase("preview");

    await client.create(child, { path: childPath, parentPath: basePath }, { preview: true });

    expect(existsSync(childPath)).toBe(false);
  });

  it("is refused with the input that is wrong", async () => {
    const { client, basePath, childPath } = await makeBase("refused");

    const { failures } = await client.check(child, {
      path: childPath,
      parentPath: basePath,
      size: 1,
      sizeBytes: 7,
    });

    expect(failures.map(({ property }) => property).toSorted()).toEqual(["size", "sizeBytes"]);
  });

  it("is imported by its path alone, and then differs in nothing from what the program declares", async () => {
    const { client, basePath, childPath } = await makeBase("import");
    await client.create(child, { path: childPath, parentPath: basePath });

    const imported = await client.read({ ...child, name: "imported" }, childPath);
    const diff = await client.diff(child, imported.outputs, imported.inputs, imported.inputs);

    expect(imported.id).toBe(childPath);
    expect(imported.inputs).toEqual({ path: childPath, parentPath: basePath });
    expect(diff.changes).toBe(false);
  });

  it("is reported as gone with an empty id when its file vanished", async () => {
    const { client, basePath, made } = await makeBase("gone");
    rmSync(basePath);

    const { id } = await client.read(base, made.id, made.outputs);

    expect(id).toBe("");
  });

  it("carries the text by which the dynamic provider finds its code, so that a stack can move back", async () => {
    const { made } = await makeBase("back");

    expect(made.outputs["__provider"]).toBe(
      'exports.handler = () => require("pulumi-vhd/provider").virtualDisk;',
    );
  });
});

describe("the difference between the state and the program", () => {
  it("names each input that changes, and which outputs stay", async () => {
    const { client, basePath, made } = await makeBase("grow");

    const diff = await client.diff(base, made.outputs, { path: basePath, sizeBytes: 128 * MIB });

    expect(diff).toMatchObject({
      changes: true,
      replaces: [],
      diffs: ["sizeBytes"],
      details: { sizeBytes: "UPDATE" },
    });
    expect(diff.stables).toEqual(
      expect.arrayContaining(["path", "format", "diskId", "blockSizeBytes"]),
    );
    expect(diff.stables).not.toContain("sizeBytes");
  });

  it("names each input that makes the resource new", async () => {
    const { client, basePath, made } = await makeBase("replace");

    const diff = await client.diff(base, made.outputs, {
      path: basePath,
      sizeBytes: 64 * MIB,
      blockSizeBytes: MIB,
    });

    expect(diff).toEqual({
      changes: true,
      replaces: ["blockSizeBytes"],
      stables: [],
      diffs: ["blockSizeBytes"],
      deleteBeforeReplace: true,
      details: { blockSizeBytes: "UPDATE_REPLACE" },
    });
  });

  it("is none for another way to write the same path", async () => {
    const { client, basePath, made } = await makeBase("spelling");

    const diff = await client.diff(base, made.outputs, {
      path: basePath.replace("base.vhdx", "./base.vhdx"),
      sizeBytes: 64 * MIB,
    });

    expect(diff).toMatchObject({ changes: false, diffs: [], details: {} });
  });

  it("is a replacement for a parent that this preview announced, and an error for one that nobody makes", async () => {
    const { client, basePath, childPath } = await makeBase("parents");
    const { outputs } = await client.create(child, { path: childPath, parentPath: basePath });
    const plannedPath = tempPath("parents", "planned.vhdx");

    await client.create(
      { ...base, name: "planned" },
      { path: plannedPath, sizeBytes: 64 * MIB },
      { preview: true },
    );
    const planned = await client.diff(child, outputs, { path: childPath, parentPath: plannedPath });
    const missing = client.diff(child, outputs, {
      path: childPath,
      parentPath: tempPath("parents", "none.vhdx"),
    });

    expect(planned.replaces).toEqual(["parentPath"]);
    await expect(missing).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: expect.stringContaining("[ParentNotFound]"),
    });
  });
});

describe("an update", () => {
  it("is announced with what will stay, and done in place", async () => {
    const { client, basePath, made } = await makeBase("update");
    const news = { path: basePath, sizeBytes: 128 * MIB };

    const announced = await client.update(base, made.id, made.outputs, news, { preview: true });
    const before = await client.invoke("getVirtualDisk", { path: basePath });
    const updated = await client.update(base, made.id, made.outputs, news);

    expect(announced).toMatchObject({ ...news, diskId: made.outputs["diskId"] });
    expect(before["sizeBytes"]).toBe(64 * MIB);
    expect(updated).toMatchObject({ ...news, diskId: made.outputs["diskId"] });
  });

  it("that stops half way hands over what was done, so that the state keeps it", async () => {
    const { client, basePath, made } = await makeBase("partial");
    await client.delete(base, made.id, made.outputs);
    const fixed = await client.create(base, { path: basePath, sizeBytes: 16 * MIB, type: "fixed" });
    const movedPath = tempPath("partial", "moved.vhdx");

    // The move succeeds; no volume of a test machine has room for the new size.
    const update = client.update(base, fixed.id, fixed.outputs, {
      path: movedPath,
      sizeBytes: 60 * 1024 ** 4,
      type: "fixed",
    });

    await expect(update).rejects.toMatchObject({
      details: expect.stringMatching(/\[PartialCreate\].*\[IoFailed\]/),
      initFailure: {
        id: movedPath,
        properties: {
          path: movedPath,
          sizeBytes: 16 * MIB,
          __provider: expect.stringContaining("virtualDisk"),
        },
        reasons: [expect.stringContaining("[PartialCreate]")],
      },
    });
  });
});

describe("errors", () => {
  it("say that nothing was done, or that nobody knows, by their code", async () => {
    const { client, basePath } = await makeBase("codes");

    const [taken, unknownType] = await Promise.allSettled([
      client.create({ ...base, name: "second" }, { path: basePath, sizeBytes: 64 * MIB }),
      client.create({ type: "Disk", name: "x" }, {}),
    ]);

    expect(taken).toMatchObject({
      reason: { code: status.ALREADY_EXISTS, details: expect.stringMatching(/^\[AlreadyExists\]/) },
    });
    expect(unknownType).toMatchObject({ reason: { code: status.INVALID_ARGUMENT } });
  });
});

describe("secret inputs", () => {
  it("come back as secrets from checks, creations and reads", async () => {
    mkdirSync(tempPath("secret"));
    const client = await startClient({});
    const inputs = { path: secret(tempPath("secret", "base.vhdx")), sizeBytes: 64 * MIB };

    const checked = await client.check(base, inputs);
    const announced = await client.create(base, inputs, { preview: true });
    const created = await client.create(base, inputs);
    const read = await client.read(base, created.id, created.outputs, inputs);

    expect(checked.inputs).toEqual(inputs);
    expect(announced.outputs["path"]).toEqual(secret(runtime.unknownValue));
    expect(created.outputs["path"]).toEqual(inputs.path);
    expect(created.outputs["sizeBytes"]).toBe(64 * MIB);
    expect(read.outputs["path"]).toEqual(inputs.path);
    expect(read.inputs["path"]).toEqual(inputs.path);
  });
});
