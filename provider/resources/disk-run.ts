import type { DiskBackend } from "../disk/backend";
import type { DiskIdentity } from "../disk/disk";
import { fileNameOf, folderOf, isSamePath, pathKey } from "../disk/host-path";
import { isSameDisk } from "../disk/identity";
import type { DiskState } from "./disk-state";

/** What one resource wants of the host, as its last check said. */
interface Claim {
  readonly owner: string;
  /** Where its disk is to be. */
  readonly path: string;
  /** Where its disk was when the run began; absent for a resource that is new. */
  readonly oldPath: string | undefined;
  readonly createFolder: boolean;
  /** Whether the resource, new or about to be replaced, takes over a disk that is at its path. */
  readonly adopts: boolean;
}

/** A disk that was there already, and that a resource took over in this run. */
interface TakenDisk {
  readonly path: string;
  readonly identity: DiskIdentity;
  /** Absent where the resource recognised the disk as one that it had made. */
  readonly adoptionId: string | undefined;
}

/**
 * What the resources of one operation do with the disks of one backend. Pulumi starts a provider
 * process for each operation, so it lives as long as the backend.
 *
 * It answers what no single resource can know: whether two resources have one disk, whether a path
 * is freed or filled by another resource of the program, and whether a disk that is to be deleted
 * belongs to another resource by now.
 */
export class DiskRun {
  readonly #backend: DiskBackend;
  readonly #claims = new Map<string, Claim>();
  /** The owners with a file of this name, in uppercase: only they can have one disk. */
  readonly #ownersByName = new Map<string, Set<string>>();
  readonly #placeKeys = new Map<string, Promise<string | undefined>>();
  readonly #taken: TakenDisk[] = [];
  readonly #madePaths: string[] = [];
  readonly #deletedPaths: string[] = [];
  readonly #replacedPaths: string[] = [];
  readonly #keptPaths: string[] = [];

  constructor(backend: DiskBackend) {
    this.#backend = backend;
  }

  /**
   * Notes what a resource wants.
   *
   * @returns the path under which another resource has the same disk, if any, in the spelling of
   *   that resource
   */
  async claim(claim: Claim): Promise<string | undefined> {
    const before = this.#claims.get(claim.owner);
    this.#claims.set(claim.owner, { ...claim, oldPath: claim.oldPath ?? before?.oldPath });
    const name = nameKey(claim.path);
    const owners = this.#ownersByName.get(name) ?? new Set();
    this.#ownersByName.set(name, owners.add(claim.owner));
    for (const owner of owners) {
      const other = this.#claims.get(owner);
      if (
        owner !== claim.owner &&
        other !== undefined &&
        (await this.isSamePlace(claim.path, other.path))
      ) {
        return other.path;
      }
    }
    return undefined;
  }

  /**
   * Finds a resource that adopts the disk that another one moves away in this run: Pulumi runs the
   * two at the same time, so that it depends on their order which of them gets the disk.
   *
   * @param owner of a resource that was claimed; only disputes that it is part of count
   * @returns the path of the disk
   */
  async findDisputedAdoption(owner: string): Promise<string | undefined> {
    const own = this.#claims.get(owner);
    for (const [otherOwner, other] of own === undefined ? [] : this.#claims) {
      for (const [adopter, leaver] of [
        [own, other],
        [other, own],
      ]) {
        if (otherOwner !== owner && (await this.#isDisputed(adopter, leaver))) {
          return adopter?.path;
        }
      }
    }
    return undefined;
  }

  async #isDisputed(adopter: Claim | undefined, leaver: Claim | undefined): Promise<boolean> {
    const oldPath = leaver?.oldPath;
    if (adopter?.adopts !== true || oldPath === undefined || leaver === undefined) {
      return false;
    }
    const isNamedAlike = nameKey(adopter.path) === nameKey(oldPath);
    return (
      isNamedAlike &&
      !this.#isSamePath(oldPath, leaver.path) &&
      (await this.isSamePlace(adopter.path, oldPath))
    );
  }

  /** Whether a resource had its disk at a path when the run began. */
  hadDiskAt(owner: string | undefined, path: string): boolean {
    return owner !== undefined && this.#isSamePath(this.#claims.get(owner)?.oldPath, path);
  }

