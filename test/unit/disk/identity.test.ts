import type { DiskIdentity } from "../../../provider/disk/disk";
import { assertSameDisk, isSameDisk } from "../../../provider/disk/identity";

const madeHere: DiskIdentity = {
  format: "vhdx",
  diskId: "page-83",
  creationId: "own",
  dataWriteId: "w1",
  fileId: "f1",
};
const { creationId: _creationId, ...madeElsewhere } = madeHere;
const vhd: DiskIdentity = { format: "vhd", diskId: "unique", fileId: "f1" };

describe("the proof that a disk is the recorded one", () => {
  it.each<[string, DiskIdentity, DiskIdentity]>([
    [
      "a VHDX made here, restored from a backup and written to",
      madeHere,
      { ...madeHere, dataWriteId: "w9", fileId: "f9" },
    ],
    [
      "a VHDX made elsewhere and written to",
      madeElsewhere,
      { ...madeElsewhere, dataWriteId: "w9" },
    ],
    [
      "a VHDX made elsewhere and restored from a backup",
      madeElsewhere,
      { ...madeElsewhere, fileId: "f9" },
    ],
    ["a VHD restored from a backup", vhd, { ...vhd, fileId: "f9" }],
    [
      "a disk of which only the file is known",
      { format: "vhd", fileId: "f1" },
      { format: "vhd", fileId: "f1" },
    ],
  ])("holds for %s", (_name, recorded, observed) => {
    expect(isSameDisk(recorded, observed)).toBe(true);
  });

  it.each<[string, DiskIdentity, DiskIdentity]>([
    [
      "a sibling that was copied over the file",
      madeHere,
      { ...madeHere, creationId: "sibling", dataWriteId: "w9" },
    ],
    ["a VHDX made elsewhere in the place of one made here", madeHere, madeElsewhere],
    ["a VHDX made here in the place of one made elsewhere", madeElsewhere, madeHere],
    ["a disk with another page 83 id", madeElsewhere, { ...madeElsewhere, diskId: "other" }],
    [
      "a sibling that was moved to the path",
      madeElsewhere,
      { ...madeElsewhere, dataWriteId: "w9", fileId: "f9" },
    ],
    ["another VHD in the same file", vhd, { ...vhd, diskId: "other" }],
    ["the other format", vhd, { ...vhd, format: "vhdx" }],
    ["a disk of which nothing is known", { format: "vhd" }, { format: "vhd" }],
  ])("fails for %s", (_name, recorded, observed) => {
    expect(isSameDisk(recorded, observed)).toBe(false);
    expect(() => assertSameDisk("/d/a.vhdx", recorded, observed)).toThrow(
      /\[AlreadyExists\].*\/d\/a\.vhdx/,
    );
  });
});
