import { randomUUID } from "node:crypto";
import type { ChangeQuery, ChangeStream, CreateDiskRequest } from "../../disk/backend";
import type { DiskFormat, VirtualDiskInfo } from "../../disk/disk";
import { DiskError } from "../../disk/errors";
import type { DiskHost, IdentifiedDisk, ImagesNear, Place, DiskNotes } from "../../disk/host";
import { fileNameOf, folderOf, isSamePath, pathKey } from "../../disk/host-path";
import { SingleFlight } from "../../disk/sync/single-flight";
import type { ImageService } from "../service/image-service";
import type { JobHost } from "../service/job-host";
import { type MachineDisk, listMachineDisks } from "../service/machine-disks";
import { openImageService } from "../service/open-service";
import { noOfflineBaseline, openChangeQuery } from "./change-query";
import { removeDisk, removeSidecars, renameDisk, resizeDisk, writeParent } from "./change-disk";
import { type HostDisks, Recently } from "./host-disks";
import { HostFiles, isDrivePath } from "./host-files";
import { parseHostPath, volumeOf } from "./host-path-input";
import { type HypervFile, identifyDisk } from "./identify-disk";
import { ImageSearch } from "./images-near";
import { listMachineChildren } from "./machine-children";
import { makeDisk } from "./make-disk";
import { estimateData } from "./measure-data";
import { observeDisk } from "./observe-disk";
import { isOwnId } from "./own-id";
import { inspectDisk, readChain } from "./read-chain";
import { leadsTo, listMachinesUsing } from "./users";

/** What can be set about the disks of a host. */
export interface HypervHostOptions {
  /** How much of a disk one request for changes covers at most. 64 GiB by default. */
  readonly changeChunkBytes?: number | undefined;
}

const CHANGE_CHUNK_BYTES = 64 * 1024 ** 3;

/**
 * The disks of a Hyper-V host, as guard/ asks for them. Start reading here: this file only hands
 * each question on.
 *
 * observe-disk.ts and read-chain.ts describe, identify-disk.ts recognises, make-disk.ts and
 * change-disk.ts do, users.ts and machine-children.ts ask the settings of the machines,
 * images-near.ts looks through folders.
 */
export class HypervHost implements DiskHost<HypervFile> {
  readonly pathStyle = "win32";
  readonly #disks: HostDisks;
  readonly #images: ImageSearch;
  readonly #machineDisks = new SingleFlight<readonly MachineDisk[]>();
  readonly #made: Recently<VirtualDiskInfo>;
  readonly #configured: Recently<readonly MachineDisk[]>;
  readonly #changeChunkBytes: number;
  #service: Promise<ImageService> | undefined;

