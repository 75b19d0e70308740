import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Deployment } from "@pulumi/pulumi/automation";
import { type Door, DOORS } from "../support/doors";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;

/**
 * A state and its disks as version 0.1.0 wrote them, with `<folder>` in the place of their folder.
 * They are history: whatever changes in this package, these files stay as they are, and the tests
 * must pass.
 */
const FIXTURE_FOLDER = join(__dirname, "..", "golden", "state-0.1.0");

jest.setTimeout(180_000);

function declare(vhd: Door["vhd"], place: string): () => Promise<void> {
  return () => {
    for (const format of ["vhd", "vhdx"]) {
      const base = new vhd.VirtualDisk(`base-${format}`, {
        path: join(place, `base.${format}`),
        sizeBytes: 64 * MIB,
      });
      const path = join(place, `child.${format}`);
      new vhd.DifferencingDisk(`child-${format}`, {
        path,
        parentPath: base.path,
        blockSizeBytes: 2 * MIB,
      });
    }
    return Promise.resolve();
  };
}

/** Lays the old disks into a folder, and the old state into a stack. */
async function restore(place: string): Promise<Deployment> {
  mkdirSync(place, { recursive: true });
  for (const name of readdirSync(FIXTURE_FOLDER).filter((file) => file.endsWith(".gz"))) {
    writeFileSync(
      join(place, name.replace(/\.gz$/, "")),
      gunzipSync(readFileSync(join(FIXTURE_FOLDER, name))),
    );
  }
  const text = readFileSync(join(FIXTURE_FOLDER, "state.json"), "utf8").replaceAll(
    "<folder>",
    place,
  );
  return Promise.resolve(JSON.parse(text) as Deployment);
}

describe.each(DOORS)("a state that an older version wrote ($name)", ({ vhd, createStack }) => {
  const folder = useTempFolder();

  it("is refreshed, found unchanged, updated and destroyed by this version", async () => {
    const place = folder("disks");
    const test = await createStack(folder("stack"), declare(vhd, place));
    await test.stack.importStack(await restore(place));

    await test.refresh();
    expect(Object.keys(test.readState())).toHaveLength(4);
    expect((await test.up()).every((step) => step.startsWith("same "))).toBe(true);
    expect((await test.destroy()).toSorted()).toEqual([
      "delete base-vhd",
      "delete base-vhdx",
      "delete child-vhd",
      "delete child-vhdx",
    ]);

    expect(existsSync(join(place, "child.vhdx"))).toBe(false);
  });
});
