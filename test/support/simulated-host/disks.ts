import { randomUUID } from "node:crypto";
import { existsSync, unlinkSync, statSync } from "node:fs";
import { formatOfPath, pathKey, relativeParentPath } from "../../../provider/disk/host-path";
import { type ImageChain, openChain } from "../../../provider/image/chain";
import type { DiskImage } from "../../../provider/image/disk-image";
import { type NodeFile, openNodeFile } from "../../../provider/embedded/node-file";
import { FORMAT_DRIVERS } from "../../../provider/image/formats";
import { openImage } from "../../../provider/image/open-image";
import { type ImageHost, describeMismatch, listParentPaths } from "../../../provider/image/parent";
import { createVhd } from "../../../provider/image/vhd/create";
import { createVhdx } from "../../../provider/image/vhdx/create";
import { writeVhdContent } from "../vhd-writer";
import { writeVhdxContent } from "../vhdx-writer";
import { HRESULT, HostException } from "./failure";
import { Tracking } from "./tracking";
import type { StateFile } from "./state";
import type { Volumes } from "./volumes";

/** What a disk is to be made as. */
export interface NewDisk {
  readonly path: string;
  readonly format: "vhd" | "vhdx";
  readonly type: "fixed" | "dynamic" | "differencing";
  readonly parentPath?: string | undefined;
  readonly diskId?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly blockSizeBytes?: number | undefined;
  readonly logicalSectorSizeBytes?: number | undefined;
  readonly physicalSectorSizeBytes?: number | undefined;
}

/** The disks of a host: real files, made and read by the embedded engine. */
export class Disks implements ImageHost {
  readonly pathStyle = "win32";

  /** Parents under which a child is being made: the host opens them for itself meanwhile. */
  readonly #parentsInUse = new Set<string>();

  constructor(
    readonly volumes: Volumes,
    private readonly state: StateFile,
    private readonly hasDelegation: boolean,
  ) {}

  async openImage(path: string): Promise<DiskImage> {
    this.assertReachable(path);
    if (this.#isListed("locked", path)) {
      throw new HostException(HRESULT.sharingViolation);
    }
    return openImage(await openNodeFile(this.volumes.toLocal(path), "read"));
  }

  /** Opens a disk with all its parents. */
  openChain(path: string): Promise<ImageChain> {
    return openChain(this, path);
  }

  /** Makes a new disk. */
  async create(settings: NewDisk): Promise<void> {
    const { path, format } = settings;
    this.assertReachable(path);
    if (formatOfPath(path) !== format) {
      throw new HostException(HRESULT.invalidParameter);
    }
    if (!this.volumes.hasFolderOf(path)) {
      throw new HostException(HRESULT.pathNotFound);
    }
    const parentPath = settings.parentPath;
    if (parentPath === undefined) {
      return this.#write(settings, (file) => writeBase(file, settings));
    }
    const key = pathKey("win32", parentPath);
    if (this.#parentsInUse.has(key)) {
      throw new HostException(HRESULT.sharingViolation);
    }
    this.#parentsInUse.add(key);
    try {
      const parent = await this.#openParent(parentPath);
      await this.#write(settings, (file) => writeChild(file, settings, parentPath, parent));
    } finally {
      this.#parentsInUse.delete(key);
    }
  }

