import { randomUUID } from "node:crypto";
import type {
  AdoptedDisk,
  ChangeQuery,
  ChangeStream,
  CreateDiskRequest,
  DiskBackend,
  DiskTarget,
} from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import { DiskError, isDiskError } from "../disk/errors";
import type { Place } from "../disk/host";
import { folderOf, formatOfPath, pathKey } from "../disk/host-path";
import { assertSameDisk } from "../disk/identity";
import { type TrackedDisk, openChangeQuery } from "./disks/change-query";
import { ChildSearch } from "./disks/children";
import type { CimSession } from "./cim/cim-session";
import { checkParent, createDisk } from "./disks/create-disk";
import type { HostDisks } from "./disks/host-disks";
import { HostFiles, assertDrivePath } from "./disks/host-files";
import { parseHostPath } from "./disks/host-path-input";
import type { ImageService } from "./service/image-service";
import { type JobHost, type JobHostOptions, createJobHost } from "./service/job-host";
import { deleteDisk, growDisk, moveDisk, setParent } from "./disks/modify-disk";
import { observeDisk } from "./disks/observe-disk";
import { openImageService } from "./service/open-service";
import { inspectDisk, readChain } from "./disks/read-chain";
import { SharedAnswers, Turns } from "../disk/turns";

/** What can be set about the Hyper-V backend. Everything has a default. */
export interface HypervBackendOptions extends JobHostOptions {
  /** Folders searched for children of a disk, besides its own, before it is deleted, moved or resized. */
  readonly searchFolders?: readonly string[] | undefined;
  /** How much of a disk one request for changes covers at most. 64 GiB by default. */
  readonly changeChunkBytes?: number | undefined;
}

const CHANGE_CHUNK_BYTES = 64 * 1024 ** 3;

/**
 * Makes the backend that has a Hyper-V host do the work. Nothing is sent before the first method is called.
 *
 * @param session is owned by the backend from here on and closed with it
 */
export function createHypervBackend(session: CimSession, options: HypervBackendOptions = {}): DiskBackend {
  return new HypervBackend(createJobHost(session, options), options);
}

/**
 * The checks of what callers pass, the order of steps, and nothing else: what is done to a disk stands in create-disk.ts,
 * modify-disk.ts and change-query.ts, how disks are recognised in observe-disk.ts.
 */
class HypervBackend implements DiskBackend {
  readonly pathStyle = "win32";
  readonly #disks: HostDisks;
  readonly #children: ChildSearch;
  readonly #changeChunkBytes: number;
  readonly #turns = new Turns();
  readonly #makingTurns = new Turns();
  readonly #parents = new SharedAnswers<readonly VirtualDiskInfo[]>();
  #service: Promise<ImageService> | undefined;

  constructor(host: JobHost, options: HypervBackendOptions) {
    this.#disks = { host, files: new HostFiles(host), openService: () => this.#openService(host) };
    this.#children = new ChildSearch(this.#disks, (options.searchFolders ?? []).map(parseHostPath));
    this.#changeChunkBytes = options.changeChunkBytes ?? CHANGE_CHUNK_BYTES;
  }

