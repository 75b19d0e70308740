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
import { isDiskError } from "../disk/errors";
import type { Place } from "../disk/host";
import { pathKey } from "../disk/host-path";
import { assertSameDisk } from "../disk/identity";
import { type Claims, Turns } from "../disk/turns";
import { createImage } from "./create-image";
import { queryImageChanges } from "./change-query";
import { LOCAL_PATH_STYLE, describeChain, inspectFile, openDiskChain } from "./disk-files";
import { examinePlace, measureData } from "./examine";
import { deleteImage, growImage, moveImage, setImageParent } from "./modify-image";

/** What can be set about the embedded backend. */
export interface EmbeddedBackendOptions {
  /** Folders searched for children of a disk, besides its own, before it is deleted, moved or resized. */
  readonly searchFolders?: readonly string[];
}

/**
 * Makes the backend that works on plain files of this machine with this package's own engine. It runs on any operating
 * system and needs no hypervisor.
 */
export function createEmbeddedBackend(options: EmbeddedBackendOptions = {}): DiskBackend {
  return new EmbeddedBackend(options.searchFolders ?? []);
}

/**
 * The turns, the order of steps and nothing else: what is done to a file stands in create-image.ts, modify-image.ts and
 * change-query.ts, and how files are opened and identified in disk-files.ts.
 */
class EmbeddedBackend implements DiskBackend {
  readonly pathStyle = LOCAL_PATH_STYLE;
  readonly #turns = new Turns();

  constructor(readonly searchFolders: readonly string[]) {}

  inspectDisk(path: string): Promise<VirtualDiskInfo> {
    return inspectFile(path);
  }

  async readChain(path: string): Promise<readonly VirtualDiskInfo[]> {
    const chain = await openDiskChain(path);
    try {
      return await describeChain(chain);
    } finally {
      await chain.close();
    }
  }

  createDisk(request: CreateDiskRequest): Promise<VirtualDiskInfo> {
    const shared = request.type === "differencing" ? [request.parentPath] : [];
    return this.#inTurn({ exclusive: [request.path], shared }, async () => {
      await createImage(request);
      return inspectFile(request.path);
    });
  }

  growDisk(target: DiskTarget, sizeBytes: number): Promise<VirtualDiskInfo> {
    return this.#inTurn({ exclusive: [target.path] }, async () => {
      await growImage(target, sizeBytes, this.searchFolders);
      return inspectFile(target.path);
    });
  }

  setParent(target: DiskTarget, parentPath: string): Promise<VirtualDiskInfo> {
    return this.#inTurn({ exclusive: [target.path], shared: [parentPath] }, async () => {
      await setImageParent(target, parentPath);
      return inspectFile(target.path);
    });
  }

  moveDisk(target: DiskTarget, newPath: string): Promise<VirtualDiskInfo> {
    return this.#inTurn({ exclusive: [target.path, newPath] }, async () => {
      await moveImage(target, newPath, this.searchFolders);
      return inspectFile(newPath);
    });
  }

  async deleteDisk(target: DiskTarget): Promise<void> {
    await this.#inTurn({ exclusive: [target.path] }, () => deleteImage(target, this.searchFolders));
  }

  queryChanges(query: ChangeQuery): Promise<ChangeStream> {
    return queryImageChanges(query);
  }

  async locateDisk(target: DiskTarget): Promise<string | undefined> {
    try {
      const { identity } = await inspectFile(target.path);
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
    return { disk: await inspectFile(path), adoptionId: randomUUID() };
  }

  examinePlace(path: string): Promise<Place> {
    return examinePlace(path);
  }

  measureData(path: string): Promise<number> {
    return measureData(path);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Pulumi runs many resources at once, and only knows the order of those that depend on each other. */
  #inTurn<T>({ exclusive, shared = [] }: Claims, work: () => Promise<T>): Promise<T> {
    const toKey = (path: string): string => pathKey(LOCAL_PATH_STYLE, path);
    return this.#turns.take({ exclusive: exclusive.map(toKey), shared: shared.map(toKey) }, work);
  }
}