  async #write({ path }: NewDisk, fill: (file: NodeFile) => Promise<void>): Promise<void> {
    const local = this.volumes.toLocal(path);
    const file = await openNodeFile(local, "create");
    try {
      await fill(file);
    } catch (error) {
      unlinkSync(local);
      throw error;
    } finally {
      await file.close();
    }
  }

  /** Records where the parent of a disk is. */
  async setParent(childPath: string, parentPath: string): Promise<void> {
    this.assertNotHeld(childPath);
    const parent = await this.#openParent(parentPath);
    const child = await this.openImage(childPath);
    await child.close();
    if (child.properties.parentLocator === undefined) {
      throw new HostException(HRESULT.invalidType);
    }
    if (describeMismatch(child, parent) !== undefined) {
      throw new HostException(0xc03a000e);
    }
    const relativePath = relativeParentPath("win32", childPath, parentPath);
    const { linkageId } = parent.properties;
    const driver = FORMAT_DRIVERS[child.properties.format];
    await this.edit(childPath, (file) =>
      driver.setParent(file, { linkageId, absolutePath: parentPath, relativePath }),
    );
  }

  /** Enlarges a VHDX. */
  async grow(path: string, sizeBytes: number): Promise<void> {
    this.assertNotHeld(path);
    await this.edit(path, (file) => FORMAT_DRIVERS.vhdx.grow(file, sizeBytes));
  }

  /** Opens the file of a disk for a moment, to change it. */
  async edit(path: string, change: (file: NodeFile) => Promise<void>): Promise<void> {
    const file = await openNodeFile(this.volumes.toLocal(path), "read-write");
    try {
      await change(file);
    } finally {
      await file.close();
    }
  }

  /** Where the parent of a disk is found, or is recorded when it is not. */
  async findParentPath(path: string, image: DiskImage): Promise<string> {
    const locator = image.properties.parentLocator;
    const paths = locator === undefined ? [] : listParentPaths("win32", path, locator);
    for (const candidate of paths) {
      if (existsSync(this.volumes.toLocal(candidate))) {
        const parent = await this.openImage(candidate);
        await parent.close();
        if (describeMismatch(image, parent) === undefined) {
          return candidate;
        }
      }
    }
    return paths.at(-1) ?? "";
  }

  /** Writes into a disk, tracked where tracking is on. */
  async writeContent(path: string, offsetBytes: number, bytes: Uint8Array): Promise<void> {
    const image = await this.openImage(path);
    await image.close();
    const write = image.properties.format === "vhd" ? writeVhdContent : writeVhdxContent;
    await this.edit(path, (file) => write(file, offsetBytes, bytes));
    const tracking = new Tracking(this.volumes.toLocal(path));
    if (tracking.isEnabled) {
      tracking.recordWrite({ offsetBytes, lengthBytes: bytes.length });
    }
  }

  sizeOfFile(path: string): bigint {
    return statSync(this.volumes.toLocal(path), { bigint: true }).size;
  }

  isMounted(path: string): boolean {
    return this.#isListed("mounted", path);
  }

  /** @throws a sharing violation when something holds the file for itself */
  assertNotHeld(path: string): void {
    if ((["attached", "mounted", "locked"] as const).some((list) => this.#isListed(list, path))) {
      throw new HostException(HRESULT.sharingViolation);
    }
  }

  /** A share opened in the name of a caller who is logged on over the network is a second hop. */
  assertReachable(path: string): void {
    if (path.startsWith("\\\\") && !this.hasDelegation) {
      throw new HostException(HRESULT.accessDenied);
    }
  }

  async #openParent(path: string): Promise<DiskImage> {
    this.assertNotHeld(path);
    const chain = await this.openChain(path);
    await chain.close();
    return chain.links[0].image;
  }

  #isListed(list: "attached" | "mounted" | "locked", path: string): boolean {
    return this.state.read()[list].includes(pathKey("win32", path));
  }
}

async function writeBase(file: NodeFile, settings: NewDisk): Promise<void> {
  const type = settings.type === "fixed" ? "fixed" : "dynamic";
  const { sizeBytes = 0 } = settings;
  const { blockSizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes } = settings;
  const sectorSizes =
    settings.format === "vhd" ? {} : { logicalSectorSizeBytes, physicalSectorSizeBytes };
  const request = { type, sizeBytes, blockSizeBytes, ...sectorSizes } as const;
  if (settings.format === "vhd") {
    await createVhd(file, request, {
      uniqueId: settings.diskId ?? randomUUID(),
      createdAt: new Date(),
    });
    return;
  }
  const ids = { creationId: randomUUID(), fileWriteId: randomUUID(), dataWriteId: randomUUID() };
  await createVhdx(file, request, { ...ids, diskId: settings.diskId ?? randomUUID() });
}

async function writeChild(
  file: NodeFile,
  settings: NewDisk,
  parentPath: string,
  { properties: parent }: DiskImage,
): Promise<void> {
  if (parent.format !== settings.format) {
    throw new HostException(HRESULT.invalidParameter);
  }
  const relativePath = relativeParentPath("win32", settings.path, parentPath);
  const { sizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes, linkageId, diskId } = parent;
  await FORMAT_DRIVERS[settings.format].create(file, {
    type: "differencing",
    sizeBytes,
    blockSizeBytes: settings.blockSizeBytes,
    logicalSectorSizeBytes,
    physicalSectorSizeBytes,
    parent: { linkageId, diskId, absolutePath: parentPath, relativePath },
  });
}