  async inspectDisk(path: string): Promise<VirtualDiskInfo> {
    return inspectDisk(this.#disks, parseHostPath(path));
  }

  async readChain(path: string): Promise<readonly VirtualDiskInfo[]> {
    return readChain(this.#disks, parseHostPath(path));
  }

  async createDisk(given: CreateDiskRequest): Promise<VirtualDiskInfo> {
    const request = parseRequest(given);
    if (request.type !== "differencing") {
      return this.#change([request.path], [], () => createDisk(this.#disks, request, (make) => make()));
    }
    await checkParent(this.#disks, request, this.#parents);
    // Two children cannot be made over one parent at once: the host opens the parent for itself for a moment.
    const claims = { exclusive: [pathKey("win32", request.parentPath)] };
    return this.#change([request.path], [request.parentPath], () =>
      createDisk(this.#disks, request, (make) => this.#makingTurns.take(claims, make)),
    );
  }

  async growDisk(given: DiskTarget, sizeBytes: number): Promise<VirtualDiskInfo> {
    const target = parseTarget(given);
    return this.#change([target.path], [], () => growDisk(this.#disks, this.#children, target, sizeBytes));
  }

  async setParent(given: DiskTarget, givenParentPath: string): Promise<VirtualDiskInfo> {
    const target = parseTarget(given);
    const parentPath = parseHostPath(givenParentPath);
    return this.#change([target.path], [parentPath], () => setParent(this.#disks, target, parentPath));
  }

  async moveDisk(given: DiskTarget, givenPath: string): Promise<VirtualDiskInfo> {
    const target = parseTarget(given);
    const newPath = parseHostPath(givenPath);
    assertDrivePath(newPath);
    return this.#change([target.path, newPath], [], () => moveDisk(this.#disks, this.#children, target, newPath));
  }

  async deleteDisk(given: DiskTarget): Promise<void> {
    const target = parseTarget(given);
    await this.#change([target.path], [], () => deleteDisk(this.#disks, this.#children, target));
  }

  async queryChanges(query: ChangeQuery): Promise<ChangeStream> {
    const { baseline } = query;
    if (baseline.kind !== "limitId") {
      throw noOfflineBaseline(query);
    }
    const path = parseHostPath(query.path);
    const disk = await this.#observeTracked(path);
    const service = await this.#disks.openService();
    return openChangeQuery(service, disk, { ...query, path, baseline }, this.#changeChunkBytes);
  }

  async locateDisk(target: DiskTarget): Promise<string | undefined> {
    try {
      const { identity } = await this.inspectDisk(target.path);
      assertSameDisk(target.path, target.identity, identity);
      return target.path;
    } catch (error) {
      if (isDiskError(error, "NotFound")) {
        return undefined;
      }
      throw error;
    }
  }

  async adoptDisk(path: string): Promise<AdoptedDisk> {
    return { disk: await this.inspectDisk(path), adoptionId: randomUUID() };
  }

  async examinePlace(given: string): Promise<Place> {
    const path = parseHostPath(given);
    const folder = folderOf("win32", path);
    const [hasFolder, file] = await Promise.all([this.#disks.files.hasFolder(folder), this.#disks.files.find(path)]);
    return { key: pathKey("win32", path), folder, hasFolder, isTaken: file !== undefined };
  }

  async measureData(path: string): Promise<number> {
    return (await this.inspectDisk(path)).fileSizeBytes;
  }

  close(): Promise<void> {
    return this.#disks.host.session.close();
  }

  async #observeTracked(path: string): Promise<TrackedDisk> {
    const { settings, file } = await observeDisk(this.#disks, path);
    return {
      path: settings.path,
      sizeBytes: settings.sizeBytes,
      sectorSizeBytes: settings.logicalSectorSizeBytes,
      identityText: `${settings.diskId ?? ""}|${file?.fileId ?? ""}`,
    };
  }

  /** @param paths of disks that are changed; @param parents of disks that only must stay as they are */
  #change<T>(paths: readonly string[], parents: readonly string[], work: () => Promise<T>): Promise<T> {
    const [exclusive, shared] = [paths, parents].map((each) => each.map((path) => pathKey("win32", path)));
    return this.#turns.take({ exclusive: exclusive ?? [], shared: shared ?? [] }, work);
  }

  #openService(host: JobHost): Promise<ImageService> {
    this.#service ??= openImageService(host).catch((error: unknown) => {
      // The next method asks again: what kept the service away may have been mended.
      this.#service = undefined;
      throw error;
    });
    return this.#service;
  }
}

function parseTarget(target: DiskTarget): DiskTarget {
  const path = parseHostPath(target.path);
  assertDrivePath(path);
  return { ...target, path };
}

function parseRequest(request: CreateDiskRequest): CreateDiskRequest {
  const path = parseHostPath(request.path);
  assertDrivePath(path);
  if (formatOfPath(path) !== request.format) {
    throw new DiskError("InvalidInput", {
      what: `the extension of the path does not say that the disk is a ${request.format.toUpperCase()}`,
      subject: path,
      remedy: `Nothing was written. Let the path end with .${request.format}.`,
    });
  }
  return request.type === "differencing"
    ? { ...request, path, parentPath: parseHostPath(request.parentPath) }
    : { ...request, path };
}

function noOfflineBaseline(query: ChangeQuery): DiskError {
  return new DiskError("NotSupported", {
    what: "a Hyper-V host tells changes since a limit id only, not against a parent",
    subject: query.path,
    facts: query.baseline.kind === "ancestor" ? { ancestorPath: query.baseline.path } : {},
    remedy:
      "Pass the limitId of a ReferencePoint, or ask the embedded backend where the files can be read (vhd:backend embedded).",
  });
}
