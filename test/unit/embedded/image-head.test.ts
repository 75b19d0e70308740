import type { BigIntStats } from "node:fs";
import { recallHead, rememberHead } from "../../../provider/embedded/image-head";
import type { ImageProperties } from "../../../provider/image/disk-image";

const PROPERTIES = { format: "vhdx" } as ImageProperties;

let inode = 0n;

/** What a file system says of a file, with times in milliseconds before now. */
function buildStats(modifiedMsAgo: number, changedMsAgo: number): BigIntStats {
  const now = BigInt(Date.now()) * 1_000_000n + 123n;
  const [mtimeNs, ctimeNs] = [modifiedMsAgo, changedMsAgo].map(
    (ago) => now - BigInt(ago) * 1_000_000n,
  );
  inode += 1n;
  return {
    dev: 1n,
    ino: inode,
    size: 4n,
    mtimeNs,
    ctimeNs,
    ctimeMs: ctimeNs! / 1_000_000n,
    birthtimeNs: 0n,
  } as BigIntStats;
}

describe("what was read of an image is believed again", () => {
  it.each([
    ["where it was written to long ago", buildStats(60_000, 60_000), true],
    ["where the clock has ticked since it was written to", buildStats(8, 4), true],
    ["where one more write would have the same time: not at all", buildStats(4, 4), false],
  ])("%s", (_when, stats, expected) => {
    rememberHead(stats, PROPERTIES);

    expect(recallHead(stats) === PROPERTIES).toBe(expected);
  });

  it("only as long as no time has changed", () => {
    const stats = buildStats(8, 4);
    rememberHead(stats, PROPERTIES);

    const written = recallHead({ ...stats, mtimeNs: stats.ctimeNs });
    const touched = recallHead({ ...stats, ctimeNs: stats.ctimeNs + 1n });

    expect([written, touched]).toEqual([undefined, undefined]);
  });
});
