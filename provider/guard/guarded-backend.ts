import type {
  AdoptedDisk,
  ChangeQuery,
  ChangeStream,
  CreateDiskRequest,
  DiskBackend,
  DiskStep,
  DiskTarget,
  MoveOptions,
} from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import type { DiskHost, HostFile, Place } from "../disk/host";
import type { PathStyle } from "../disk/host-path";
import { SingleFlight } from "../disk/sync/single-flight";
import { createDisk, findOwn } from "./create-disk";
import { deleteDisk } from "./delete-disk";
import { ForgottenChildren } from "./forget-children";
import { growDisk } from "./grow-disk";
import { locateDisk } from "./locate-disk";
import { moveDisk } from "./move-disk";
import { NewChildren } from "./new-children";
import { PlaceLocks } from "./place-locks";
import { rehearse } from "./rehearse";
import { setParent } from "./set-parent";

/** What can be set about the proofs. */
export interface GuardOptions {
  /**
   * Full paths of folders searched for children of a disk, besides its own folder and everything
   * below it.
   */
  readonly searchFolders?: readonly string[] | undefined;
}

/** What the flows of this folder share. */
export interface Guard<File extends HostFile = HostFile> {
  readonly host: DiskHost<File>;
  readonly locks: PlaceLocks;
  readonly newChildren: NewChildren<File>;
  readonly forgotten: ForgottenChildren;
  readonly searchFolders: readonly string[];
  /** Lets disks that are made over one parent at the same time share the proof that it is sound. */
  readonly chains: SingleFlight<readonly VirtualDiskInfo[]>;
}

/**
 * Makes a `DiskBackend` over any host: every proof before every step, written once.
 *
 * Start reading here. Each flow has a file (create-disk.ts, grow-disk.ts, set-parent.ts,
 * move-disk.ts, delete-disk.ts), and rehearse.ts looks ahead to them in a preview; proof.ts proves
 * which disk it is and that nobody uses it, children.ts that nobody depends on it, place-locks.ts
 * that nobody else works on it meanwhile. The host behind only sees and does.
 *
 * @param host is owned by the backend from here on and closed with it
 */
export function createGuardedBackend<File extends HostFile>(
  host: DiskHost<File>,
  options: GuardOptions = {},
): DiskBackend {
  const locks = new PlaceLocks(host);
  return new GuardedBackend({
    host,
    locks,
    newChildren: new NewChildren(host, locks),
    forgotten: new ForgottenChildren(host, locks),
    searchFolders: options.searchFolders ?? [],
    chains: new SingleFlight(),
  });
}

class GuardedBackend<File extends HostFile> implements DiskBackend {
  readonly #guard: Guard<File>;

  constructor(guard: Guard<File>) {
    this.#guard = guard;
  }

  get pathStyle(): PathStyle {
    return this.#guard.host.pathStyle;
  }

  inspectDisk(path: string): Promise<VirtualDiskInfo> {
    return this.#guard.host.describe(path);
  }

  readChain(path: string): Promise<readonly VirtualDiskInfo[]> {
    return this.#guard.host.describeChain(path);
  }

  createDisk(request: CreateDiskRequest): Promise<VirtualDiskInfo> {
    return createDisk(this.#guard, request);
  }

  growDisk(target: DiskTarget, sizeBytes: number): Promise<VirtualDiskInfo> {
    return growDisk(this.#guard, target, sizeBytes);
  }

  setParent(target: DiskTarget, parentPath: string): Promise<VirtualDiskInfo> {
    return setParent(this.#guard, target, parentPath);
  }

  moveDisk(
    target: DiskTarget,
    newPath: string,
    options: MoveOptions = {},
  ): Promise<VirtualDiskInfo> {
    return moveDisk(this.#guard, target, newPath, options);
  }

  deleteDisk(target: DiskTarget): Promise<void> {
    return deleteDisk(this.#guard, target);
  }

  locateDisk(target: DiskTarget): Promise<string | undefined> {
    return locateDisk(this.#guard, target);
  }

  async adoptDisk(path: string): Promise<AdoptedDisk> {
    const { host, locks } = this.#guard;
    return locks.run([path], async () => {
      const adoptionId = await host.markAdopted(await host.identify(path));
      return { disk: await host.describe(path), adoptionId };
    });
  }

  async readAdoption(path: string): Promise<string | undefined> {
    const { host } = this.#guard;
    return (await host.readNotes(await host.identify(path))).adoptionId;
  }

  examinePlace(path: string): Promise<Place> {
    return this.#guard.host.examinePlace(path);
  }

  rehearse(step: DiskStep): Promise<void> {
    return rehearse(this.#guard, step);
  }

  async isOwn(path: string, owner: string): Promise<boolean> {
    return (await findOwn(this.#guard.host, path, owner)) !== undefined;
  }

  measureData(path: string): Promise<number> {
    return this.#guard.host.measureData(path);
  }

  queryChanges(query: ChangeQuery): Promise<ChangeStream> {
    return this.#guard.host.queryChanges(query);
  }

  close(): Promise<void> {
    return this.#guard.host.close();
  }
}
