import * as vhd from "pulumi-vhd";
import { GIB, KIB, MIB, TIB, createBase } from "../support/disks";
import { alternate, compareTimes, medianOf, slopeAtEnd } from "../support/measure";
import { readPlainly } from "../support/plain-files";
import type { Effort, Figure, Measured, Row } from "../support/row";
import { useScratchFolder } from "../support/scratch-folder";
import { findVhdxTable } from "../support/vhdx-blocks";

/** Opening an image validates every entry of its table. */
export const opening: Row = {
  id: "opening",
  title: "Opening and validating a VHDX of 64 TiB with a table of 256 MiB",
  against: "reading the table",
  async measure({ isQuick, rounds }: Effort): Promise<Measured> {
    const scratch = useScratchFolder();
    const figures: Figure[] = [];
    const points: [number, number][] = [];
    const sizes = isQuick
      ? [64 * GIB, 256 * GIB, TIB]
      : [64 * GIB, 256 * GIB, TIB, 4 * TIB, 16 * TIB, 64 * TIB];
    for (const sizeBytes of sizes) {
      const path = scratch(`${sizeBytes}.vhdx`);
      await createBase(path, sizeBytes, 2 * MIB);
      const table = await findVhdxTable(path);
      const { ours, plain } = await alternate(
        {
          ours: {
            // A description may come from memory; content is always opened.
            run: async () => (await vhd.openVirtualDisk({ path })).close(),
          },
          plain: { run: () => readPlainly(path, table.offsetBytes, table.lengthBytes, 256 * KIB) },
        },
        rounds,
      );
      points.push([sizeBytes, medianOf(ours)]);
      if (sizeBytes === sizes.at(-1)) {
        figures.push(compareTimes(`${sizeBytes / TIB} TiB`, ours, plain, 1.5));
      }
    }
    const slope = slopeAtEnd(points);
    return {
      figures: [
        ...figures,
        {
          name: "growth, 1 is a straight line",
          unit: "slope",
          value: slope,
          least: slope,
          most: slope,
          bound: 1.1,
        },
      ],
      growth: {
        xTitle: "virtual size",
        xUnit: "bytes",
        yTitle: "opening",
        yUnit: "ms",
        curves: [{ name: "VHDX with blocks of 2 MiB", points }],
      },
    };
  },
};
