import fc from "fast-check";
import { MIB } from "../../provider/image/bytes";
import type { Extent } from "../../provider/image/disk-image";
import { growVhdx } from "../../provider/image/vhdx/grow";
import { readVhdxStructures } from "../../provider/image/vhdx/structures";
import { collectExtents } from "../support/image-content";
import type { MemoryFile } from "../support/memory-file";
import { soakRuns } from "../support/soak";
import { buildChildVhdx, buildVhdx, openVhdxChain } from "../support/vhdx-image";
import {
  leaveStaleBytes,
  logVhdxChange,
  setVhdxBlockState,
  writeVhdxContent,
} from "../support/vhdx-writer";

jest.setTimeout(60_000);

const BLOCK = MIB;
const MAX_BLOCKS = 5;

/** One thing that happens to a disk; numbers are brought into the disk when it happens. */
type Step =
  | {
      readonly kind: "write";
      readonly at: number;
      readonly count: number;
      readonly value: number;
      readonly isLogged: boolean;
    }
  | {
      readonly kind: "set state";
      readonly block: number;
      readonly state: "zero" | "unmapped" | "undefined" | "notPresent";
    }
  | { readonly kind: "grow"; readonly by: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      at: fc.nat(),
      count: fc.integer({ min: 1, max: 40 }),
      value: fc.integer({ min: 1, max: 255 }),
      isLogged: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("set state" as const),
      block: fc.nat(),
      state: fc.constantFrom("zero", "unmapped", "undefined", "notPresent"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("grow" as const),
      by: fc.integer({ min: 1, max: 4096 }),
    }),
  },
);

/** The naive model: what each sector of the disk is, and its value if it is data. */
class SectorModel {
  readonly kinds: Extent["kind"][] = [];
  readonly values: number[] = [];
  /**
   * Blocks in which a sector that is not written stays what it is: partially present or holding
   * nothing.
   */
  readonly #isPartial: boolean[] = [];

  constructor(
    sectorCount: number,
    readonly sectorSizeBytes: number,
    readonly isDifferencing: boolean,
  ) {
    this.grow(sectorCount);
  }

  get sectorsInBlock(): number {
    return BLOCK / this.sectorSizeBytes;
  }

  grow(sectorCount: number): void {
    for (let sector = this.kinds.length; sector < sectorCount; sector += 1) {
      const previous = sector % this.sectorsInBlock === 0 ? undefined : this.kinds[sector - 1];
      const isPartial = this.#isPartial[this.blockOf(sector)] === true;
      this.kinds.push(previous === undefined || isPartial ? "absent" : previous);
      this.values.push(0);
    }
  }

  setState(block: number, kind: Extent["kind"]): void {
    this.#isPartial[block] = false;
    this.#fill(block, kind);
  }

  write(sector: number, value: number): void {
    const block = this.blockOf(sector);
    const isHeld = this.kinds[sector] !== "absent" || this.#isPartial[block] === true;
    if (!isHeld && this.isDifferencing) {
      this.#isPartial[block] = true;
    } else if (this.#isPartial[block] !== true && this.kinds[sector] !== "data") {
      this.#fill(block, "data");
    }
    this.kinds[sector] = "data";
    this.values[sector] = value;
  }

  blockOf(sector: number): number {
    return Math.floor(sector / this.sectorsInBlock);
  }

  #fill(block: number, kind: Extent["kind"]): void {
    const start = block * this.sectorsInBlock;
    const end = Math.min(start + this.sectorsInBlock, this.kinds.length);
    this.kinds.fill(kind, start, end);
    this.values.fill(0, start, end);
  }
}