  /** Whether a resource whose disk was at a path moves it away, or replaces it. */
  isFreed(path: string): boolean {
    return (
      this.#replacedPaths.some((replaced) => this.#isSamePath(replaced, path)) ||
      this.#some(
        (claim) => this.#isSamePath(claim.oldPath, path) && !this.#isSamePath(claim.path, path),
      )
    );
  }

  /** Where a disk is now that is to be moved to a path; `undefined` where none is. */
  findMovedFrom(path: string): string | undefined {
    const claim = [...this.#claims.values()].find((candidate) =>
      this.#isSamePath(candidate.path, path),
    );
    const oldPath = claim?.oldPath;
    const isReplaced = this.#replacedPaths.some((replaced) => this.#isSamePath(oldPath, replaced));
    return isReplaced || this.#isSamePath(oldPath, path) ? undefined : oldPath;
  }

  /** Notes that a disk is replaced by one at another path: it goes last, when all else is done. */
  noteKept(path: string): void {
    this.#keptPaths.push(path);
  }

  /** Whether a disk that is to go stays at a path until all else is done. */
  isKept(path: string): boolean {
    return this.#keptPaths.some((kept) => this.#isSamePath(kept, path));
  }

  /**
   * Whether a resource is to have its disk at a path. @param state `unchanged`: it was there when
   * the run began
   */
  isFilled(path: string, state?: "unchanged"): boolean {
    return this.#some(
      (claim) =>
        this.#isSamePath(claim.path, path) &&
        (state === undefined || this.#isSamePath(claim.oldPath, claim.path)),
    );
  }

  /** Whether a resource makes a folder, or one below it. */
  makesFolder(folder: string): boolean {
    const { pathStyle } = this.#backend;
    const key = pathKey(pathStyle, folder);
    return this.#some(({ path, createFolder }) => {
      const made = pathKey(pathStyle, folderOf(pathStyle, path));
      return (
        createFolder &&
        (made === key || (made.startsWith(key) && /[\\/]/.test(made.charAt(key.length))))
      );
    });
  }

  /**
   * Notes that a resource made a disk. Where the resource has had its disk there all along, it was
   * given that one again: its own old state must not delete it then.
   */
  noteMade(owner: string | undefined, { path, identity }: Omit<TakenDisk, "adoptionId">): void {
    this.#madePaths.push(path);
    if (
      this.hadDiskAt(owner, path) &&
      !this.#deletedPaths.some((deleted) => this.#isSamePath(deleted, path))
    ) {
      this.#taken.push({ path, identity, adoptionId: undefined });
    }
  }

  /** Notes that a resource adopted a disk. */
  noteAdopted(disk: TakenDisk): void {
    this.#taken.push(disk);
  }

  /** Notes that the disk at a path is to be replaced, and so deleted first. */
  noteReplaced(path: string): void {
    this.#replacedPaths.push(path);
  }

  /** Notes that a resource deleted its disk. */
  noteDeleted(path: string): void {
    this.#deletedPaths.push(path);
  }

  /** Whether a disk was made at a path in this run. */
  wasMadeAt(path: string): boolean {
    return this.#madePaths.some((madePath) => this.#isSamePath(madePath, path));
  }

  /** Whether a disk, as its former owner recorded it, was taken over in this run. */
  async wasTaken({ path, identity, adoptionId }: DiskState): Promise<boolean> {
    if (identity === undefined) {
      return false;
    }
    for (const disk of this.#taken) {
      const isOwn = disk.adoptionId !== undefined && disk.adoptionId === adoptionId;
      if (
        !isOwn &&
        isSameDisk(identity, disk.identity) &&
        (await this.isSamePlace(disk.path, path))
      ) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether two paths lead to one place, by their spelling or, where the names are alike, as the
   * host sees it.
   */
  async isSamePlace(left: string, right: string): Promise<boolean> {
    if (this.#isSamePath(left, right)) {
      return true;
    }
    const [leftKey, rightKey] = await Promise.all([this.#placeKey(left), this.#placeKey(right)]);
    return leftKey !== undefined && leftKey === rightKey;
  }

  #isSamePath(left: string | undefined, right: string): boolean {
    return left !== undefined && isSamePath(this.#backend.pathStyle, left, right);
  }

  #some(test: (claim: Claim) => boolean): boolean {
    return [...this.#claims.values()].some(test);
  }

  /** A host that cannot be asked proves nothing. */
  #placeKey(path: string): Promise<string | undefined> {
    const known = this.#placeKeys.get(path);
    if (known !== undefined) {
      return known;
    }
    const key = this.#backend.examinePlace(path).then(
      (place) => place.key,
      () => undefined,
    );
    this.#placeKeys.set(path, key);
    return key;
  }
}

/** What the names of two paths must share to lead to one file on any host. */
function nameKey(path: string): string {
  return fileNameOf(path).toUpperCase().normalize();
}

const runs = new WeakMap<DiskBackend, DiskRun>();

/** The run that the resources of a backend share. */
export function runOf(backend: DiskBackend): DiskRun {
  const run = runs.get(backend) ?? new DiskRun(backend);
  runs.set(backend, run);
  return run;
}
