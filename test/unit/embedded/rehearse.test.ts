import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { MIB } from "../../../provider/image/bytes";
import { targetOf, useEmbeddedDisks } from "../../support/embedded-disks";

const { backend, makeFolder, makeBase, makeChild } = useEmbeddedDisks();

/** A file system in memory, which is there on every Linux. */
const OTHER_VOLUME = "/dev/shm";
const hasOtherVolume =
  existsSync(OTHER_VOLUME) && statSync(OTHER_VOLUME).dev !== statSync(makeFolder("volume")).dev;
if (!hasOtherVolume) {
  process.stderr.write(`skipped: a move to another volume (${OTHER_VOLUME} is none here)\n`);
}

describe("a step that is looked ahead to", () => {
  (hasOtherVolume ? it : it.skip)("is refused where it leads to another volume", async () => {
    const base = await makeBase(`${makeFolder("moved")}/base.vhdx`);
    const folder = mkdtempSync(`${OTHER_VOLUME}/pulumi-vhd-test-`);
    const newPath = `${folder}/base.vhdx`;

    const outcomes = await Promise.allSettled([
      backend.rehearse({ kind: "move", path: base.path, newPath }),
      backend.moveDisk(targetOf(base), newPath),
    ]);
    rmSync(folder, { recursive: true });

    expect(outcomes.map((outcome) => "reason" in outcome && outcome.reason.message)).toEqual(
      outcomes.map(() => expect.stringMatching(/^\[NotSupported\].*to another volume/)),
    );
  });

  it("is refused for a disk that was a parent, with the way out", async () => {
    const folder = makeFolder("was-parent");
    const base = await makeBase(`${folder}/base.vhdx`);
    const child = await makeChild(`${folder}/child.vhdx`, base.path);
    await backend.deleteDisk(targetOf(child));

    const rehearsal = backend.rehearse({ kind: "grow", path: base.path, sizeBytes: 32 * MIB });

    await expect(rehearsal).rejects.toThrow(/^\[HasChildren\].*delete the trace file/);
  });

  it("is refused where another disk took the place of the recorded one", async () => {
    const folder = makeFolder("exchanged");
    const [base, other] = [
      await makeBase(`${folder}/base.vhdx`),
      await makeBase(`${folder}/other.vhdx`),
    ];

    const rehearsal = backend.rehearse({
      kind: "move",
      path: other.path,
      identity: base.identity,
      newPath: `${folder}/new.vhdx`,
    });

    await expect(rehearsal).rejects.toThrow(/^\[AlreadyExists\] a different disk/);
  });
});