async function apply(file: MemoryFile, model: SectorModel, each: Step): Promise<void> {
  const sectorCount = model.kinds.length;
  switch (each.kind) {
    case "write": {
      const sector = each.at % sectorCount;
      const count = Math.min(each.count, sectorCount - sector);
      const bytes = new Uint8Array(count * model.sectorSizeBytes).fill(each.value);
      const write = (target: MemoryFile): Promise<void> =>
        writeVhdxContent(target, sector * model.sectorSizeBytes, bytes);
      await (each.isLogged ? logVhdxChange(file, write) : write(file));
      for (let index = 0; index < count; index += 1) {
        model.write(sector + index, each.value);
      }
      break;
    }
    case "set state": {
      const block = each.block % (model.blockOf(sectorCount - 1) + 1);
      await setVhdxBlockState(file, block, each.state);
      model.setState(block, each.state === "notPresent" ? "absent" : "zero");
      break;
    }
    case "grow": {
      const grown = Math.max(
        sectorCount,
        Math.min(sectorCount + each.by, MAX_BLOCKS * model.sectorsInBlock),
      );
      await leaveStaleBytes(file);
      await growVhdx(file, grown * model.sectorSizeBytes);
      model.grow(grown);
      break;
    }
  }
}

/**
 * Applies steps one after the other; a log that one leaves is replayed to the file before the next.
 */
async function applyAll(
  file: MemoryFile,
  model: SectorModel,
  steps: readonly Step[],
): Promise<void> {
  for (const each of steps) {
    const { replay, metadata } = await readVhdxStructures(file);
    if (replay !== undefined) {
      const sizeBytes = metadata.parameters.sizeBytes + model.sectorSizeBytes;
      await growVhdx(file, sizeBytes);
      model.grow(sizeBytes / model.sectorSizeBytes);
    }
    await apply(file, model, each);
  }
}

async function expectSame(
  file: MemoryFile,
  model: SectorModel,
  start: number,
  end: number,
): Promise<void> {
  const [image] = await openVhdxChain(file);
  const size = model.sectorSizeBytes;
  const extents = await collectExtents(image!, start * size, (end - start) * size);
  let at = start * size;
  for (const extent of extents) {
    expect(extent.offsetBytes).toBe(at);
    const first = extent.offsetBytes / size;
    at += extent.lengthBytes;
    const sectors = Array.from({ length: extent.lengthBytes / size }, (_, index) => first + index);
    expect(sectors.every((sector) => model.kinds[sector] === extent.kind)).toBe(true);
    if (extent.kind === "data") {
      const bytes = new Uint8Array(extent.lengthBytes);
      await image!.file.read(extent.fileOffsetBytes, bytes);
      const isSame = sectors.every((sector, index) =>
        bytes
          .subarray(index * size, (index + 1) * size)
          .every((byte) => byte === model.values[sector]),
      );
      expect(isSame).toBe(true);
    }
  }
  expect(at).toBe(end * size);
}

const disk = fc.record({
  isDifferencing: fc.boolean(),
  sectorSizeBytes: fc.constantFrom(512, 4096),
  sectors: fc.integer({ min: 1, max: 2 * 2048 }),
  steps: fc.array(step, { maxLength: 10 }),
  window: fc.tuple(fc.nat(), fc.nat()),
});

describe("a VHDX to which anything happens", () => {
  it("says of each sector what a naive model says, in the whole disk and in any window", async () => {
    await fc.assert(
      fc.asyncProperty(
        disk,
        async ({ isDifferencing, sectorSizeBytes, sectors, steps, window }) => {
          const model = new SectorModel(sectors, sectorSizeBytes, isDifferencing);
          const sizes = {
            sizeBytes: sectors * sectorSizeBytes,
            logicalSectorSizeBytes: sectorSizeBytes,
          };
          const base = await buildVhdx(sizes);
          const file = isDifferencing ? await buildChildVhdx(base) : base;

          await applyAll(file, model, steps);

          const count = model.kinds.length;
          const start = window[0] % count;
          await expectSame(file, model, 0, count);
          await expectSame(file, model, start, start + (window[1] % (count - start + 1)));
        },
      ),
      { numRuns: soakRuns(60) },
    );
  });
});
