import type {
  AdoptedDisk,
  ChangeBatch,
  ChangeQuery,
  ChangeStream,
  CreateDiskRequest,
  DiskBackend,
  DiskStep,
  DiskTarget,
} from "../../provider/disk/backend";
import type { VirtualDiskInfo } from "../../provider/disk/disk";
import type { Place } from "../../provider/disk/host";
import { DiskError } from "../../provider/disk/errors";
import { assertSameDisk } from "../../provider/disk/identity";

const MIB = 1024 * 1024;

/**
 * A backend that keeps descriptions of disks in memory, for tests of what stands above the port. It
 * keeps a list of what it was asked, and fails a method once when told to.
 */
export class FakeBackend implements DiskBackend {
  readonly pathStyle = "posix";
  readonly disks = new Map<string, VirtualDiskInfo>();
  /** Where a disk is that is no longer at its path. */
  readonly located = new Map<string, string>();
  /** What is special about a place, by path. */
  readonly places = new Map<string, Partial<Place>>();
  /** How many bytes of content a disk holds, by path; none unless said. */
  readonly dataLengths = new Map<string, number>();
  /** For whom a disk was made, by its id. */
  readonly owners = new Map<string, string>();
  /** The marks of adopted disks, by id. */
  readonly adoptions = new Map<string, string>();
  /** `method path` for each call, in order. */
  readonly calls: string[] = [];
  /** Batches that answer the next change query. */
  batches: readonly ChangeBatch[] = [];
  fingerprint = "one";
  readonly #failures = new Map<string, DiskError>();
  #nextId = 1;
  #nextAdoption = 1;

  /** Makes the next call of a method throw. */
  failNext(method: keyof DiskBackend, error: DiskError): void {
    this.#failures.set(method, error);
  }

  inspectDisk(path: string): Promise<VirtualDiskInfo> {
    return this.#call("inspectDisk", path, () => this.#find(path));
  }

  readChain(path: string): Promise<readonly VirtualDiskInfo[]> {
    return this.#call("readChain", path, () => {
      const chain = [this.#find(path)];
      for (let parent = chain[0]?.parent; parent !== undefined; parent = chain.at(-1)?.parent) {
        chain.push(this.#find(parent.resolvedPath ?? ""));
      }
      return chain;
    });
  }

