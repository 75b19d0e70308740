import type { CreateDiskRequest, DiskStep, DiskTarget } from "../../provider/disk/backend";
import type { VirtualDiskInfo } from "../../provider/disk/disk";
import { DiskError } from "../../provider/disk/errors";
import { assertSameDisk, isSameDisk } from "../../provider/disk/identity";
import { createOtherVolumeError } from "../../provider/disk/rules/volumes";
import { FakeBackend, idOf } from "./fake-backend";

/** Disks with this beginning are on a volume of their own. */
const OTHER_VOLUME = "/far/";

/** A fake backend that keeps parents and children apart as a real one does. */
export class ModelBackend extends FakeBackend {
  /** The ids of disks that are or were parents. */
  readonly #parentIds = new Set<string>();

  override async readChain(path: string): Promise<readonly VirtualDiskInfo[]> {
    const disk = await this.inspectDisk(path);
    const { parent } = disk;
    if (parent === undefined) {
      return [disk];
    }
    const found = this.disks.get(parent.resolvedPath ?? "");
    if (found === undefined) {
      throw new DiskError("ParentNotFound", {
        what: "the parent is missing",
        subject: parent.resolvedPath,
      });
    }
    if (!parent.linkageIds.includes(found.linkageId ?? "")) {
      throw new DiskError("ParentMismatch", {
        what: "the parent is a different disk",
        subject: found.path,
      });
    }
    return [disk, ...(await this.readChain(found.path))];
  }

  override async createDisk(request: CreateDiskRequest): Promise<VirtualDiskInfo> {
    if (request.type === "differencing" && !this.disks.has(request.parentPath)) {
      throw new DiskError("ParentNotFound", {
        what: "the parent is missing",
        subject: request.parentPath,
      });
    }
    const own = await this.#findOwn(request);
    if (own !== undefined) {
      return own;
    }
    const made = await super.createDisk(request);
    if (request.type === "differencing") {
      const parent = this.disks.get(request.parentPath);
      this.#parentIds.add(parent === undefined ? "" : idOf(parent));
    }
    return made;
  }

  override rehearse(step: DiskStep): Promise<void> {
    return super.rehearse(step).then(() => {
      const path = step.kind === "make child" ? step.parentPath : step.path;
      const disk = this.disks.get(path);
      if (disk === undefined) {
        throw new DiskError("NotFound", { what: "there is no such disk", subject: path });
      }
      if (step.kind !== "make child" && step.identity !== undefined) {
        assertSameDisk(path, step.identity, disk.identity);
        this.#assertNotTakenOver(path, step.adoptionId);
      }
      if (step.kind === "grow" && disk.sizeBytes !== step.sizeBytes) {
        this.#assertMayGrow(disk, step.sizeBytes);
      } else if (step.kind === "move") {
        assertSameVolume(step.path, step.newPath);
      }
    });
  }

  override async setParent(target: DiskTarget, parentPath: string): Promise<VirtualDiskInfo> {
    this.#assertNotTakenOver(target.path, target.adoptionId);
    const { linkageId } = await this.inspectDisk(parentPath);
    if (!(this.disks.get(target.path)?.parent?.linkageIds ?? []).includes(linkageId ?? "")) {
      throw new DiskError("ParentMismatch", {
        what: "the parent is a different disk",
        subject: parentPath,
      });
    }
    return super.setParent(target, parentPath);
  }

  override async moveDisk(target: DiskTarget, newPath: string): Promise<VirtualDiskInfo> {
    const atNewPath = this.disks.get(newPath);
    const isMoved =
      !this.disks.has(target.path) &&
      atNewPath !== undefined &&
      isSameDisk(target.identity, atNewPath.identity);
    if (isMoved) {
      return atNewPath;
    }
    if (atNewPath !== undefined) {
      throw new DiskError("AlreadyExists", { what: "taken", subject: newPath });
    }
    assertSameVolume(target.path, newPath);
    this.#assertNotTakenOver(target.path, target.adoptionId);
    const children = this.#childrenOf(target.path);
    const moved = await super.moveDisk(target, newPath);
    for (const child of children) {
      this.disks.set(child.path, { ...child, parent: { ...child.parent!, resolvedPath: newPath } });
    }
    return moved;
  }

  override async deleteDisk(target: DiskTarget): Promise<void> {
    if (!this.#isTakenOver(target.path, target.adoptionId)) {
      this.#assertNoChildren(target.path);
    }
    await super.deleteDisk(target);
  }

  override async growDisk(target: DiskTarget, sizeBytes: number): Promise<VirtualDiskInfo> {
    this.#assertNotTakenOver(target.path, target.adoptionId);
    this.#assertMayGrow(await this.inspectDisk(target.path), sizeBytes);
    return super.growDisk(target, sizeBytes);
  }

  /** A creation that was cut off goes on with its own disk, if that is as declared. */
  async #findOwn(request: CreateDiskRequest): Promise<VirtualDiskInfo | undefined> {
    const disk = this.disks.get(request.path);
    if (disk === undefined || !(await this.isOwn(request.path, request.owner ?? ""))) {
      return undefined;
    }
    const { type, sizeBytes = disk.sizeBytes, blockSizeBytes = disk.blockSizeBytes } = request;
    const parentPath = request.type === "differencing" ? request.parentPath : undefined;
    const isAsDeclared =
      type === disk.type &&
      sizeBytes === disk.sizeBytes &&
      blockSizeBytes === disk.blockSizeBytes &&
      parentPath === disk.parent?.resolvedPath;
    return isAsDeclared ? disk : undefined;
  }

  #assertMayGrow(disk: VirtualDiskInfo, sizeBytes: number): void {
    if (sizeBytes < disk.sizeBytes) {
      throw new DiskError("OutOfRange", { what: "a disk cannot shrink", subject: disk.path });
    }
    this.#assertNoChildren(disk.path);
    if (this.#parentIds.has(idOf(disk))) {
      throw new DiskError("HasChildren", { what: "this disk was a parent", subject: disk.path });
    }
  }

  /**
   * A real guard also counts a child that names the path of the disk and was made over a lost one.
   * No preview looks for those at the path to which a disk moves and grows at once.
   */
  #childrenOf(path: string): VirtualDiskInfo[] {
    const { linkageId = "" } = this.disks.get(path) ?? {};
    return [...this.disks.values()].filter(
      ({ parent }) => parent?.resolvedPath === path && parent.linkageIds.includes(linkageId),
    );
  }

  #isTakenOver(path: string, adoptionId: string | undefined): boolean {
    const disk = this.disks.get(path);
    const mark = disk === undefined ? undefined : this.adoptions.get(idOf(disk));
    return mark !== undefined && mark !== adoptionId;
  }

  #assertNotTakenOver(path: string, adoptionId: string | undefined): void {
    if (this.#isTakenOver(path, adoptionId)) {
      throw new DiskError("AlreadyExists", { what: "another resource adopted it", subject: path });
    }
  }

  #assertNoChildren(path: string): void {
    if (this.#childrenOf(path).length > 0) {
      throw new DiskError("HasChildren", { what: "children depend on this disk", subject: path });
    }
  }
}

function assertSameVolume(path: string, newPath: string): void {
  if (path.startsWith(OTHER_VOLUME) !== newPath.startsWith(OTHER_VOLUME)) {
    throw createOtherVolumeError(path, newPath);
  }
}
