import * as vhd from "pulumi-vhd";
import { MIB, createBase, createChild, streamDisk } from "../support/disks";
import { alternate, medianOf, slopeAtEnd } from "../support/measure";
import type { Effort, Measured, Row } from "../support/row";
import { useScratchFolder } from "../support/scratch-folder";
import { fillVhdx } from "../support/vhdx-blocks";

const SIZE_BYTES = 64 * MIB;

/** Long chains: every link costs, and none more than the one before. */
export const chain: Row = {
  id: "chain",
  title: "Chains of 1 to 64 disks",
  against: "a straight line",
  async measure({ isQuick, rounds }: Effort): Promise<Measured> {
    const scratch = useScratchFolder();
    let leafPath = scratch("disk-1.vhdx");
    await createBase(leafPath, SIZE_BYTES);
    const { blockSizeBytes } = await vhd.getVirtualDisk({ path: leafPath });
    await fillVhdx(leafPath, { sizeBytes: SIZE_BYTES, blockSizeBytes, isFilled: true });
    const curves = { verifying: [] as [number, number][], reading: [] as [number, number][] };
    const lengths = isQuick ? [1, 2, 4] : [1, 2, 4, 8, 16, 32, 64];
    for (let length = 1; length <= lengths.at(-1)!; length += 1) {
      if (length > 1) {
        const path = scratch(`disk-${length}.vhdx`);
        await createChild(path, leafPath);
        leafPath = path;
      }
      if (lengths.includes(length)) {
        const path = leafPath;
        const { verifying, reading } = await alternate(
          {
            verifying: { run: () => vhd.getVirtualDiskChain({ path }) },
            reading: { run: () => streamDisk(path) },
          },
          rounds,
        );
        curves.verifying.push([length, medianOf(verifying)]);
        curves.reading.push([length, medianOf(reading)]);
      }
    }
    return {
      figures: Object.entries(curves).map(([name, points]) => {
        const slope = slopeAtEnd(points);
        return {
          name,
          unit: "slope" as const,
          value: slope,
          least: slope,
          most: slope,
          bound: 1.1,
        };
      }),
      growth: {
        xTitle: "disks in the chain",
        xUnit: "count",
        yTitle: "time",
        yUnit: "ms",
        curves: [
          { name: "verifying all links", points: curves.verifying },
          { name: `reading ${SIZE_BYTES / MIB} MiB of the base`, points: curves.reading },
        ],
      },
    };
  },
};
