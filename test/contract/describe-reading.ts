import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { failureOf } from "../support/failure-of";
import { MIB, type TestDisks, collectRanges } from "./contract-host";

/** What the contract says about reading disks, chains and changes. */
export function describeReading(
  disks: () => TestDisks,
  { hasBaselines }: { readonly hasBaselines: boolean },
): void {
  const itWithBaseline = hasBaselines ? it : it.skip;

  it("proves that a disk is absent", async () => {
    const test = disks();

    const error = await failureOf(test.backend.inspectDisk(test.at("gone")));

    expect(error.code).toBe("NotFound");
    expect(error.message).toContain(test.at("gone"));
  });

  it("does not take a damaged disk for an absent one", async () => {
    const test = disks();
    writeFileSync(test.host.toLocal(test.at("base")), Buffer.alloc(4 * MIB, 1));

    const error = await failureOf(test.backend.inspectDisk(test.at("base")));

    expect(["CorruptImage", "UnsupportedImage"]).toContain(error.code);
  });

  it("describes a child whose parent is missing", async () => {
    const test = disks();
    const base = await test.makeBase("base");
    const child = await test.makeChild("child", base.path);
    rmSync(test.host.toLocal(base.path));

    const observed = await test.backend.inspectDisk(child.path);

    expect(observed.identity).toEqual(child.identity);
    expect(observed.parent?.resolvedPath).toBeUndefined();
    expect(observed.parent?.paths.length).toBeGreaterThan(0);
  });

  it("knows a disk that holds nothing from one that holds something", async () => {
    const test = disks();
    const base = await test.makeBase("base");
    const child = await test.makeChild("child", base.path);
    const before = [
      await test.backend.measureData(base.path),
      await test.backend.measureData(child.path),
    ];
    await test.host.writeContent(child.path, MIB, new Uint8Array(512).fill(1));

    const after = await test.backend.measureData(child.path);

    expect(before).toEqual([0, 0]);
    expect(after).toBeGreaterThanOrEqual(512);
  });

  it("reads a chain from the leaf to the base", async () => {
    const test = disks();
    const base = await test.makeBase("base");
    const middle = await test.makeChild("middle", base.path);
    const leaf = await test.makeChild("leaf", middle.path);

    const chain = await test.backend.readChain(leaf.path);

    expect(chain).toEqual([leaf, middle, base]);
  });

  it("reads the chain of a disk without parent as the disk alone", async () => {
    const test = disks();
    const base = await test.makeBase("base");

    const chain = await test.backend.readChain(base.path);

    expect(chain).toEqual([base]);
  });

  it("reads no chain whose base is missing", async () => {
    const test = disks();
    const base = await test.makeBase("base");
    const child = await test.makeChild("child", base.path);
    rmSync(test.host.toLocal(base.path));

    const error = await failureOf(test.backend.readChain(child.path));

    expect(error.code).toBe("ParentNotFound");
  });

  it("reads no chain through a stranger at the parent's place", async () => {
    const test = disks();
    const base = await test.makeBase("base");
    const stranger = await test.makeBase("stranger");
    const child = await test.makeChild("child", base.path);
    copyFileSync(test.host.toLocal(stranger.path), test.host.toLocal(base.path));

    const error = await failureOf(test.backend.readChain(child.path));

    expect(error.code).toBe("ParentMismatch");
  });

  itWithBaseline(
    "says everything that was written since the baseline, and lets it be told in parts",
    async () => {
      const test = disks();
      const child = await test.makeChild("child", (await test.makeBase("base")).path);
      const baseline = await test.host.takeBaseline(child.path);
      await test.host.writeContent(child.path, MIB, new Uint8Array(4096).fill(1));
      await test.host.writeContent(child.path, 9 * MIB + 512, new Uint8Array(512).fill(2));
      const { path, sizeBytes } = child;

      const whole = await test.backend.queryChanges({ path, baseline });
      const ranges = await collectRanges(whole);
      const front = await test.backend.queryChanges({ path, baseline, lengthBytes: 5 * MIB });
      const back = await test.backend.queryChanges({ path, baseline, offsetBytes: 5 * MIB });

      expect(whole).toMatchObject({ path, sizeBytes, sectorSizeBytes: 512 });
      expect(whole.window).toEqual({ offsetBytes: 0, lengthBytes: sizeBytes });
      expect(ranges).toEqual([
        { offsetBytes: MIB, lengthBytes: 4096 },
        { offsetBytes: 9 * MIB + 512, lengthBytes: 512 },
      ]);
      expect([...(await collectRanges(front)), ...(await collectRanges(back))]).toEqual(ranges);
      expect(front.fingerprint).toBe(whole.fingerprint);
    },
  );

  itWithBaseline("says that nothing changed when it knows that nothing did", async () => {
    const test = disks();
    const child = await test.makeChild("child", (await test.makeBase("base")).path);
    const baseline = await test.host.takeBaseline(child.path);

    const stream = await test.backend.queryChanges({ path: child.path, baseline });

    expect(await collectRanges(stream)).toEqual([]);
  });

  itWithBaseline("cuts changes to the window", async () => {
    const test = disks();
    const child = await test.makeChild("child", (await test.makeBase("base")).path);
    const baseline = await test.host.takeBaseline(child.path);
    await test.host.writeContent(child.path, MIB, new Uint8Array(8192).fill(1));
    const window = { offsetBytes: MIB + 4096, lengthBytes: 2048 };

    const stream = await test.backend.queryChanges({ path: child.path, baseline, ...window });

    expect(await collectRanges(stream)).toEqual([window]);
  });

  itWithBaseline("can be left before an answer is complete", async () => {
    const test = disks();
    const child = await test.makeChild("child", (await test.makeBase("base")).path);
    const baseline = await test.host.takeBaseline(child.path);
    const stream = await test.backend.queryChanges({ path: child.path, baseline });

    for await (const batch of stream.batches) {
      expect(batch.ranges).toEqual([]);
      break;
    }

    await test.backend.deleteDisk(child);
    expect(test.exists(child.path)).toBe(false);
  });

  itWithBaseline.each([
    { offsetBytes: 16 * MIB + 1 },
    { offsetBytes: 16 * MIB - 512, lengthBytes: 1024 },
    { offsetBytes: -512 },
  ])("refuses the window %j, which is not inside the disk", async (window) => {
    const test = disks();
    const child = await test.makeChild("child", (await test.makeBase("base")).path);
    const baseline = await test.host.takeBaseline(child.path);

    const error = await failureOf(
      test.backend.queryChanges({ path: child.path, baseline, ...window }),
    );

    expect(error.code).toBe("OutOfRange");
  });

  itWithBaseline("refuses a baseline that does not exist", async () => {
    const test = disks();
    const child = await test.makeChild("child", (await test.makeBase("base")).path);
    await test.host.takeBaseline(child.path);

    const error = await failureOf(
      test.backend.queryChanges({ path: child.path, baseline: test.host.strangeBaseline }),
    );

    expect(error.code).toBe("InvalidInput");
  });

  itWithBaseline("refuses to tell changes of a disk that is not there", async () => {
    const test = disks();
    const child = await test.makeChild("child", (await test.makeBase("base")).path);
    const baseline = await test.host.takeBaseline(child.path);

    const error = await failureOf(test.backend.queryChanges({ path: test.at("gone"), baseline }));

    expect(error.code).toBe("NotFound");
  });
}