  /** @param host is owned by this object from here on and closed with it */
  constructor(
    private readonly host: JobHost,
    options: HypervHostOptions = {},
  ) {
    const now = (): number => host.clock.now();
    this.#disks = {
      host,
      files: new HostFiles(host),
      openService: () => this.#openService(),
      listMachineDisks: () => this.#machineDisks.share("", () => this.#listMachineDisks()),
      recent: new Recently(now),
      looks: new SingleFlight(),
    };
    this.#made = new Recently(now);
    this.#configured = new Recently(now);
    this.#images = new ImageSearch(this.#disks);
    this.#changeChunkBytes = options.changeChunkBytes ?? CHANGE_CHUNK_BYTES;
  }

  /** The last step of making a disk reads it back; that answers the first description after it. */
  async describe(given: string): Promise<VirtualDiskInfo> {
    const path = parseHostPath(given);
    return this.#made.take(path) ?? inspectDisk(this.#disks, path);
  }

  async describeChain(path: string): Promise<readonly VirtualDiskInfo[]> {
    return readChain(this.#disks, parseHostPath(path));
  }

  async identify(path: string): Promise<IdentifiedDisk<HypervFile>> {
    return identifyDisk(this.#disks, parseHostPath(path));
  }

  async examinePlace(given: string): Promise<Place> {
    const path = parseHostPath(given);
    const folder = folderOf("win32", path);
    const [hasFolder, file, isFolder] = await Promise.all([
      this.#disks.files.hasFolder(folder),
      this.#disks.files.find(path),
      this.#disks.files.hasFolder(path),
    ]);
    return {
      key: pathKey("win32", path),
      folder,
      hasFolder,
      volumeId: volumeOf(path),
      isTaken: file !== undefined || isFolder,
    };
  }

  /** Links are not followed: a host says nothing over CIM about where one leads. */
  async placeKey(path: string): Promise<string> {
    return pathKey("win32", parseHostPath(path));
  }

  /**
   * There is no lock over CIM that would end with the process that holds it, and one that outlives
   * a crash would stop every later run. What two programs on one host can do to each other is
   * bounded instead: each step of the host is one request, none replaces a file, the service itself
   * verifies parents, and the ids of a disk are read once more right before it is changed.
   */
  async lock(): Promise<() => Promise<void>> {
    const ends = [this.#disks.recent, this.#made, this.#configured].map((memory) => memory.begin());
    return async () => ends.forEach((end) => end());
  }

  async listUsers(disk: IdentifiedDisk<HypervFile>): Promise<readonly string[]> {
    return listMachinesUsing(this.#disks, disk);
  }

  async listImages(given: string, format: DiskFormat): Promise<readonly ImagesNear[]> {
    return this.#images.list(parseHostPath(given), format);
  }

  /**
   * A path with another last name is not looked at: Windows records and configures disks by their
   * own names.
   */
  async isSameFile(given: string, file: HypervFile): Promise<boolean> {
    const path = parseHostPath(given);
    if (isSamePath("win32", path, file.path)) {
      return true;
    }
    if (fileNameOf(path).toUpperCase() !== fileNameOf(file.path).toUpperCase()) {
      return false;
    }
    return isDrivePath(path) ? leadsTo(this.#disks, path, file.seen) : true;
  }

  async isSecondName(): Promise<boolean> {
    return false;
  }

  wasMadeFor({ type, identity }: VirtualDiskInfo, owner: string): boolean {
    return (
      type !== "differencing" && identity.diskId !== undefined && isOwnId(identity.diskId, owner)
    );
  }

  /**
   * Nothing can be written beside a disk over CIM. The settings of the machines say where children
   * are.
   */
  async readNotes(disk: IdentifiedDisk<HypervFile>): Promise<DiskNotes> {
    const paths = await listMachineChildren(this.#disks, disk);
    return { children: paths.map((path) => ({ path })) };
  }

  async recordChildren(): Promise<void> {
    // See readNotes.
  }

  async findRecordProblem(): Promise<undefined> {
    return undefined;
  }

  async forgetChildren(): Promise<void> {
    // See readNotes.
  }

  async make(
    given: CreateDiskRequest,
    _parent: VirtualDiskInfo | undefined,
    inLock: (publish: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const request = parseRequest(given);
    this.#made.remember(request.path, await makeDisk(this.#disks, request, inLock));
  }

  async makeFolder(given: string): Promise<void> {
    const folder = parseHostPath(given);
    if (!(await this.#disks.files.hasFolder(folder))) {
      throw new DiskError("NotSupported", {
        what: "a folder cannot be created on a Hyper-V host over CIM",
        subject: folder,
        remedy: "Nothing was changed. Create the folder on the host, or set createFolder to false.",
      });
    }
  }

  async rename(
    disk: IdentifiedDisk<HypervFile>,
    newPath: string,
    whileBoth: (moved: IdentifiedDisk<HypervFile>) => Promise<void>,
  ): Promise<void> {
    await renameDisk(this.#disks, disk, parseHostPath(newPath), whileBoth);
  }

  async findMoved(): Promise<string | undefined> {
    return undefined;
  }

  async forgetMove(): Promise<void> {
    // A move is one step and leaves no trace.
  }

  async finishRemoval(path: string): Promise<void> {
    await removeSidecars(this.#disks, parseHostPath(path));
  }

  async remove(disk: IdentifiedDisk<HypervFile>): Promise<void> {
    await removeDisk(this.#disks, disk);
  }

  async writeParent(disk: IdentifiedDisk<HypervFile>, parent: VirtualDiskInfo): Promise<void> {
    await writeParent(this.#disks, disk, parent);
  }

  async resize(disk: IdentifiedDisk<HypervFile>, sizeBytes: number): Promise<void> {
    await resizeDisk(this.#disks, disk, sizeBytes);
  }

  /**
   * A mark cannot be kept: the only id that a host can write is the one by which machines know the
   * disk.
   */
  async markAdopted(): Promise<string> {
    return randomUUID();
  }

  async isFolderEmpty(): Promise<boolean> {
    return false;
  }

  async isBlank(disk: VirtualDiskInfo): Promise<boolean> {
    return estimateData(disk) === 0;
  }

  async measureData(path: string): Promise<number> {
    return estimateData(await this.describe(path));
  }

  async queryChanges(query: ChangeQuery): Promise<ChangeStream> {
    const { baseline } = query;
    if (baseline.kind !== "limitId") {
      throw noOfflineBaseline(query);
    }
    const path = parseHostPath(query.path);
    const { settings, file } = await observeDisk(this.#disks, path);
    const disk = {
      path: settings.path,
      sizeBytes: settings.sizeBytes,
      sectorSizeBytes: settings.logicalSectorSizeBytes,
      identityText: `${settings.diskId ?? ""}|${file?.fileId ?? ""}`,
    };
    return openChangeQuery(
      await this.#openService(),
      disk,
      { ...query, path, baseline },
      this.#changeChunkBytes,
    );
  }

  close(): Promise<void> {
    return this.host.session.close();
  }

  async #listMachineDisks(): Promise<readonly MachineDisk[]> {
    const known = this.#configured.recall("");
    if (known !== undefined) {
      return known;
    }
    const disks = await listMachineDisks(this.host, (await this.#openService()).namespace);
    this.#configured.remember("", disks);
    return disks;
  }

  #openService(): Promise<ImageService> {
    this.#service ??= openImageService(this.host).catch((error: unknown) => {
      // The next request asks again: what kept the service away may be over.
      this.#service = undefined;
      throw error;
    });
    return this.#service;
  }
}

function parseRequest(request: CreateDiskRequest): CreateDiskRequest {
  const path = parseHostPath(request.path);
  return request.type === "differencing"
    ? { ...request, path, parentPath: parseHostPath(request.parentPath) }
    : { ...request, path };
}
