import type { DiskBackend } from "../disk/backend";
import type { DiskIdentity } from "../disk/disk";
import { isSamePath, pathKey } from "../disk/host-path";
import { isSameDisk } from "../disk/identity";
import { type Claim, Claims } from "./claims";
import type { DiskState } from "./disk-state";

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
  readonly #claims: Claims;
  readonly #placeKeys = new Map<string, Promise<string | undefined>>();
  readonly #taken: TakenDisk[] = [];
  /** Of these four, the keys of paths. */
  readonly #made = new Set<string>();
  readonly #deleted = new Set<string>();
  readonly #replaced = new Set<string>();
  readonly #kept = new Set<string>();

  constructor(backend: DiskBackend) {
    this.#backend = backend;
    this.#claims = new Claims(backend.pathStyle);
  }

  /**
   * Notes what a resource wants.
   *
   * @returns the path under which another resource has the same disk, if any, in the spelling of
   *   that resource
   */
  async claim(claim: Claim): Promise<string | undefined> {
    const oldPath = claim.oldPath ?? this.#claims.get(claim.owner)?.oldPath;
    this.#claims.set({ ...claim, oldPath });
    for (const other of this.#claims.withNameOf(claim.path)) {
      if (other.owner !== claim.owner && (await this.isSamePlace(claim.path, other.path))) {
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
    const leavers = own?.adopts === true ? this.#claims.leavingNameOf(own.path) : [];
    const adopters = own?.oldPath === undefined ? [] : this.#claims.adoptingNameOf(own.oldPath);
    const pairs = [
      ...leavers.map((leaver) => [own, leaver] as const),
      ...adopters.map((adopter) => [adopter, own] as const),
    ];
    for (const [adopter, leaver] of pairs) {
      if (adopter?.owner !== leaver?.owner && (await this.#isDisputed(adopter, leaver))) {
        return adopter?.path;
      }
    }
    return undefined;
  }

  async #isDisputed(adopter: Claim | undefined, leaver: Claim | undefined): Promise<boolean> {
    const oldPath = leaver?.oldPath;
    return (
      adopter !== undefined &&
      leaver !== undefined &&
      oldPath !== undefined &&
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
      this.#replaced.has(this.#key(path)) ||
      this.#claims.withOldPath(path).some((claim) => !this.#isSamePath(claim.path, path))
    );
  }

  /** Where a disk is now that is to be moved to a path; `undefined` where none is. */
  findMovedFrom(path: string): string | undefined {
    const [claim] = this.#claims.withPath(path);
    const oldPath = claim?.oldPath;
    const isReplaced = oldPath !== undefined && this.#replaced.has(this.#key(oldPath));
    return isReplaced || this.#isSamePath(oldPath, path) ? undefined : oldPath;
  }

  /** Notes that a disk is replaced by one at another path: it goes last, when all else is done. */
  noteKept(path: string): void {
    this.#kept.add(this.#key(path));
  }

  /** Whether a disk that is to go stays at a path until all else is done. */
  isKept(path: string): boolean {
    return this.#kept.has(this.#key(path));
  }

  /**
   * Whether a resource is to have its disk at a path. @param state `unchanged`: it was there when
   * the run began
   */
  isFilled(path: string, state?: "unchanged"): boolean {
    return this.#claims
      .withPath(path)
      .some((claim) => state === undefined || this.#isSamePath(claim.oldPath, claim.path));
  }

  /** Whether a resource makes a folder, or one below it. */
  makesFolder(folder: string): boolean {
    return this.#claims.makesFolder(folder);
  }

  /**
   * Notes that a resource made a disk. Where the resource has had its disk there all along, it was
   * given that one again: its own old state must not delete it then.
   */
  noteMade(owner: string | undefined, { path, identity }: Omit<TakenDisk, "adoptionId">): void {
    this.#made.add(this.#key(path));
    if (this.hadDiskAt(owner, path) && !this.#deleted.has(this.#key(path))) {
      this.#taken.push({ path, identity, adoptionId: undefined });
    }
  }

  /** Notes that a resource adopted a disk. */
  noteAdopted(disk: TakenDisk): void {
    this.#taken.push(disk);
  }

  /** Notes that the disk at a path is to be replaced, and so deleted first. */
  noteReplaced(path: string): void {
    this.#replaced.add(this.#key(path));
  }

  /** Notes that a resource deleted its disk. */
  noteDeleted(path: string): void {
    this.#deleted.add(this.#key(path));
  }

  /** Whether a disk was made at a path in this run. */
  wasMadeAt(path: string): boolean {
    return this.#made.has(this.#key(path));
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

  #key(path: string): string {
    return pathKey(this.#backend.pathStyle, path);
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

const runs = new WeakMap<DiskBackend, DiskRun>();

/** The run that the resources of a backend share. */
export function runOf(backend: DiskBackend): DiskRun {
  const run = runs.get(backend) ?? new DiskRun(backend);
  runs.set(backend, run);
  return run;
}
