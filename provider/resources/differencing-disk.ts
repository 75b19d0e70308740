import { z } from "zod";
import type { CreateDiskRequest, DiskBackend } from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import { isDiskError } from "../disk/errors";
import { isSamePath, requireFormatOfPath } from "../disk/host-path";
import { findChildSizeProblem, findFormatProblem } from "../disk/rules/parent-fit";
import { findBlockSizeProblem, findSizeProblem } from "../disk/rules/sizes";
import { listDifferingValues } from "./differences";
import type { DiskKind, ParentCheck } from "./disk-kind";
import { createDiskLifecycle } from "./disk-lifecycle";
import { runOf } from "./disk-run";
import {
  byteCountSchema,
  declaredFormat,
  existingDiskPathSchema,
  flagSchema,
  newDiskPathSchema,
  oncePerStyle,
} from "./input-schemas";
import { type FailureList, parseDeclared, parseInputs } from "./inputs";
import { compareParents } from "./parent-diff";
import { addRehearsed } from "./rehearsal";
import type { ResourceLifecycle } from "./resource";

/** The sector size while the parent's is not known; every other one is a multiple of it. */
const SMALLEST_SECTOR_SIZE_BYTES = 512;

const schemaFor = oncePerStyle((style) =>
  z.strictObject({
    path: newDiskPathSchema(style),
    parentPath: existingDiskPathSchema(style),
    sizeBytes: byteCountSchema.optional(),
    blockSizeBytes: byteCountSchema.optional(),
    adopt: flagSchema.optional(),
    createFolder: flagSchema.optional(),
    allowDataLoss: flagSchema.optional(),
  }),
);

type Inputs = z.output<ReturnType<typeof schemaFor>>;

const kind: DiskKind<Inputs> = {
  optionalNames: ["sizeBytes", "blockSizeBytes"],
  fixedNames: ["blockSizeBytes"],
  parseDeclared: (style, news) => parseDeclared(schemaFor(style), news),
  parse: (style, inputs) => parseInputs(schemaFor(style), inputs, String(inputs["path"])),
  checkTogether,
  checkParent,
  toRequest({ path, parentPath, sizeBytes, blockSizeBytes }): CreateDiskRequest {
    return {
      type: "differencing",
      format: requireFormatOfPath(path),
      path,
      parentPath,
      sizeBytes,
      blockSizeBytes,
    };
  },
  async listDifferences(backend, inputs, disk, extent): Promise<string[]> {
    const { sizeBytes, blockSizeBytes } = inputs;
    const differences = listDifferingValues(
      { type: "differencing", sizeBytes, blockSizeBytes },
      disk,
    );
    if (differences.length > 0 || extent === "without parent") {
      return differences;
    }
    const [, parent] = await backend.readChain(inputs.path);
    return parent !== undefined &&
      (await runOf(backend).isSamePlace(parent.path, inputs.parentPath))
      ? []
      : [`its parent is ${parent?.path ?? "missing"}, but ${inputs.parentPath} is declared`];
  },
  observe: readWhole,
  async recordParent(backend, disk, kept) {
    return {
      parentPath: settleParentPath(backend, disk, kept.parentPath),
      parentDiskId: kept.parentDiskId ?? (await readParentDiskId(backend, disk)),
    };
  },
  requiredInputs: ({ path, parentPath }) => ({ path, parentPath }),
  compareParents,
  async bringUpToDate(backend, target, state, inputs): Promise<boolean> {
    if (
      state.parentPath !== undefined &&
      isSamePath(backend.pathStyle, state.parentPath, inputs.parentPath)
    ) {
      return false;
    }
    await backend.setParent(target, inputs.parentPath);
    return true;
  },
};

/** The life of a `DifferencingDisk`. */
export const differencingDiskLifecycle: ResourceLifecycle = createDiskLifecycle(kind);

