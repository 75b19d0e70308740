import { open } from "node:fs/promises";
import * as vhd from "pulumi-vhd";
import { KIB, MIB, createBase, createChild, streamDisk } from "../support/disks";
import { type Task, alternate, compareTimes } from "../support/measure";
import { readPlainly, writePlainly } from "../support/plain-files";
import { isInstalled, readOutput, runProgram } from "../support/programs";
import type { Effort, Figure, Measured, Row } from "../support/row";
import { useScratchFolder } from "../support/scratch-folder";
import { fillVhd } from "../support/vhd-blocks";
import { fillVhdx } from "../support/vhdx-blocks";

const FORMATS = ["vhdx", "vhd"] as const;
type Format = (typeof FORMATS)[number];

const FULL_BOUNDS = { vhdx: 1.2, vhd: 1.5 } as const;
/** How much longer than a plain file a chain may take, by the length of its turns. */
const TURN_BOUNDS: readonly (readonly [runKib: number, bound: number])[] = [
  [512, 1.6],
  [64, 2.5],
  [4, 5],
];

/** All of a full disk, in order. */
export const contentFull: Row = {
  id: "content-full",
  title: "Content of a full dynamic disk, in order",
  against: "reading a plain file of that size",
  async measure({ isQuick, rounds }: Effort): Promise<Measured> {
    const sizeBytes = (isQuick ? 32 : 512) * MIB;
    const scratch = useScratchFolder();
    const figures: Figure[] = [];
    const hasQemu = isInstalled("qemu-img", ["--version"]);
    await writePlainly(scratch("plain"), sizeBytes);
    for (const format of FORMATS) {
      const path = await makeFullDisk(scratch, format, sizeBytes);
      const { ours, plain } = await alternate(
        {
          ours: { run: () => streamDisk(path) },
          plain: { run: () => readPlainly(scratch("plain"), 0, sizeBytes, MIB) },
        },
        rounds,
      );
      figures.push(compareTimes(format, ours, plain, FULL_BOUNDS[format]));
      if (hasQemu) {
        figures.push(await compareWithQemu(scratch, format, path, rounds));
      }
    }
    return {
      figures,
      skipped: hasQemu ? [] : ["writing to a raw file needs qemu-img to compare with"],
    };
  },
};

/**
 * The content of a chain whose disks hold it in turns: the shorter the turns, the more requests.
 *
 * 7-Zip reads the same files and writes the same bytes. To be compared with ours it must be asked
 * for them as ours is, by a program that gets them into its memory: so this one reads what 7zz
 * writes. What 7zz takes where its output goes to the null device, so that nobody gets it, is there
 * to be read as well.
 */
export const contentChain: Row = {
  id: "content-chain",
  title: "Content of a chain of 3 disks that hold it in turns",
  against: "reading a plain file of that size; reading the output of `7zz e -so`",
  async measure({ isQuick, rounds }: Effort): Promise<Measured> {
    const sizeBytes = (isQuick ? 32 : 256) * MIB;
    const scratch = useScratchFolder();
    const figures: Figure[] = [];
    const curves: { name: string; points: [number, number][] }[] = [];
    const has7zip = isInstalled("7zz", ["i"]);
    await writePlainly(scratch("plain"), sizeBytes);
    for (const format of FORMATS) {
      const basePath = await makeFullDisk(scratch, format, sizeBytes);
      const ofPlain: [number, number][] = [];
      for (const [runKib, bound] of TURN_BOUNDS) {
        const path = await makeChain(scratch, format, basePath, runKib * KIB);
        const tasks: Record<string, Task> = {
          ours: { run: () => streamDisk(path) },
          plain: { run: () => readPlainly(scratch("plain"), 0, sizeBytes, MIB) },
          ...(has7zip ? sevenZipTasks(format, path, sizeBytes) : {}),
        };
        const { ours, plain, sevenZip, unread } = await alternate(tasks, rounds);
        const name = `${format}, turns of ${runKib} KiB`;
        const figure = compareTimes(name, ours!, plain!, bound);
        figures.push(figure);
        ofPlain.push([runKib * KIB, figure.value]);
        if (sevenZip !== undefined && unread !== undefined) {
          figures.push(compareTimes(`${name}, against 7zz`, ours!, sevenZip, 1));
          figures.push(compareTimes(`${name}, against 7zz > /dev/null`, ours!, unread));
        }
      }
      curves.push({ name: `${format} : plain file`, points: ofPlain.toReversed() });
    }
    return {
      figures,
      growth: {
        xTitle: "length of a turn",
        xUnit: "bytes",
        yTitle: "ratio",
        yUnit: "ratio",
        curves,
      },
      skipped: has7zip ? [] : ["the comparison with 7-Zip needs 7zz"],
    };
  },
};

function sevenZipTasks(format: Format, path: string, sizeBytes: number): Record<string, Task> {
  const args = ["e", "-so", `-t${format}`, path];
  return {
    sevenZip: { run: () => readOutput("7zz", args, sizeBytes) },
    unread: { run: () => runProgram("7zz", args) },
  };
}

async function compareWithQemu(
  scratch: (name: string) => string,
  format: Format,
  path: string,
  rounds: number,
): Promise<Figure> {
  const driver = format === "vhd" ? "vpc" : "vhdx";
  const { ours, qemu } = await alternate(
    {
      ours: {
        async run() {
          const disk = await vhd.openVirtualDisk(path);
          const raw = await open(scratch("ours.raw"), "w");
          for await (const chunk of disk.stream({ reuseChunks: true })) {
            await raw.writeFile(chunk);
          }
          await raw.close();
          await disk.close();
        },
      },
      qemu: {
        run: () =>
          runProgram("qemu-img", [
            "convert",
            "-S",
            "0",
            "-f",
            driver,
            "-O",
            "raw",
            path,
            scratch("theirs.raw"),
          ]),
      },
    },
    rounds,
  );
  return compareTimes(`${format}, written to a raw file, against qemu-img convert`, ours, qemu);
}

async function makeFullDisk(
  scratch: (name: string) => string,
  format: Format,
  sizeBytes: number,
): Promise<string> {
  const path = scratch(`base.${format}`);
  await createBase(path, sizeBytes);
  await fill(path, format, { isFilled: true });
  return path;
}

/**
 * Two children, each of which holds half of all blocks in turns; the upper one turns half as often.
 */
async function makeChain(
  scratch: (name: string) => string,
  format: Format,
  basePath: string,
  runBytes: number,
): Promise<string> {
  const middlePath = scratch(`middle-${runBytes}.${format}`);
  const leafPath = scratch(`leaf-${runBytes}.${format}`);
  await createChild(middlePath, basePath);
  await fill(middlePath, format, { runBytes: 2 * runBytes, isFilled: true });
  await createChild(leafPath, middlePath);
  await fill(leafPath, format, { runBytes, isFilled: true });
  return leafPath;
}

async function fill(
  path: string,
  format: Format,
  content: { readonly runBytes?: number; readonly isFilled: boolean },
): Promise<void> {
  const { sizeBytes, blockSizeBytes } = await vhd.getVirtualDisk({ path });
  await (format === "vhd" ? fillVhd : fillVhdx)(path, { sizeBytes, blockSizeBytes, ...content });
}
