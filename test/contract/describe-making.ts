import { rmSync, writeFileSync } from "node:fs";
import { failureOf } from "../support/failure-of";
import { MIB, type TestAbilities, type TestDisks } from "./contract-host";

/** What the contract says about making disks. */
export function describeMaking(disks: () => TestDisks, { canHold }: TestAbilities): void {
  it.each(["dynamic", "fixed"] as const)("makes a %s disk and says what it made", async (type) => {
    const { backend, at, format } = bound(disks());

    const made = await backend.createDisk({ type, format, path: at("base"), sizeBytes: 16 * MIB });

    expect(made).toMatchObject({ format, type, sizeBytes: 16 * MIB, logicalSectorSizeBytes: 512 });
    expect(made.parent).toBeUndefined();
    expect(await backend.inspectDisk(at("base"))).toEqual(made);
  });

  it("makes a child that has its parent's size and knows its parent", async () => {
    const test = disks();
    const base = await test.makeBase("base");

    const child = await test.makeChild("child", base.path);

    expect(child).toMatchObject({ type: "differencing", sizeBytes: base.sizeBytes });
    expect(child.parent?.resolvedPath).toBe(base.path);
    expect(child.parent?.linkageIds).toEqual(
      base.linkageId === undefined ? [expect.any(String)] : [expect.stringMatching(base.linkageId)],
    );
  });

  it("makes a child over a fixed disk and over another child", async () => {
    const test = disks();
    const base = await test.makeBase("base", { type: "fixed" });
    const middle = await test.makeChild("middle", base.path);

    const leaf = await test.makeChild("leaf", middle.path);

    expect(leaf.parent?.resolvedPath).toBe(middle.path);
  });

  it("makes many children of one parent at the same time", async () => {
    const test = disks();
    const base = await test.makeBase("base");

    const children = await Promise.all(
      Array.from({ length: 10 }, (_, index) => test.makeChild(`child${index}`, base.path)),
    );

    expect(children.map((child) => child.parent?.resolvedPath)).toEqual(
      children.map(() => base.path),
    );
  });

  it("lets one of two win that want the same path at the same time", async () => {
    const test = disks();
    const base = await test.makeBase("base");

    const outcomes = await Promise.allSettled([1, 2].map(() => test.makeChild("child", base.path)));

    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes.find((outcome) => outcome.status === "rejected")?.reason).toMatchObject({
      code: "AlreadyExists",
    });
  });

  it("never overwrites a disk", async () => {
    const test = disks();
    const base = await test.makeBase("base");
    const before = test.readBytes(base.path);

    const error = await failureOf(test.makeBase("base", { sizeBytes: 32 * MIB }));

    expect(error.code).toBe("AlreadyExists");
    expect(error.message).toContain(base.path);
    expect(test.readBytes(base.path).equals(before)).toBe(true);
  });

  it("never overwrites a file that is no disk", async () => {
    const test = disks();
    writeFileSync(test.host.toLocal(test.at("notes")), "precious");

    const error = await failureOf(test.makeBase("notes"));

    expect(error.code).toBe("AlreadyExists");
    expect(test.readBytes(test.at("notes")).toString()).toBe("precious");
  });

  it("names a missing parent and leaves nothing behind", async () => {
    const test = disks();

    const error = await failureOf(test.makeChild("child", test.at("gone")));

    expect(error.code).toBe("ParentNotFound");
    expect(error.message).toContain(test.at("gone"));
    expect(test.exists(test.at("child"))).toBe(false);
  });

  it("names a parent that is no disk and leaves nothing behind", async () => {
    const test = disks();
    writeFileSync(test.host.toLocal(test.at("base")), Buffer.alloc(4096, 7));

    const error = await failureOf(test.makeChild("child", test.at("base")));

    expect(["CorruptImage", "UnsupportedImage"]).toContain(error.code);
    expect(error.message).toContain(test.at("base"));
    expect(test.exists(test.at("child"))).toBe(false);
  });

  it("refuses a parent whose own parent is missing", async () => {
    const test = disks();
    const base = await test.makeBase("base");
    const middle = await test.makeChild("middle", base.path);
    rmSync(test.host.toLocal(base.path));

    const error = await failureOf(test.makeChild("leaf", middle.path));

    expect(error.code).toBe("ParentNotFound");
    expect(test.exists(test.at("leaf"))).toBe(false);
  });

  it("refuses a parent of the other format", async () => {
    const test = disks();
    const other = test.format === "vhd" ? "vhdx" : "vhd";
    const base = await test.makeBase("base");
    const path = test.at("child").replace(/[^.]+$/, other);

    const error = await failureOf(test.makeChild("child", base.path, { path, format: other }));

    expect(error.code).toBe("ParentMismatch");
    expect(test.exists(path)).toBe(false);
  });

  it("refuses an extension that promises the other format", async () => {
    const test = disks();
    const path = test.at("base").replace(/[^.]+$/, test.format === "vhd" ? "vhdx" : "vhd");

    const error = await failureOf(test.makeBase("base", { path }));

    expect(error.code).toBe("InvalidInput");
    expect(test.exists(path)).toBe(false);
  });

  it("refuses a child smaller than its parent", async () => {
    const test = disks();
    const base = await test.makeBase("base");

    const error = await failureOf(test.makeChild("child", base.path, { sizeBytes: 8 * MIB }));

    expect(error.code).toBe("OutOfRange");
    expect(test.exists(test.at("child"))).toBe(false);
  });

  it("makes a child larger than its parent where the format can", async () => {
    const test = disks();
    const base = await test.makeBase("base");

    const outcome = await test
      .makeChild("child", base.path, { sizeBytes: 32 * MIB })
      .catch((error: unknown) => error);

    expect(outcome).toMatchObject(
      test.format === "vhdx" ? { sizeBytes: 32 * MIB } : { code: "NotSupported" },
    );
    expect(test.exists(test.at("child"))).toBe(test.format === "vhdx");
  });

  it("says that nobody knows where the folder is missing", async () => {
    const test = disks();

    const error = await failureOf(test.backend.inspectDisk(test.at("missing", "disk")));

    expect(error.code).toBe("Unavailable");
  });

  it("makes no disk in a folder that is missing", async () => {
    const test = disks();

    const error = await failureOf(
      test.makeBase("missing/base", { path: test.at("missing", "base") }),
    );

    expect(error.code).toBe("Unavailable");
  });

  (canHold ? it : it.skip)("makes no child over a disk that another program holds", async () => {
    const test = disks();
    const base = await test.makeBase("base");
    const release = await test.host.hold(base.path);

    const error = await failureOf(test.makeChild("child", base.path));
    await release();

    expect(error.code).toBe("InUse");
    expect(test.exists(test.at("child"))).toBe(false);
  });
}

function bound(
  test: TestDisks,
): Pick<TestDisks, "backend" | "format"> & { at: (name: string) => string } {
  return { backend: test.backend, format: test.format, at: (name) => test.at(name) };
}
