import type { CreateDiskRequest } from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import { assertFitsParent } from "../disk/rules/parent-fit";
import { DiskError, isDiskError } from "../disk/errors";
import type { DiskHost, HostFile } from "../disk/host";
import { DISK_FORMATS } from "../disk/formats";
import { folderOf, formatOfPath, isSamePath } from "../disk/host-path";
import type { Guard } from "./guarded-backend";
import { changedMeanwhile, proveParent } from "./parent";

/**
 * Makes a disk, or recognises the one that an earlier run of the same resource made before it was
 * cut off.
 *
 * @throws the codes of `DiskBackend.createDisk`
 */
export async function createDisk<File extends HostFile>(
  guard: Guard<File>,
  request: CreateDiskRequest,
): Promise<VirtualDiskInfo> {
  assertExtension(request);
  return guard.locks.run([request.path], async () => {
    const [parent] =
      request.type === "differencing"
        ? await proveParent(guard, request.parentPath, request.path)
        : [];
    if (request.type === "differencing" && parent !== undefined) {
      assertFitsParent(request, parent);
    }
    if (request.createFolder === true) {
      await guard.host.makeFolder(folderOf(guard.host.pathStyle, request.path));
    }
    return makeDisk(guard, request, parent);
  });
}

/** Every reader goes by content, every person by the name. */
function assertExtension({ path, format }: CreateDiskRequest): void {
  if (formatOfPath(path) !== format) {
    const { name, extension } = DISK_FORMATS[format];
    throw new DiskError("InvalidInput", {
      what: `the extension of the path is not that of a ${name}`,
      subject: path,
      remedy: `Nothing was written. The path must end with ${extension}.`,
    });
  }
}

async function makeDisk<File extends HostFile>(
  guard: Guard<File>,
  request: CreateDiskRequest,
  parent: VirtualDiskInfo | undefined,
): Promise<VirtualDiskInfo> {
  try {
    await makeBeside(guard, request, parent);
  } catch (error) {
    if (!isDiskError(error, "AlreadyExists") || request.owner === undefined) {
      throw error;
    }
    return recogniseOwn(guard, request, request.owner, error);
  }
  const disk = await guard.host.describe(request.path);
  if (parent !== undefined && !(await hasParent(guard.host, disk, parent))) {
    const reason: unknown = await guard.host
      .describeChain(request.path)
      .catch((error: unknown) => error);
    await guard.host.remove(await guard.host.identify(request.path));
    throw isDiskError(reason, "AccessDenied")
      ? reason
      : changedMeanwhile(parent.path, { child: request.path }, reason);
  }
  return disk;
}

async function makeBeside<File extends HostFile>(
  { host, newChildren }: Guard<File>,
  request: CreateDiskRequest,
  parent: VirtualDiskInfo | undefined,
): Promise<void> {
  if (parent === undefined) {
    await host.make(request, undefined, (publish) => publish());
    return;
  }
  await host.make(request, parent, (publish) => newChildren.publish(parent, request.path, publish));
}

/**
 * Goes on with a disk that an earlier run made for the same owner, if it is what is asked for now.
 *
 * @param taken the error for a path that is taken
 */
async function recogniseOwn<File extends HostFile>(
  { host }: Guard<File>,
  request: CreateDiskRequest,
  owner: string,
  taken: DiskError,
): Promise<VirtualDiskInfo> {
  const disk = await findOwn(host, request.path, owner).catch((error: unknown) => {
    throw notRecognised(taken, error);
  });
  if (disk === undefined) {
    throw taken;
  }
  const differences = await listDifferences(host, request, disk);
  if (differences.length > 0) {
    throw new DiskError("AlreadyExists", {
      what:
        "an earlier run of this resource created a disk here that does not match the declared " +
        `inputs: ${differences.join("; ")}`,
      subject: request.path,
      remedy:
        "Nothing was changed. Declare the disk as it is, or delete the file if nothing in it is " +
        "needed.",
      cause: taken,
    });
  }
  await host.finishRemoval(request.path, disk.identity);
  return disk;
}

/** The error for a path that is taken by what cannot be read, which says why not. */
function notRecognised(taken: DiskError, error: unknown): unknown {
  return isDiskError(error)
    ? new DiskError(taken.code, {
        ...taken.details,
        facts: { ...taken.details.facts, "cannot be read": error.details.what },
        cause: error,
      })
    : error;
}

/**
 * Describes a disk that was made for an owner. One that was adopted since belongs to its adopter,
 * who may delete it. One that was written to since is in use: by a stack of the same name, kept
 * elsewhere, for all that can be known.
 *
 * @returns `undefined` for any other disk
 */
export async function findOwn<File extends HostFile>(
  host: DiskHost<File>,
  path: string,
  owner: string,
): Promise<VirtualDiskInfo | undefined> {
  const disk = await host.describe(path);
  if (!host.wasMadeFor(disk, owner)) {
    return undefined;
  }
  const { adoptionId } = await host.readNotes(await host.identify(path));
  return adoptionId === undefined && (await host.isBlank(disk)) ? disk : undefined;
}

/** In which ways a disk is not what was asked for, as clauses. */
async function listDifferences(
  host: DiskHost,
  request: CreateDiskRequest,
  disk: VirtualDiskInfo,
): Promise<readonly string[]> {
  const names = [
    "format",
    "type",
    "sizeBytes",
    "blockSizeBytes",
    "logicalSectorSizeBytes",
    "physicalSectorSizeBytes",
  ] as const;
  const asked: Partial<VirtualDiskInfo> = request as Partial<VirtualDiskInfo>;
  const differences = names
    .filter((name) => asked[name] !== undefined && asked[name] !== disk[name])
    .map((name) => `${name} is ${disk[name]}, but ${String(asked[name])} is declared`);
  if (
    request.type === "differencing" &&
    !(await leadsTo(host, request.parentPath, disk.parent?.resolvedPath))
  ) {
    differences.push(
      `its parent is ${disk.parent?.resolvedPath ?? "missing"}, but ${request.parentPath} is ` +
        "declared",
    );
  }
  return differences;
}

/** Whether a child that was made just now depends on the parent it was made over. */
async function hasParent(
  host: DiskHost,
  child: VirtualDiskInfo,
  parent: VirtualDiskInfo,
): Promise<boolean> {
  return leadsTo(host, parent.path, child.parent?.resolvedPath);
}

async function leadsTo<File extends HostFile>(
  host: DiskHost<File>,
  path: string,
  otherPath: string | undefined,
): Promise<boolean> {
  if (otherPath === undefined || isSamePath(host.pathStyle, path, otherPath)) {
    return otherPath !== undefined;
  }
  return host.isSameFile(otherPath, (await host.identify(path)).file);
}
