import { z } from "zod";
import type { CreateDiskRequest } from "../disk/backend";
import { requireFormatOfPath } from "../disk/host-path";
import { findBlockSizeProblem, findSectorSizeProblem, findSizeProblem } from "../disk/rules/sizes";
import { listDifferingValues } from "./differences";
import type { DiskKind } from "./disk-kind";
import { createDiskLifecycle } from "./disk-lifecycle";
import {
  byteCountSchema,
  declaredFormat,
  flagSchema,
  newDiskPathSchema,
  oncePerStyle,
} from "./input-schemas";
import { type FailureList, parseDeclared, parseInputs } from "./inputs";
import type { ResourceLifecycle } from "./resource";

const DEFAULT_SECTOR_SIZE_BYTES = 512;
const sectorSizeSchema = z.literal([512, 4096], { error: "Must be 512 or 4096." });

const schemaFor = oncePerStyle((style) =>
  z.strictObject({
    path: newDiskPathSchema(style),
    sizeBytes: byteCountSchema,
    type: z.enum(["dynamic", "fixed"], { error: 'Must be "dynamic" or "fixed".' }).optional(),
    blockSizeBytes: byteCountSchema.optional(),
    logicalSectorSizeBytes: sectorSizeSchema.optional(),
    physicalSectorSizeBytes: sectorSizeSchema.optional(),
    adopt: flagSchema.optional(),
    createFolder: flagSchema.optional(),
    allowDataLoss: flagSchema.optional(),
  }),
);

type Inputs = z.output<ReturnType<typeof schemaFor>>;

const FIXED_NAMES = [
  "type",
  "blockSizeBytes",
  "logicalSectorSizeBytes",
  "physicalSectorSizeBytes",
] as const;

const kind: DiskKind<Inputs> = {
  optionalNames: FIXED_NAMES,
  fixedNames: FIXED_NAMES,
  parseDeclared: (style, news) => parseDeclared(schemaFor(style), news),
  parse: (style, inputs) => parseInputs(schemaFor(style), inputs, String(inputs["path"])),
  checkTogether,
  checkParent: () => Promise.resolve(),
  toRequest({
    path,
    sizeBytes,
    type,
    blockSizeBytes,
    logicalSectorSizeBytes,
    physicalSectorSizeBytes,
  }) {
    const sizes = { sizeBytes, blockSizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes };
    const request: CreateDiskRequest = {
      path,
      ...sizes,
      type: type ?? "dynamic",
      format: requireFormatOfPath(path),
    };
    return request;
  },
  listDifferences: (_backend, inputs, disk) => {
    const { type, sizeBytes, blockSizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes } =
      inputs;
    const sizes = { sizeBytes, blockSizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes };
    return Promise.resolve(listDifferingValues({ type: type ?? "dynamic", ...sizes }, disk));
  },
  observe: (backend, path) => backend.inspectDisk(path),
  recordParent: () => Promise.resolve({}),
  requiredInputs: ({ path, sizeBytes }) => ({ path, sizeBytes }),
  compareParents: () => Promise.resolve({ changes: false, replaces: [] }),
  bringUpToDate: () => Promise.resolve(false),
};

/** The life of a `VirtualDisk`: a disk without a parent. */
export const virtualDiskLifecycle: ResourceLifecycle = createDiskLifecycle(kind);

function checkTogether(list: FailureList, values: Partial<Inputs>): void {
  const format = declaredFormat(values.path);
  if (format === undefined) {
    return;
  }
  const { sizeBytes, blockSizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes } = values;
  if (sizeBytes !== undefined) {
    list.addProblem(
      findSizeProblem(format, sizeBytes, logicalSectorSizeBytes ?? DEFAULT_SECTOR_SIZE_BYTES),
    );
  }
  if (blockSizeBytes !== undefined) {
    list.addProblem(findBlockSizeProblem(format, blockSizeBytes, values.type));
  }
  if (logicalSectorSizeBytes !== undefined) {
    list.addProblem(
      findSectorSizeProblem(format, "logicalSectorSizeBytes", logicalSectorSizeBytes),
    );
  }
  if (physicalSectorSizeBytes !== undefined) {
    list.addProblem(
      findSectorSizeProblem(format, "physicalSectorSizeBytes", physicalSectorSizeBytes),
    );
  }
}

/** The inputs of a `VirtualDisk`, as the schema of the package describes them. */
export const virtualDiskSchema = schemaFor("posix");
