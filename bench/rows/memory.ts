import * as vhd from "pulumi-vhd";
import { MIB, createBase } from "../support/disks";
import { summarize } from "../support/measure";
import { runProbe } from "../support/programs";
import type { Effort, Figure, Measured, Row } from "../support/row";
import { useScratchFolder } from "../support/scratch-folder";
import { fillVhd } from "../support/vhd-blocks";
import { fillVhdx } from "../support/vhdx-blocks";

const FORMATS = { vhdx: fillVhdx, vhd: fillVhd } as const;

/** A stream holds a few chunks, not the disk. */
export const memory: Row = {
  id: "memory",
  title: "Memory of a content stream at its peak",
  against: "a process that does nothing",
  rounds: 3,
  async measure({ isQuick, rounds }: Effort): Promise<Measured> {
    const scratch = useScratchFolder();
    const figures: Figure[] = [];
    for (const [format, fill] of Object.entries(FORMATS)) {
      const path = scratch(`base.${format}`);
      await createBase(path, (isQuick ? 64 : 1024) * MIB);
      const { sizeBytes, blockSizeBytes } = await vhd.getVirtualDisk({ path });
      await fill(path, { sizeBytes, blockSizeBytes, isFilled: true });
      const extra: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const idleBytes = await runProbe<number>("memory", ["idle"]);
        extra.push((await runProbe<number>("memory", ["stream", path])) - idleBytes);
      }
      figures.push(summarize(`${format} of ${sizeBytes / MIB} MiB`, "bytes", extra, 100 * MIB));
    }
    return { figures };
  },
};
