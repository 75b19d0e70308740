import type { DiskFormat } from "../../disk/disk";
import { DiskError } from "../../disk/errors";
import { folderOf, normalizePath } from "../../disk/host-path";
import type { CimInstance, CimProperties, CimQuery, CimReference } from "../cim/cim-session";
import { cimString, textOf } from "../cim/cim-values";
import { utcTextOf } from "../cim/cim-datetime";
import { invokeMethod, queryInstances } from "../service/ask-host";
import { createHostError } from "../service/host-failure";
import type { JobHost } from "../service/job-host";
import { explainFileReturnValue } from "../service/codes/explain-code";
import { RETURN_COMPLETED } from "../service/codes/return-values";
import { sizeOf } from "../service/setting-data";

/** A file as the host describes it. */
export interface HostFile {
  /** As it was asked for, or as the host spells it where it was listed. */
  readonly path: string;
  readonly sizeBytes: number;
  /**
   * When the file was created, which survives writing to it and renaming it. NTFS gives a file that takes the name of one
   * deleted less than 15 seconds ago the same creation time, so it proves most together with a disk id.
   */
  readonly fileId: string | undefined;
  readonly reference: CimReference;
}

const NAMESPACE = "root\\cimv2";
const EXTENSIONS: Readonly<Record<DiskFormat, readonly string[]>> = { vhd: ["vhd", "avhd"], vhdx: ["vhdx", "avhdx"] };

/**
 * The files of a host, through the same session as everything else. Paths must begin with a drive letter: Windows offers
 * this interface for nothing else.
 *
 * @see CIM_DataFile, Win32_Directory
 */
export class HostFiles {
  constructor(private readonly host: JobHost) {}

  /**
   * Looks for a file.
   *
   * @returns `undefined` where there is none to be seen, which alone is no proof that there is none
   */
  async find(path: string): Promise<HostFile | undefined> {
    const name = normalizePath("win32", path);
    const [found] = await this.#query({ namespace: NAMESPACE, className: "CIM_DataFile", where: { Name: name } }, path);
    return found === undefined ? undefined : describeFile(found, path);
  }

  /** Tells whether a folder can be seen. */
  async hasFolder(folder: string): Promise<boolean> {
    const where = { Name: normalizePath("win32", folder) };
    const found = await this.#query({ namespace: NAMESPACE, className: "Win32_Directory", where }, folder);
    return found.length > 0;
  }

  /** Makes sure that the folder in which a file is to lie can be seen. @throws Unavailable */
  async assertFolderOf(path: string): Promise<void> {
    const folder = folderOf("win32", path);
    if (!(await this.hasFolder(folder))) {
      throw new DiskError("Unavailable", {
        what: "the folder for the disk is not there",
        subject: path,
        facts: { folder },
        remedy: "Nothing was changed. Create the folder, or bring its volume online.",
      });
    }
  }

  /** The images of a format that lie directly in a folder, told by their extension. */
  async listImages(folder: string, format: DiskFormat): Promise<HostFile[]> {
    const lists = EXTENSIONS[format].map((extension) =>
      this.#query(
        { namespace: NAMESPACE, className: "CIM_DataFile", where: { ...placeIn(folder), Extension: extension } },
        folder,
      ),
    );
    return (await Promise.all(lists))
      .flat()
      .flatMap((file) => describeFile(file, textOf(file.properties, "Name") ?? folder) ?? []);
  }

  /** The full paths of the folders that lie directly in a folder. */
  async listFolders(folder: string): Promise<string[]> {
    const query = { namespace: NAMESPACE, className: "Win32_Directory", where: placeIn(folder) };
    return (await this.#query(query, folder)).flatMap(({ properties }) => textOf(properties, "Name") ?? []);
  }

  /** Deletes a file. @throws InUse, AccessDenied, IoFailed; NotFound when it is gone already */
  async delete(file: HostFile): Promise<void> {
    await this.#call(file, "Delete", {});
  }

  /** Gives a file another full path. @throws AlreadyExists, NotSupported across volumes, InUse, AccessDenied, IoFailed */
  async rename(file: HostFile, newPath: string): Promise<void> {
    await this.#call(file, "Rename", { FileName: cimString(normalizePath("win32", newPath)) });
  }

  #query(query: CimQuery, subject: string): Promise<readonly CimInstance[]> {
    return queryInstances(this.host, query, subject);
  }

  async #call(file: HostFile, method: string, args: CimProperties): Promise<void> {
    const call = { target: file.reference, method, arguments: args, readOnly: false };
    const { returnValue } = await invokeMethod(this.host, call, file.path);
    if (returnValue !== RETURN_COMPLETED) {
      const operation = `CIM_DataFile.${method}`;
      throw createHostError(explainFileReturnValue(returnValue), file.path, { operation, returnValue });
    }
  }
}

/** Whether a path begins with a drive letter. */
export function isDrivePath(path: string): boolean {
  return /^[A-Za-z]:\\/.test(normalizePath("win32", path));
}

/**
 * Makes sure that a disk lies where its file can be proven, deleted and renamed.
 *
 * @throws NotSupported
 */
export function assertDrivePath(path: string): void {
  if (!isDrivePath(path)) {
    throw new DiskError("NotSupported", {
      what: "disks on shares and volumes without a drive letter can be read, but not made or changed",
      subject: path,
      remedy:
        "Name the host on whose drive the file lies, and its path there, such as C:\\ClusterStorage\\Volume1\\a.vhdx.",
    });
  }
}

/** Where a file or folder lies, in the words of `CIM_LogicalFile`: drive `c:`, path `\disks\`. */
function placeIn(folder: string): { Drive: string; Path: string } {
  const normal = normalizePath("win32", folder);
  const path = normal.slice(2);
  return { Drive: normal.slice(0, 2), Path: path.endsWith("\\") ? path : `${path}\\` };
}

function describeFile({ reference, properties }: CimInstance, path: string): HostFile | undefined {
  if (reference === undefined) {
    return undefined;
  }
  const creation = textOf(properties, "CreationDate");
  return {
    path,
    sizeBytes: sizeOf(properties, "FileSize", path),
    fileId: creation === undefined ? undefined : utcTextOf(creation),
    reference,
  };
}
