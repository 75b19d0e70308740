import { z } from "zod";
import type { CreateDiskRequest } from "../disk/backend";
import { type PathStyle, formatOfPath } from "../disk/host-path";
import { findBlockSizeProblem, findSectorSizeProblem, findSizeProblem } from "../disk/rules/sizes";
import { checkSizeChange, diffDisk } from "./disk-diff";
import { type DiskKind, createDisk, deleteDisk, listDifferingValues, readDisk, updateDisk } from "./disk-lifecycle";
import { byteCountSchema, declaredFormat, flagSchema, newDiskPathSchema } from "./input-schemas";
import { FailureList, parseInputs, parseKnown } from "./inputs";
import { type CheckResult, type Properties, type ResourceLifecycle } from "./resource";

const DEFAULT_SECTOR_SIZE_BYTES = 512;
const sectorSizeSchema = z.literal([512, 4096], { error: "Must be 512 or 4096." });

function schemaFor(style: PathStyle) {
  return z.object({
    path: newDiskPathSchema(style),
    sizeBytes: byteCountSchema,
    type: z.enum(["dynamic", "fixed"], { error: 'Must be "dynamic" or "fixed".' }).optional(),
    blockSizeBytes: byteCountSchema.optional(),
    logicalSectorSizeBytes: sectorSizeSchema.optional(),
    physicalSectorSizeBytes: sectorSizeSchema.optional(),
    adopt: flagSchema.optional(),
  });
}

type Inputs = z.output<ReturnType<typeof schemaFor>>;

const FIXED_FOR_LIFE = ["type", "blockSizeBytes", "logicalSectorSizeBytes", "physicalSectorSizeBytes"] as const;

const kind: DiskKind<Inputs> = {
  optionalNames: FIXED_FOR_LIFE,
  parse: (backend, inputs) => parseInputs(schemaFor(backend.pathStyle), inputs, String(inputs["path"])),
  toRequest({ adopt: _adopt, type, ...rest }): CreateDiskRequest {
    return { ...rest, type: type ?? "dynamic", format: formatOfPath(rest.path) ?? "vhdx" };
  },
  listDifferences(_backend, { path: _path, adopt: _adopt, type, ...declared }, disk): Promise<string[]> {
    return Promise.resolve(listDifferingValues({ type: type ?? "dynamic", ...declared }, disk));
  },
  extraOutputs: () => Promise.resolve({}),
  observedInputs: ({ path, sizeBytes }) => ({ path, sizeBytes }),
  bringUpToDate: () => Promise.resolve(false),
};

/** The life of a `VirtualDisk`: a disk without a parent. */
export const virtualDiskLifecycle: ResourceLifecycle = {
  check(backend, olds, news): Promise<CheckResult> {
    const { known, failures } = parseKnown(schemaFor(backend.pathStyle), news);
    const list = new FailureList(failures);
    checkTogether(list, olds, known);
    return Promise.resolve({ inputs: news, failures: list.failures });
  },
  diff: async (backend, olds, news) => diffDisk(backend, olds, news, FIXED_FOR_LIFE),
  create: (backend, inputs) => createDisk(kind, backend, inputs),
  read: (backend, id, recorded) => readDisk(kind, backend, id, recorded),
  update: (backend, _id, olds, news) => updateDisk(kind, backend, olds, news),
  delete: (backend, _id, recorded) => deleteDisk(backend, recorded),
};

function checkTogether(list: FailureList, olds: Properties, known: Partial<Inputs>): void {
  const format = declaredFormat(known.path);
  if (format === undefined) {
    return;
  }
  const { sizeBytes, blockSizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes } = known;
  if (sizeBytes !== undefined) {
    list.addProblem(findSizeProblem(format, sizeBytes, logicalSectorSizeBytes ?? DEFAULT_SECTOR_SIZE_BYTES));
  }
  if (blockSizeBytes !== undefined) {
    list.addProblem(findBlockSizeProblem(format, blockSizeBytes, known.type));
  }
  if (logicalSectorSizeBytes !== undefined) {
    list.addProblem(findSectorSizeProblem(format, "logicalSectorSizeBytes", logicalSectorSizeBytes));
  }
  if (physicalSectorSizeBytes !== undefined) {
    list.addProblem(findSectorSizeProblem(format, "physicalSectorSizeBytes", physicalSectorSizeBytes));
  }
  checkSizeChange(list, olds, sizeBytes, known.path);
}
