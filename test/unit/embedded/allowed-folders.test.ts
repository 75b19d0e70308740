import { mkdirSync, symlinkSync } from "node:fs";
import { createEmbeddedBackend } from "../../../provider/embedded/embedded-backend";
import { listNames, useEmbeddedDisks } from "../../support/embedded-disks";

const { backend, makeFolder, makeBase, makeChild } = useEmbeddedDisks();

describe("parents that images name, bound to folders", () => {
  it("are read inside of the folders, and nowhere else", async () => {
    const place = makeFolder("bound");
    ["inside", "outside"].forEach((name) => mkdirSync(`${place}/${name}`));
    const [near, far] = [
      await makeBase(`${place}/inside/base.vhdx`),
      await makeBase(`${place}/outside/base.vhdx`),
    ];
    const child = await makeChild(`${place}/inside/child.vhdx`, near.path);
    const stray = await makeChild(`${place}/inside/stray.vhdx`, far.path);
    const bound = createEmbeddedBackend({ allowedFolders: [`${place}/inside`] });

    expect(await bound.readChain(child.path)).toHaveLength(2);
    await expect(bound.readChain(stray.path)).rejects.toThrow(/outside the allowed folders/);
    expect((await bound.inspectDisk(stray.path)).parent?.resolvedPath).toBeUndefined();
    expect(await backend.readChain(stray.path)).toHaveLength(2);
  });

  it("are judged by where a link leads", async () => {
    const place = makeFolder("bound-link");
    ["inside", "outside"].forEach((name) => mkdirSync(`${place}/${name}`));
    symlinkSync(`${place}/outside`, `${place}/inside/link`);
    await makeBase(`${place}/outside/base.vhdx`);
    const stray = await makeChild(`${place}/inside/stray.vhdx`, `${place}/inside/link/base.vhdx`);
    const bound = createEmbeddedBackend({ allowedFolders: [`${place}/inside`] });

    await expect(bound.readChain(stray.path)).rejects.toThrow(/outside the allowed folders/);
  });

  it("keep a child from being made over a parent elsewhere, and say why", async () => {
    const place = makeFolder("bound-creation");
    ["inside", "outside"].forEach((name) => mkdirSync(`${place}/${name}`));
    const far = await makeBase(`${place}/outside/base.vhdx`);
    const bound = createEmbeddedBackend({ allowedFolders: [`${place}/inside`] });
    const request = {
      type: "differencing",
      format: "vhdx",
      path: `${place}/inside/child.vhdx`,
    } as const;

    const creation = bound.createDisk({ ...request, parentPath: far.path });

    await expect(creation).rejects.toThrow(/^\[AccessDenied\].*vhd:allowedFolders/);
    expect(listNames(`${place}/inside`)).toEqual([]);
  });
});
