import { existsSync, readdirSync, renameSync, statSync, unlinkSync } from "node:fs";
import { fileNameOf, folderOf, isSamePath, normalizePath } from "../../../provider/disk/host-path";
import type {
  CimInstance,
  CimMethodResult,
  CimProperties,
  CimReference,
} from "../../../provider/hyperv/cim/cim-session";
import { cimBoolean, cimString, cimUint64, textOf } from "./values";
import { CIMV2, instanceAt, referTo } from "./cim-objects";
import type { Disks } from "./disks";
import { HRESULT, HostException, refuse } from "./failure";
import type { SimulatedHostOptions } from "./options";

type Where = Readonly<Record<string, unknown>>;

/**
 * The files of a host as `CIM_DataFile` and `Win32_Directory` show them. Paths on shares do not
 * show at all.
 */
export class Files {
  constructor(
    private readonly disks: Disks,
    private readonly options: SimulatedHostOptions,
  ) {}

  /** What a query finds, before its conditions are looked at. */
  list(className: string, where: Where): CimInstance[] {
    const isFile = className === "CIM_DataFile";
    const names = typeof where["Name"] === "string" ? [where["Name"]] : this.#listFolder(where);
    return names.flatMap(
      (name) => this.#describe(className, normalizePath("win32", name), isFile) ?? [],
    );
  }

  /** What an account finds by its key. @throws as the host where there is nothing */
  get(reference: CimReference): CimInstance {
    const [found] = this.list(reference.className, { Name: textOf(reference.keys, "Name") ?? "" });
    if (found === undefined) {
      throw refuse(this.options.language ?? "en", HRESULT.wbemNotFound);
    }
    return found;
  }

  /** The methods of a file. */
  invoke(reference: CimReference, method: string, args: CimProperties): CimMethodResult {
    const path = textOf(reference.keys, "Name") ?? "";
    return {
      returnValue: method === "Delete" ? this.#delete(path) : this.#rename(path, args),
      outputs: {},
    };
  }

  #delete(path: string): number {
    const obstacle = this.#findObstacle(path);
    if (obstacle === 0) {
      unlinkSync(this.disks.volumes.toLocal(path));
    }
    return obstacle;
  }

  #rename(path: string, args: CimProperties): number {
    const newPath = textOf(args, "FileName") ?? "";
    const newLocal = this.disks.volumes.toLocal(newPath);
    if (newPath.slice(0, 1).toUpperCase() !== path.slice(0, 1).toUpperCase()) {
      return 13;
    }
    const obstacle =
      this.#findObstacle(path) || (existsSync(newLocal) ? 10 : this.#folderOf(newPath) ? 0 : 9);
    if (obstacle === 0) {
      renameSync(this.disks.volumes.toLocal(path), newLocal);
    }
    return obstacle;
  }

  #folderOf(path: string): boolean {
    return this.disks.volumes.hasFolderOf(path);
  }

  #findObstacle(path: string): number {
    if (!existsSync(this.disks.volumes.toLocal(path))) {
      return 9;
    }
    try {
      this.disks.assertNotHeld(path);
      return 0;
    } catch (error) {
      if (error instanceof HostException) {
        return 15;
      }
      throw error;
    }
  }

  #listFolder(where: Where): string[] {
    const folder = `${String(where["Drive"])}${String(where["Path"])}`;
    const local = this.disks.volumes.toLocal(folder);
    if (this.#isHidden(folder) || !existsSync(local)) {
      return [];
    }
    return readdirSync(local).map((name) => `${folder}${name}`);
  }

  #describe(className: string, path: string, isFile: boolean): CimInstance | undefined {
    const local = this.disks.volumes.toLocal(path);
    const isVisible =
      /^[A-Za-z]:\\/.test(path) && !this.#isHidden(folderOf("win32", path)) && existsSync(local);
    if (!isVisible || statSync(local).isFile() !== isFile) {
      return undefined;
    }
    const file = statSync(local, { bigint: true });
    // The file system of a host shows names in lowercase.
    const name = path.toLowerCase();
    const folder = folderOf("win32", name);
    const dot = fileNameOf(name).lastIndexOf(".");
    return instanceAt(referTo(CIMV2, className, "Name", name), {
      Drive: cimString(name.slice(0, 2)),
      Path: cimString(folder.endsWith("\\") ? folder.slice(2) : `${folder.slice(2)}\\`),
      Extension: cimString(dot < 0 ? "" : fileNameOf(name).slice(dot + 1)),
      FileSize: isFile ? cimUint64(file.size) : { type: "uint64", value: null },
      Readable: cimBoolean(isFile || !this.#isHidden(path)),
      CreationDate: { type: "datetime", value: this.formatDatetime(file.birthtimeNs) },
      LastModified: { type: "datetime", value: this.formatDatetime(file.mtimeNs) },
    });
  }

  /** A moment as hosts write it, in their own time zone. */
  formatDatetime(nanoseconds: bigint): string {
    const offset = this.options.utcOffsetMinutes ?? 60;
    const microseconds = nanoseconds / 1000n;
    const local = new Date(Number(microseconds / 1000n) + offset * 60_000).toISOString();
    const digits = local.slice(0, 19).replaceAll(/[-:T]/g, "");
    const sign = offset < 0 ? "-" : "+";
    const fraction = String(microseconds % 1_000_000n).padStart(6, "0");
    return `${digits}.${fraction}${sign}${String(Math.abs(offset)).padStart(3, "0")}`;
  }

  #isHidden(folder: string): boolean {
    return (this.options.hiddenFolders ?? []).some((hidden) => isSamePath("win32", hidden, folder));
  }
}
