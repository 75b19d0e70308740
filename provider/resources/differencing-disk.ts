import { z } from "zod";
import type { CreateDiskRequest, DiskBackend } from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import { DiskError, isDiskError } from "../disk/errors";
import { DISK_FORMATS } from "../disk/formats";
import { type PathStyle, formatOfPath, isSamePath } from "../disk/host-path";
import { findChildSizeProblem, findFormatProblem } from "../disk/rules/parent-fit";
import { findBlockSizeProblem, findSizeProblem } from "../disk/rules/sizes";
import { type SpecialChanges, checkSizeChange, diffDisk } from "./disk-diff";
import { type DiskKind, createDisk, deleteDisk, listDifferingValues, readDisk, updateDisk } from "./disk-lifecycle";
import { type DiskRecord, parseDiskRecord } from "./disk-outputs";
import {
  byteCountSchema,
  declaredFormat,
  existingDiskPathSchema,
  flagSchema,
  newDiskPathSchema,
} from "./input-schemas";
import { FailureList, parseInputs, parseKnown } from "./inputs";
import type { CheckResult, Properties, ResourceLifecycle } from "./resource";
import { isUnknown } from "./unknown";

/** The sector size while the parent's is not known; every other one is a multiple of it. */
const SMALLEST_SECTOR_SIZE_BYTES = 512;

function schemaFor(style: PathStyle) {
  return z.object({
    path: newDiskPathSchema(style),
    parentPath: existingDiskPathSchema(style),
    sizeBytes: byteCountSchema.optional(),
    blockSizeBytes: byteCountSchema.optional(),
    adopt: flagSchema.optional(),
  });
}

type Inputs = z.output<ReturnType<typeof schemaFor>>;

const kind: DiskKind<Inputs> = {
  optionalNames: ["sizeBytes", "blockSizeBytes"],
  parse: (backend, inputs) => parseInputs(schemaFor(backend.pathStyle), inputs, String(inputs["path"])),
  toRequest({ path, parentPath, sizeBytes, blockSizeBytes }): CreateDiskRequest {
    return { type: "differencing", format: formatOfPath(path) ?? "vhdx", path, parentPath, sizeBytes, blockSizeBytes };
  },
  async listDifferences(backend, inputs, disk): Promise<string[]> {
    const { sizeBytes, blockSizeBytes } = inputs;
    const differences = listDifferingValues({ type: "differencing", sizeBytes, blockSizeBytes }, disk);
    if (differences.length > 0) {
      return differences;
    }
    const [, parent] = await backend.readChain(inputs.path);
    return parent !== undefined && isSamePath(backend.pathStyle, parent.path, inputs.parentPath)
      ? []
      : [`its parent is ${parent?.path ?? "missing"}, declared is ${inputs.parentPath}`];
  },
  async extraOutputs(backend, disk, recorded): Promise<Properties> {
    const { parentDiskId } = parseDiskRecord({ ...recorded, path: disk.path });
    return {
      parentPath: settleParentPath(backend, disk, recorded),
      __parentDiskId: parentDiskId ?? (await readParentDiskId(backend, disk)),
    };
  },
  observedInputs: ({ path, parentPath }) => ({ path, parentPath }),
  async bringUpToDate(backend, target, olds, inputs): Promise<boolean> {
    if (isSamePath(backend.pathStyle, String(olds["parentPath"]), inputs.parentPath)) {
      return false;
    }
    await backend.setParent(target, inputs.parentPath);
    return true;
  },
};

/** The life of a `DifferencingDisk`. */
export const differencingDiskLifecycle: ResourceLifecycle = {
  async check(backend, olds, news): Promise<CheckResult> {
    const { known, failures } = parseKnown(schemaFor(backend.pathStyle), news);
    const list = new FailureList(failures);
    checkTogether(list, olds, known);
    if (list.failures.length === 0 && known.parentPath !== undefined && known.parentPath !== olds["parentPath"]) {
      await checkAgainstParent(list, backend, { ...known, parentPath: known.parentPath });
    }
    return { inputs: news, failures: list.failures };
  },
  async diff(backend, olds, news, preview) {
    return diffDisk(backend, olds, news, ["blockSizeBytes"], await compareParents(backend, olds, news, preview));
  },
  create: (backend, inputs) => createDisk(kind, backend, inputs),
  read: (backend, id, recorded) => readDisk(kind, backend, id, recorded),
  update: (backend, _id, olds, news) => updateDisk(kind, backend, olds, news),
  delete: (backend, _id, recorded) => deleteDisk(backend, recorded),
};

