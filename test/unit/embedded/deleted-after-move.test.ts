import { existsSync } from "node:fs";
import { createEmbeddedHost } from "../../../provider/embedded/embedded-host";
import { createGuardedBackend } from "../../../provider/guard/guarded-backend";
import { listNames, targetOf, useEmbeddedDisks } from "../../support/embedded-disks";

const { backend, makeFolder, makeBase } = useEmbeddedDisks();

describe("a disk whose move was not recorded", () => {
  it("is deleted while both places are locked", async () => {
    const place = makeFolder("moved");
    const disk = await makeBase(`${place}/old.vhdx`);
    await backend.moveDisk(targetOf(disk), `${place}/new.vhdx`);
    const host = createEmbeddedHost();
    const held = new Set<string>();
    const heldAtRemoval: string[] = [];
    const watched = createGuardedBackend({
      ...host,
      lock: async (key) => {
        const release = await host.lock(key);
        held.add(key);
        return async () => {
          held.delete(key);
          await release();
        };
      },
      remove: async (found) => {
        heldAtRemoval.push(...held);
        await host.remove(found);
      },
    });
    const keys = await Promise.all(
      ["old", "new"].map((name) => host.placeKey(`${place}/${name}.vhdx`)),
    );

    await watched.deleteDisk(targetOf(disk));

    expect(heldAtRemoval.toSorted()).toEqual(keys.toSorted());
    expect([listNames(place), existsSync(`${place}/.old.vhdx.vhd-trace`)]).toEqual([[], false]);
  });
});
