import { type PathStyle, fileNameOf, folderOf, pathKey } from "../disk/host-path";

/** What one resource wants of the host, as its last check said. */
export interface Claim {
  readonly owner: string;
  /** Where its disk is to be. */
  readonly path: string;
  /** Where its disk was when the run began; absent for a resource that is new. */
  readonly oldPath: string | undefined;
  readonly createFolder: boolean;
  /** Whether the resource, new or about to be replaced, takes over a disk that is at its path. */
  readonly adopts: boolean;
}

/**
 * The claims of all resources of a run, the last one of each. A run may have ten thousand, and each
 * of them asks about the others; so they are found by what they are asked for.
 */
export class Claims {
  readonly #byOwner = new Map<string, Claim>();
  readonly #byPath = new Map<string, Set<Claim>>();
  readonly #byOldPath = new Map<string, Set<Claim>>();
  readonly #byName = new Map<string, Set<Claim>>();
  readonly #adopting = new Map<string, Set<Claim>>();
  readonly #leaving = new Map<string, Set<Claim>>();
  readonly #folders = new Map<string, Set<Claim>>();

  constructor(private readonly style: PathStyle) {}

  /** Adds a claim, in the place of the former one of its owner. */
  set(claim: Claim): void {
    const before = this.#byOwner.get(claim.owner);
    if (before !== undefined) {
      for (const [index, key] of this.#listEntries(before)) {
        index.get(key)?.delete(before);
      }
    }
    this.#byOwner.set(claim.owner, claim);
    for (const [index, key] of this.#listEntries(claim)) {
      const found = index.get(key) ?? new Set();
      index.set(key, found.add(claim));
    }
  }

  get(owner: string): Claim | undefined {
    return this.#byOwner.get(owner);
  }

  /** Those whose disk is to be at a path, in any spelling of it. */
  withPath(path: string): readonly Claim[] {
    return [...(this.#byPath.get(pathKey(this.style, path)) ?? [])];
  }

  /** Those whose disk was at a path, in any spelling of it. */
  withOldPath(path: string): readonly Claim[] {
    return [...(this.#byOldPath.get(pathKey(this.style, path)) ?? [])];
  }

  /** Those whose file is to have the name that a path ends with: only they can be one file. */
  withNameOf(path: string): readonly Claim[] {
    return [...(this.#byName.get(nameKey(path)) ?? [])];
  }

  /** Those that adopt a file with the name that a path ends with. */
  adoptingNameOf(path: string): readonly Claim[] {
    return [...(this.#adopting.get(nameKey(path)) ?? [])];
  }

  /** Those whose disk leaves a file name that a path ends with, or its folder. */
  leavingNameOf(path: string): readonly Claim[] {
    return [...(this.#leaving.get(nameKey(path)) ?? [])];
  }

  /** Whether a resource makes a folder, or one below it. */
  makesFolder(folder: string): boolean {
    const key = pathKey(this.style, folder);
    return [...this.#folders].some(
      ([made, claims]) =>
        claims.size > 0 &&
        (made === key || (made.startsWith(key) && /[\\/]/.test(made.charAt(key.length)))),
    );
  }

  /** Where a claim is to be found. */
  #listEntries(claim: Claim): readonly (readonly [Map<string, Set<Claim>>, string])[] {
    const { path, oldPath, createFolder, adopts } = claim;
    const key = pathKey(this.style, path);
    const oldKey = oldPath === undefined ? undefined : pathKey(this.style, oldPath);
    return [
      [this.#byPath, key],
      [this.#byName, nameKey(path)],
      ...(oldKey === undefined ? [] : [[this.#byOldPath, oldKey] as const]),
      ...(adopts ? [[this.#adopting, nameKey(path)] as const] : []),
      ...(oldPath === undefined || oldKey === key
        ? []
        : [[this.#leaving, nameKey(oldPath)] as const]),
      ...(createFolder
        ? [[this.#folders, pathKey(this.style, folderOf(this.style, path))] as const]
        : []),
    ];
  }
}

/** What the names of two paths must share to lead to one file on any host. */
function nameKey(path: string): string {
  return fileNameOf(path).toUpperCase().normalize();
}