function checkTogether(list: FailureList, olds: Properties, known: Partial<Inputs>): void {
  const format = declaredFormat(known.path);
  const parentFormat = declaredFormat(known.parentPath);
  if (format !== undefined && parentFormat !== undefined) {
    list.addProblem(findFormatProblem(format, parentFormat));
  }
  if (format !== undefined && known.sizeBytes !== undefined) {
    list.addProblem(findSizeProblem(format, known.sizeBytes, SMALLEST_SECTOR_SIZE_BYTES));
  }
  if (format !== undefined && known.blockSizeBytes !== undefined) {
    list.addProblem(findBlockSizeProblem(format, known.blockSizeBytes));
  }
  if (known.parentPath === olds["parentPath"]) {
    checkSizeChange(list, olds, known.sizeBytes, known.path);
  }
}

/** Looks at a parent that is new to the resource. One that does not exist may be made by the same program. */
async function checkAgainstParent(
  list: FailureList,
  backend: DiskBackend,
  inputs: Partial<Inputs> & { readonly parentPath: string },
): Promise<void> {
  if (inputs.path !== undefined && isSamePath(backend.pathStyle, inputs.path, inputs.parentPath)) {
    list.add("parentPath", "A disk cannot be its own parent.");
    return;
  }
  let parent: VirtualDiskInfo;
  try {
    parent = await backend.inspectDisk(inputs.parentPath);
  } catch (error) {
    if (isDiskError(error, "CorruptImage") || isDiskError(error, "UnsupportedImage")) {
      list.add("parentPath", error.message);
    }
    return;
  }
  const { sizeBytes } = inputs;
  if (sizeBytes !== undefined) {
    list.addProblem(findChildSizeProblem(sizeBytes, parent));
  }
}

/** The one question that a diff asks the host: is the parent at the new path the recorded one, or another disk? */
async function compareParents(
  backend: DiskBackend,
  olds: Properties,
  news: Properties,
  preview: boolean,
): Promise<SpecialChanges> {
  const { parentPath } = news;
  if (isUnknown(parentPath) || typeof parentPath !== "string") {
    // Pulumi relies on this to replace a child when it replaces the parent.
    return { changes: true, replaces: ["parentPath"] };
  }
  if (isSamePath(backend.pathStyle, String(olds["parentPath"]), parentPath)) {
    return { changes: false, replaces: [] };
  }
  const replaces = (await isAnotherParent(backend, olds, parentPath, preview)) ? ["parentPath"] : [];
  return { changes: true, replaces };
}

async function isAnotherParent(
  backend: DiskBackend,
  olds: Properties,
  parentPath: string,
  preview: boolean,
): Promise<boolean> {
  try {
    const [parent] = await backend.readChain(parentPath);
    return parent !== undefined && hasOtherIdentity(parseDiskRecord(olds), parent);
  } catch (error) {
    if (!isDiskError(error, "NotFound")) {
      throw error;
    }
    if (preview) {
      // To be made by the same program: whatever it will be, it is not the recorded parent.
      return true;
    }
    // A replacement would delete the child first, and then fail for want of a parent.
    throw new DiskError("ParentNotFound", {
      what: "there is no disk at the new parentPath",
      subject: parentPath,
      facts: { child: String(olds["path"]) },
      remedy: "Nothing was changed. Correct parentPath, or create the parent first (parentPath: parent.path).",
      cause: error,
    });
  }
}

/**
 * A host that does not tell what children record of a disk may still tell the disk's own id. Where neither is known, the
 * parent counts as the same: the host itself refuses to point a child at another one.
 */
function hasOtherIdentity(record: DiskRecord, parent: VirtualDiskInfo): boolean {
  if (parent.linkageId !== undefined) {
    return !record.parentLinkageIds.includes(parent.linkageId);
  }
  const { diskId } = parent.identity;
  return diskId !== undefined && record.parentDiskId !== undefined && diskId !== record.parentDiskId;
}

async function readParentDiskId(backend: DiskBackend, disk: VirtualDiskInfo): Promise<string | undefined> {
  const parentPath = disk.parent?.resolvedPath;
  if (parentPath === undefined || !DISK_FORMATS[disk.format].changesLinkageId) {
    // What children record is the id of the disk itself.
    return undefined;
  }
  try {
    return (await backend.inspectDisk(parentPath)).identity.diskId;
  } catch {
    // It can be asked for again with the next refresh.
    return undefined;
  }
}

function settleParentPath(backend: DiskBackend, disk: VirtualDiskInfo, recorded: Properties): string | undefined {
  const resolvedPath = disk.parent?.resolvedPath;
  const recordedPath = recorded["parentPath"];
  if (typeof recordedPath !== "string") {
    return resolvedPath ?? disk.parent?.paths.find((entry) => entry.kind === "absolute")?.path;
  }
  // The program's own spelling stays while it means the same place, so that refreshing shows no difference.
  return resolvedPath === undefined || isSamePath(backend.pathStyle, resolvedPath, recordedPath)
    ? recordedPath
    : resolvedPath;
}
