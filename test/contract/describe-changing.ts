import { renameSync, rmSync, truncateSync } from "node:fs";
import { failureOf } from "../support/failure-of";
import { MIB, type TestAbilities, type TestDisks, targetOf } from "./contract-host";

/** What the contract says about changing and deleting disks. */
export function describeChanging(disks: () => TestDisks, { canHold }: TestAbilities): void {
  describe("growing", () => {
    it("enlarges a VHDX, once however often it is asked, and no VHD", async () => {
      const test = disks();
      const base = await test.makeBase("base");
      const grow = (): Promise<unknown> =>
        test.backend.growDisk(targetOf(base), 32 * MIB).catch((error: unknown) => error);

      const outcomes = [await grow(), await grow()];

      const expected = test.format === "vhdx" ? { sizeBytes: 32 * MIB } : { code: "NotSupported" };
      expect(outcomes).toEqual([
        expect.objectContaining(expected),
        expect.objectContaining(expected),
      ]);
    });

    it("refuses to make a disk smaller", async () => {
      const test = disks();
      const base = await test.makeBase("base");

      const error = await failureOf(test.backend.growDisk(targetOf(base), 8 * MIB));

      expect(error.code).toBe("OutOfRange");
    });
  });

  describe("re-parenting", () => {
    it("points a child at the place where its parent is now", async () => {
      const test = disks();
      const base = await test.makeBase("base");
      const child = await test.makeChild("child", base.path);
      renameSync(test.host.toLocal(base.path), test.host.toLocal(test.at("moved")));

      const changed = await test.backend.setParent(targetOf(child), test.at("moved"));

      expect(changed.parent?.resolvedPath).toBe(test.at("moved"));
      expect((await test.backend.readChain(child.path)).map((disk) => disk.path)).toEqual([
        child.path,
        test.at("moved"),
      ]);
    });

    it("refuses another disk as the parent", async () => {
      const test = disks();
      const base = await test.makeBase("base");
      const stranger = await test.makeBase("stranger");
      const child = await test.makeChild("child", base.path);

      const error = await failureOf(test.backend.setParent(targetOf(child), stranger.path));

      expect(error.code).toBe("ParentMismatch");
      expect((await test.backend.inspectDisk(child.path)).parent?.resolvedPath).toBe(base.path);
    });

    it("refuses a parent whose own parent is missing", async () => {
      const test = disks();
      const base = await test.makeBase("base");
      const middle = await test.makeChild("middle", base.path);
      const leaf = await test.makeChild("leaf", middle.path);
      renameSync(test.host.toLocal(middle.path), test.host.toLocal(test.at("moved")));
      rmSync(test.host.toLocal(base.path));

      const error = await failureOf(test.backend.setParent(targetOf(leaf), test.at("moved")));

      expect(error.code).toBe("ParentNotFound");
      expect((await test.backend.inspectDisk(leaf.path)).parent?.resolvedPath).toBeUndefined();
    });

    it("refuses a place where there is no disk", async () => {
      const test = disks();
      const child = await test.makeChild("child", (await test.makeBase("base")).path);

      const error = await failureOf(test.backend.setParent(targetOf(child), test.at("gone")));

      expect(error.code).toBe("ParentNotFound");
    });
  });

  describe("moving", () => {
    it("gives a child another place from which it still finds its parent, once however often it is asked", async () => {
      const test = disks();
      const base = await test.makeBase("base");
      const child = await test.makeChild("child", base.path);
      test.host.makeFolder(test.at("x").replace(/x\.[^.]+$/, "sub"));

      const moved = await test.backend.moveDisk(targetOf(child), test.at("sub", "child"));
      const again = await test.backend.moveDisk(targetOf(child), test.at("sub", "child"));

      expect(test.exists(child.path)).toBe(false);
      expect(moved.parent?.resolvedPath).toBe(base.path);
      expect(again).toEqual(moved);
    });

    it("never overwrites what is at the new place", async () => {
      const test = disks();
      const [base, other] = [await test.makeBase("base"), await test.makeBase("other")];
      const before = test.readBytes(other.path);

      const error = await failureOf(test.backend.moveDisk(targetOf(base), other.path));

      expect(error.code).toBe("AlreadyExists");
      expect(test.exists(base.path)).toBe(true);
      expect(test.readBytes(other.path).equals(before)).toBe(true);
    });

    it("says that a disk is gone that is at neither place", async () => {
      const test = disks();
      const base = await test.makeBase("base");
      rmSync(test.host.toLocal(base.path));

      const error = await failureOf(test.backend.moveDisk(targetOf(base), test.at("new")));

      expect(error.code).toBe("NotFound");
    });
  });

  describe("deleting", () => {
    it("deletes a disk, once however often it is asked", async () => {
      const test = disks();
      const base = await test.makeBase("base");

      await test.backend.deleteDisk(targetOf(base));
      await test.backend.deleteDisk(targetOf(base));

      expect(test.exists(base.path)).toBe(false);
    });

    it("deletes a disk that was written to since it was recorded", async () => {
      const test = disks();
      const child = await test.makeChild("child", (await test.makeBase("base")).path);
      await test.host.writeContent(child.path, MIB, new Uint8Array(512).fill(9));

      await test.backend.deleteDisk(targetOf(child));

      expect(test.exists(child.path)).toBe(false);
    });

    it("deletes a child and then its parent", async () => {
      const test = disks();
      const base = await test.makeBase("base");
      const child = await test.makeChild("child", base.path);

      await test.backend.deleteDisk(targetOf(child));
      await test.backend.deleteDisk(targetOf(base));

      expect([child, base].map((disk) => test.exists(disk.path))).toEqual([false, false]);
    });
  });

  describe("a disk that others depend on", () => {
    it.each(["beside it", "in a folder below"])(
      "is neither deleted, moved nor grown while a child is %s",
      async (place) => {
        const test = disks();
        const base = await test.makeBase("base");
        test.host.makeFolder(test.at("x").replace(/x\.[^.]+$/, "sub"));
        const path = place === "beside it" ? test.at("child") : test.at("sub", "child");
        await test.makeChild("child", base.path, { path });
        const target = targetOf(base);

        const errors = [
          await failureOf(test.backend.deleteDisk(target)),
          await failureOf(test.backend.moveDisk(target, test.at("new"))),
          ...(test.format === "vhdx"
            ? [await failureOf(test.backend.growDisk(target, 32 * MIB))]
            : []),
        ];

        expect(errors.map((error) => error.code)).toEqual(errors.map(() => "HasChildren"));
        expect(await test.backend.inspectDisk(base.path)).toEqual(base);
      },
    );
  });

  describe("a disk that another program holds", () => {
    (canHold ? it : it.skip)(
      "is neither deleted, moved, grown nor given another parent",
      async () => {
        const test = disks();
        const base = await test.makeBase("base");
        const child = await test.makeChild("child", base.path);
        const target = targetOf(child);
        const release = await test.host.hold(child.path);

        const errors = [
          await failureOf(test.backend.deleteDisk(target)),
          await failureOf(test.backend.moveDisk(target, test.at("new"))),
          await failureOf(test.backend.setParent(target, base.path)),
          ...(test.format === "vhdx"
            ? [await failureOf(test.backend.growDisk(target, 32 * MIB))]
            : []),
        ];
        await release();

        expect(errors.map((error) => error.code)).toEqual(errors.map(() => "InUse"));
        expect(await test.backend.inspectDisk(child.path)).toEqual(child);
      },
    );
  });

  describe("another disk at a recorded place", () => {
    it("is neither deleted, moved, grown nor given another parent", async () => {
      const test = disks();
      const base = await test.makeBase("base");
      const recorded = targetOf(await test.makeChild("child", base.path));
      rmSync(test.host.toLocal(recorded.path));
      const stranger = await test.makeChild("child", base.path);

      const errors = [
        await failureOf(test.backend.deleteDisk(recorded)),
        await failureOf(test.backend.moveDisk(recorded, test.at("new"))),
        await failureOf(test.backend.setParent(recorded, base.path)),
        await failureOf(test.backend.growDisk(recorded, 32 * MIB)),
      ];

      expect(errors.map((error) => error.code)).toEqual(errors.map(() => "AlreadyExists"));
      expect(await test.backend.inspectDisk(stranger.path)).toEqual(stranger);
    });
  });

  describe("a damaged disk at a recorded place", () => {
    it("is neither deleted, moved nor grown, and the message says what to do by hand", async () => {
      const test = disks();
      const recorded = targetOf(await test.makeBase("base"));
      truncateSync(test.host.toLocal(recorded.path), 700);

      const errors = [
        await failureOf(test.backend.deleteDisk(recorded)),
        await failureOf(test.backend.moveDisk(recorded, test.at("new"))),
        await failureOf(test.backend.growDisk(recorded, 32 * MIB)),
      ];

      for (const error of errors) {
        expect(["CorruptImage", "UnsupportedImage"]).toContain(error.code);
        expect(error.message).toMatch(/Restore the disk from a backup.*delete the file by hand/);
      }
      expect(test.exists(recorded.path)).toBe(true);
    });
  });

  describe("a disk that is gone", () => {
    it("is told so when it is to be grown or given another parent", async () => {
      const test = disks();
      const base = await test.makeBase("base");
      const recorded = targetOf(await test.makeChild("child", base.path));
      rmSync(test.host.toLocal(recorded.path));

      const errors = [
        await failureOf(test.backend.growDisk(recorded, 32 * MIB)),
        await failureOf(test.backend.setParent(recorded, base.path)),
      ];

      expect(errors.map((error) => error.code)).toEqual(["NotFound", "NotFound"]);
    });
  });
}