  createDisk(request: CreateDiskRequest): Promise<VirtualDiskInfo> {
    return this.#call("createDisk", request.path, () => {
      if (this.disks.has(request.path)) {
        throw new DiskError("AlreadyExists", { what: "taken", subject: request.path });
      }
      const disk = this.put(request);
      this.owners.set(idOf(disk), request.owner ?? "");
      return disk;
    });
  }

  growDisk(target: DiskTarget, sizeBytes: number): Promise<VirtualDiskInfo> {
    return this.#call("growDisk", target.path, () =>
      this.#replace({ ...this.#prove(target), sizeBytes }),
    );
  }

  setParent(target: DiskTarget, parentPath: string): Promise<VirtualDiskInfo> {
    return this.#call("setParent", target.path, () => {
      const disk = this.#prove(target);
      const linkageIds = disk.parent?.linkageIds ?? [];
      return this.#replace({
        ...disk,
        parent: { linkageIds, paths: [], resolvedPath: parentPath },
      });
    });
  }

  moveDisk(target: DiskTarget, newPath: string): Promise<VirtualDiskInfo> {
    return this.#call("moveDisk", target.path, () => {
      const disk = this.#prove(target);
      this.disks.delete(target.path);
      return this.#replace({ ...disk, path: newPath });
    });
  }

  deleteDisk(target: DiskTarget): Promise<void> {
    return this.#call("deleteDisk", target.path, () => {
      if (this.disks.has(target.path)) {
        const mark = this.adoptions.get(idOf(this.#prove(target)));
        if (mark === undefined || mark === target.adoptionId) {
          this.disks.delete(target.path);
        }
      }
    });
  }

  queryChanges(query: ChangeQuery): Promise<ChangeStream> {
    return this.#call("queryChanges", query.path, () => {
      const { sizeBytes } = this.#find(query.path);
      const offsetBytes = query.offsetBytes ?? 0;
      const window = { offsetBytes, lengthBytes: query.lengthBytes ?? sizeBytes - offsetBytes };
      const { path } = query;
      const batches = this.#stream(this.batches, offsetBytes);
      return {
        path,
        sizeBytes,
        sectorSizeBytes: 512,
        window,
        fingerprint: this.fingerprint,
        batches,
      };
    });
  }

  locateDisk(target: DiskTarget): Promise<string | undefined> {
    return this.#call("locateDisk", target.path, () => {
      const disk = this.disks.get(target.path);
      if (disk !== undefined) {
        assertSameDisk(target.path, target.identity, disk.identity);
      }
      return disk?.path ?? this.located.get(target.path);
    });
  }

  adoptDisk(path: string): Promise<AdoptedDisk> {
    return this.#call("adoptDisk", path, () => {
      const disk = this.#find(path);
      const adoptionId = `mark-${this.#nextAdoption}`;
      this.#nextAdoption += 1;
      this.adoptions.set(idOf(disk), adoptionId);
      return { disk, adoptionId };
    });
  }

  readAdoption(path: string): Promise<string | undefined> {
    return this.#call("readAdoption", path, () => this.adoptions.get(idOf(this.#find(path))));
  }

  examinePlace(path: string): Promise<Place> {
    return this.#call("examinePlace", path, () => ({
      key: path,
      folder: path.slice(0, path.lastIndexOf("/")),
      hasFolder: true,
      isTaken: this.disks.has(path),
      ...this.places.get(path),
    }));
  }

  measureData(path: string): Promise<number> {
    return this.#call("measureData", path, () => {
      this.#find(path);
      return this.dataLengths.get(path) ?? 0;
    });
  }

  rehearse(step: DiskStep): Promise<void> {
    const path = step.kind === "make child" ? step.parentPath : step.path;
    return this.#call("rehearse", path, () => undefined);
  }

  isOwn(path: string, owner: string): Promise<boolean> {
    return this.#call("isOwn", path, () => {
      const id = idOf(this.#find(path));
      return this.owners.get(id) === owner && !this.adoptions.has(id);
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Makes a disk without being asked through the port. */
  put(request: CreateDiskRequest): VirtualDiskInfo {
    const id = `id-${this.#nextId}`;
    this.#nextId += 1;
    const parent = request.type === "differencing" ? this.#find(request.parentPath) : undefined;
    return this.#replace({
      path: request.path,
      format: request.format,
      type: request.type,
      sizeBytes: request.sizeBytes ?? parent?.sizeBytes ?? 0,
      fileSizeBytes: 4 * MIB,
      blockSizeBytes: request.blockSizeBytes ?? 2 * MIB,
      logicalSectorSizeBytes: 512,
      physicalSectorSizeBytes: 4096,
      // A host says of all its disks what children record, or of none.
      ...(parent !== undefined && parent.linkageId === undefined
        ? {}
        : { linkageId: `linkage-${id}` }),
      identity: {
        format: request.format,
        diskId: id,
        creationId: `creation-${id}`,
        fileId: `file-${id}`,
      },
      ...(parent === undefined
        ? {}
        : {
            parent: {
              linkageIds: parent.linkageId === undefined ? [] : [parent.linkageId],
              paths: [],
              resolvedPath: parent.path,
            },
          }),
    });
  }

  #replace(disk: VirtualDiskInfo): VirtualDiskInfo {
    this.disks.set(disk.path, disk);
    return disk;
  }

  #find(path: string): VirtualDiskInfo {
    const disk = this.disks.get(path);
    if (disk === undefined) {
      throw new DiskError("NotFound", { what: "there is no such disk", subject: path });
    }
    return disk;
  }

  #prove(target: DiskTarget): VirtualDiskInfo {
    const disk = this.#find(target.path);
    assertSameDisk(target.path, target.identity, disk.identity);
    return disk;
  }

  async #call<T>(method: keyof DiskBackend, path: string, action: () => T): Promise<T> {
    this.calls.push(`${method} ${path}`);
    const failure = this.#failures.get(method);
    this.#failures.delete(method);
    if (failure !== undefined) {
      throw failure;
    }
    return Promise.resolve(action());
  }

  async *#stream(
    batches: readonly ChangeBatch[],
    offsetBytes: number,
  ): AsyncGenerator<ChangeBatch, void, undefined> {
    for (const batch of batches) {
      const ranges = batch.ranges.filter((range) => range.offsetBytes >= offsetBytes);
      yield await Promise.resolve({ ...batch, ranges });
    }
  }
}

/** What a fake disk is known by. */
export function idOf({ identity }: VirtualDiskInfo): string {
  return identity.diskId ?? "";
}
