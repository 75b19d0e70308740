import { copyFileSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
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

describe("an image that looks damaged", () => {
  /** A child of which a half of the metadata is overwritten. */
  async function makeDamaged(name: string): Promise<{ path: string; whole: Buffer }> {
    const place = makeFolder(name);
    await makeBase(`${place}/base.vhdx`);
    const { path } = await makeChild(`${place}/child.vhdx`, `${place}/base.vhdx`);
    const whole = readFileSync(path);
    const damaged = Buffer.from(whole);
    damaged.fill(0, 2 * 1024 * 1024 + 64 * 1024, 2 * 1024 * 1024 + 68 * 1024);
    writeFileSync(path, damaged);
    return { path, whole };
  }

  function look(path: string): ReturnType<typeof readImageNear> {
    const stats = statSync(path, { bigint: true });
    return readImageNear({ path: Buffer.from(path), name: "child.vhdx", stats }, new Map(), 1);
  }

  it("is read again while it is being changed", async () => {
    const { path, whole } = await makeDamaged("torn");

    const looking = look(path);
    await sleep(20);
    writeFileSync(path, whole);
    const image = await looking;

    expect(image?.problem).toBeUndefined();
    expect(image?.parent).toBeDefined();
  });

  it("is reported where nobody changes it", async () => {
    const { path } = await makeDamaged("damaged");
    utimesSync(path, 1, 1);

    const image = await look(path);

    expect(image?.problem?.code).toBe("CorruptImage");
  });
});
