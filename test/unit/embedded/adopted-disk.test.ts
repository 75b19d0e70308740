import { MIB } from "../../../provider/image/bytes";
import { listNames, targetOf, useEmbeddedDisks } from "../../support/embedded-disks";

const { backend, makeFolder, makeBase, makeChild } = useEmbeddedDisks();

describe("a disk that another resource adopted", () => {
  it("is left alone by its former owner, and deleted by the new one", async () => {
    const place = makeFolder("adopted");
    const disk = await makeBase(`${place}/a.vhdx`);
    const { adoptionId } = await backend.adoptDisk(disk.path);

    await backend.deleteDisk(targetOf(disk));
    const afterFormerOwner = listNames(place);
    await backend.deleteDisk({ ...targetOf(disk), adoptionId });

    expect([afterFormerOwner, listNames(place)]).toEqual([["a.vhdx"], []]);
  });

  it("is not taken for its own by the resource that made it", async () => {
    const path = `${makeFolder("adopted-own")}/a.vhdx`;
    const request = { type: "dynamic", format: "vhdx", path, sizeBytes: 16 * MIB } as const;
    await backend.createDisk({ ...request, owner: "one" });
    await backend.adoptDisk(path);

    const again = backend.createDisk({ ...request, owner: "one" });

    await expect(again).rejects.toThrow(/^\[AlreadyExists\]/);
  });

  it("is neither moved, grown nor pointed elsewhere by its former owner", async () => {
    const place = makeFolder("adopted-changed");
    const base = await makeBase(`${place}/base.vhdx`);
    const child = await makeChild(`${place}/child.vhdx`, base.path);
    const { adoptionId } = await backend.adoptDisk(child.path);
    const target = targetOf(child);
    const planned = { kind: "move", ...target, newPath: `${place}/new.vhdx` } as const;

    const outcomes = await Promise.allSettled([
      backend.moveDisk(target, `${place}/new.vhdx`),
      backend.growDisk(target, 32 * MIB),
      backend.setParent(target, base.path),
      backend.rehearse(planned),
    ]);

    expect(outcomes.map((outcome) => "reason" in outcome && String(outcome.reason))).toEqual(
      outcomes.map(() => expect.stringContaining("another resource adopted this disk")),
    );
    expect(await backend.readAdoption(child.path)).toBe(adoptionId);
    await backend.rehearse({ ...planned, adoptionId });
    expect((await backend.growDisk({ ...target, adoptionId }, 32 * MIB)).sizeBytes).toBe(32 * MIB);
  });
});
