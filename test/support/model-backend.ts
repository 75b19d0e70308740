import type { CreateDiskRequest, DiskTarget } from "../../provider/disk/backend";
import type { VirtualDiskInfo } from "../../provider/disk/disk";
import { DiskError } from "../../provider/disk/errors";
import { FakeBackend } from "./fake-backend";

/** A fake backend that keeps parents and children apart as a real one does. */
export class ModelBackend extends FakeBackend {
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

  override createDisk(request: CreateDiskRequest): Promise<VirtualDiskInfo> {
    if (request.type === "differencing" && !this.disks.has(request.parentPath)) {
      const error = new DiskError("ParentNotFound", {
        what: "the parent is missing",
        subject: request.parentPath,
      });
      return Promise.reject(error);
    }
    return super.createDisk(request);
  }

  override async setParent(target: DiskTarget, parentPath: string): Promise<VirtualDiskInfo> {
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
    if (this.disks.has(newPath)) {
      throw new DiskError("AlreadyExists", { what: "taken", subject: newPath });
    }
    const children = this.#childrenOf(target.path);
    const moved = await super.moveDisk(target, newPath);
    for (const child of children) {
      this.disks.set(child.path, { ...child, parent: { ...child.parent!, resolvedPath: newPath } });
    }
    return moved;
  }

  override async deleteDisk(target: DiskTarget): Promise<void> {
    this.#assertNoChildren(target.path);
    await super.deleteDisk(target);
  }

  override async growDisk(target: DiskTarget, sizeBytes: number): Promise<VirtualDiskInfo> {
    this.#assertNoChildren(target.path);
    return super.growDisk(target, sizeBytes);
  }

  #childrenOf(path: string): VirtualDiskInfo[] {
    return [...this.disks.values()].filter((disk) => disk.parent?.resolvedPath === path);
  }

  #assertNoChildren(path: string): void {
    if (this.#childrenOf(path).length > 0) {
      throw new DiskError("HasChildren", { what: "children depend on this disk", subject: path });
    }
  }
}
