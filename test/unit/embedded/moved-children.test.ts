import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createEmbeddedHost } from "../../../provider/embedded/embedded-host";
import { listNames, targetOf, useEmbeddedDisks, writeContent } from "../../support/embedded-disks";

const { backend, makeFolder, makeBase, makeChild } = useEmbeddedDisks();

describe.each(["vhd", "vhdx"] as const)("a %s child that moves", (format) => {
  it("keeps the parent that it had, where another copy of it is nearer at the new place", async () => {
    const place = makeFolder(`clone-${format}`);
    ["a", "b"].forEach((name) => mkdirSync(`${place}/${name}`));
    const base = await makeBase(`${place}/a/base.${format}`, format);
    const child = await makeChild(`${place}/a/child.${format}`, base.path, format);
    copyFileSync(base.path, `${place}/b/base.${format}`);
    await writeContent(
      { ...base, path: `${place}/b/base.${format}` },
      0,
      new Uint8Array(512).fill(9),
    );

    await backend.moveDisk(targetOf(child), `${place}/b/child.${format}`);

    const chain = await backend.readChain(`${place}/b/child.${format}`);
    expect(chain.map((disk) => disk.path)).toEqual([`${place}/b/child.${format}`, base.path]);
  });

  it("keeps the parent beside it where both were copied together", async () => {
    const place = makeFolder(`copied-${format}`);
    ["a", "b", "b/sub"].forEach((name) => mkdirSync(`${place}/${name}`));
    const base = await makeBase(`${place}/a/base.${format}`, format);
    const child = await makeChild(`${place}/a/child.${format}`, base.path, format);
    copyFileSync(base.path, `${place}/b/base.${format}`);
    copyFileSync(child.path, `${place}/b/child.${format}`);
    const copied = await backend.inspectDisk(`${place}/b/child.${format}`);

    await backend.moveDisk(targetOf(copied), `${place}/b/sub/child.${format}`);

    const chain = await backend.readChain(`${place}/b/sub/child.${format}`);
    expect(chain[1]?.path).toBe(`${place}/b/base.${format}`);
  });

  it("stays where it is while its parent cannot be found", async () => {
    const place = makeFolder(`orphan-${format}`);
    const base = await makeBase(`${place}/base.${format}`, format);
    const child = await makeChild(`${place}/child.${format}`, base.path, format);
    rmSync(base.path);

    await expect(backend.moveDisk(targetOf(child), `${place}/moved.${format}`)).rejects.toThrow(
      /^\[ParentNotFound\]/,
    );
    expect(listNames(place)).toEqual([`child.${format}`]);
  });
});

describe("a file that is exchanged between the proof and the step", () => {
  const host = createEmbeddedHost();

  it("is neither deleted, renamed, enlarged nor given another parent", async () => {
    const place = makeFolder("exchanged");
    const base = await makeBase(`${place}/base.vhdx`);
    const child = await makeChild(`${place}/child.vhdx`, base.path);
    const stranger = await makeChild(`${place}/stranger.vhdx`, base.path);
    const proven = await host.identify(child.path);
    renameSync(child.path, `${place}/aside.vhdx`);
    renameSync(stranger.path, child.path);
    const before = readFileSync(child.path);

    const steps = [
      host.remove(proven),
      host.rename(proven, `${place}/moved.vhdx`, () => Promise.resolve()),
      host.resize(proven, 64 * 1024 * 1024),
      host.writeParent(proven, base),
    ];
    const outcomes = await Promise.allSettled(steps);

    expect(outcomes).toEqual(
      steps.map(() => ({ status: "rejected", reason: expect.objectContaining({ code: "InUse" }) })),
    );
    expect(readFileSync(child.path).equals(before)).toBe(true);
    expect(listNames(place).toSorted()).toEqual(["aside.vhdx", "base.vhdx", "child.vhdx"]);
  });
});
