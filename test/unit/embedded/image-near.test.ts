import { copyFileSync, statSync, writeFileSync } from "node:fs";
import { type KnownFiles, readImageNear } from "../../../provider/embedded/image-near";
import { useEmbeddedDisks } from "../../support/embedded-disks";

const { makeFolder, makeBase, makeChild } = useEmbeddedDisks();

describe("a file that other software turns into a child right after it was looked at", () => {
  it.each([
    ["is read again where its times may not tell", 0, true],
    ["is not read again while its times tell that nobody wrote to it", -10_000, false],
  ])("%s", async (_claim, ageMs, isRead) => {
    const place = makeFolder(`turned${ageMs}`);
    await makeBase(`${place}/base.vhdx`);
    await makeChild(`${place}/child.vhdx`, `${place}/base.vhdx`);
    const path = `${place}/file`;
    writeFileSync(path, "no image");
    const time = BigInt(Date.now() + ageMs) * 1_000_000n + 1n;
    const stats = Object.assign(statSync(path, { bigint: true }), {
      mtimeNs: time,
      ctimeNs: time,
      ctimeMs: time / 1_000_000n,
    });
    const file = { path: Buffer.from(path), name: "file", stats };
    const files: KnownFiles = new Map();

    const before = await readImageNear(file, files, 1);
    copyFileSync(`${place}/child.vhdx`, path);
    const after = await readImageNear(file, files, 2);

    expect(before).toBeUndefined();
    expect(after?.parent !== undefined).toBe(isRead);
  });
});