function checkTogether(list: FailureList, values: Partial<Inputs>): void {
  const format = declaredFormat(values.path);
  const parentFormat = declaredFormat(values.parentPath);
  if (format === undefined) {
    return;
  }
  if (parentFormat !== undefined) {
    list.addProblem(findFormatProblem(format, parentFormat));
  }
  if (values.sizeBytes !== undefined) {
    list.addProblem(findSizeProblem(format, values.sizeBytes, SMALLEST_SECTOR_SIZE_BYTES));
  }
  if (values.blockSizeBytes !== undefined) {
    list.addProblem(findBlockSizeProblem(format, values.blockSizeBytes));
  }
}

/** Looks at a parent that is new to the resource, unless it is new to the program as well. */
async function checkParent(
  list: FailureList,
  backend: DiskBackend,
  { olds, values, parentReference, context }: ParentCheck<Inputs>,
): Promise<void> {
  const { path, parentPath, sizeBytes } = values;
  if (parentPath === undefined || parentPath === olds["parentPath"]) {
    return;
  }
  if (path !== undefined && isSamePath(backend.pathStyle, path, parentPath)) {
    list.add("parentPath", "A disk cannot be its own parent.");
    return;
  }
  const run = runOf(backend);
  if (parentReference === "unknown" || run.isFreed(parentPath)) {
    return;
  }
  try {
    const parent = await backend.inspectDisk(parentPath);
    if (sizeBytes !== undefined) {
      list.addProblem(findChildSizeProblem(sizeBytes, parent));
    }
    await addRehearsed(list, backend, "parentPath", { kind: "make child", parentPath });
  } catch (error) {
    if (isDiskError(error, "CorruptImage") || isDiskError(error, "UnsupportedImage")) {
      list.add("parentPath", error.message);
    } else if (isDiskError(error, "NotFound") || isDiskError(error, "Unavailable")) {
      const isExpected =
        parentReference === undefined
          ? context.isPrepared === true || run.isFilled(parentPath)
          : !run.isFilled(parentPath, "unchanged");
      if (!isExpected) {
        list.add("parentPath", describeMissingParent(parentPath, parentReference !== undefined));
      }
    }
  }
}

function describeMissingParent(parentPath: string, isResource: boolean): string {
  return isResource
    ? `The parent is missing: there is no longer a disk at ${parentPath}. Put it back, or run ` +
        "pulumi refresh."
    : `There is no disk at ${parentPath}, and no resource of this program creates one there. ` +
        "Correct the path. If a resource creates the parent, write parentPath: parent.path, so " +
        "that Pulumi knows the order.";
}

/**
 * Reads a disk and proves that its chain is whole.
 *
 * @throws the codes of `DiskBackend.readChain`, naming the link that is broken
 */
async function readWhole(backend: DiskBackend, path: string): Promise<VirtualDiskInfo> {
  const [disk] = await backend.readChain(path);
  return disk ?? backend.inspectDisk(path);
}

async function readParentDiskId(
  backend: DiskBackend,
  disk: VirtualDiskInfo,
): Promise<string | undefined> {
  const { resolvedPath } = disk.parent ?? {};
  // What children record of their parents says more, where the host knows it.
  if (resolvedPath === undefined || disk.linkageId !== undefined) {
    return undefined;
  }
  try {
    return (await backend.inspectDisk(resolvedPath)).identity.diskId;
  } catch {
    // It can be asked for again with the next refresh.
    return undefined;
  }
}

function settleParentPath(
  backend: DiskBackend,
  disk: VirtualDiskInfo,
  kept: string | undefined,
): string | undefined {
  const resolvedPath = disk.parent?.resolvedPath;
  if (kept === undefined) {
    return resolvedPath ?? disk.parent?.paths.find((entry) => entry.kind === "absolute")?.path;
  }
  // The program's own spelling stays while it means the same place, so that refreshing shows no
  // difference.
  return resolvedPath === undefined || isSamePath(backend.pathStyle, resolvedPath, kept)
    ? kept
    : resolvedPath;
}

/** The inputs of a `DifferencingDisk`, as the schema of the package describes them. */
export const differencingDiskSchema = schemaFor("posix");
