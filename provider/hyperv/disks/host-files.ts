import type { DiskFormat } from "../../disk/disk";
import { DiskError } from "../../disk/errors";
import { DISK_FORMATS } from "../../disk/formats";
import { fileNameOf, folderOf, normalizePath } from "../../disk/host-path";
import { utcTextOf } from "../cim/cim-datetime";
import { cimFailureOf } from "../cim/cim-failure";
import type { CimInstance, CimProperties, CimReference } from "../cim/cim-session";
import { booleanOf, cimString, textOf } from "../cim/cim-values";
import { WBEM_E_NOT_FOUND } from "../cim/wbem-codes";
import { getInstance, invokeMethod, queryInstances } from "../service/ask-host";
import { explainFileReturnValue } from "../service/codes/explain-code";
import { RETURN_COMPLETED } from "../service/codes/return-values";
import { createHostError } from "../service/host-failure";
import type { JobHost } from "../service/job-host";
import { sizeOf } from "../service/setting-data";

/** A file as the host describes it. */
export interface SeenFile {
  /** As it was asked for, or as the host spells it where it was listed. */
  readonly path: string;
  readonly sizeBytes: number;
  /**
   * When the file was created, which survives writing to it and renaming it. NTFS gives a file that
   * takes the name of one deleted less than 15 seconds ago the same creation time, so it proves
   * most together with a disk id.
   */
  readonly fileId: string | undefined;
  /** Changes with every write, so that what was read from a file once need not be read again. */
  readonly version: string;
  readonly reference: CimReference;
}

/** What is directly in a folder. */
export interface FolderContent {
  readonly images: readonly SeenFile[];
  /** Full paths. */
  readonly folders: readonly string[];
}

const NAMESPACE = "root\\cimv2";
const FILE = "CIM_DataFile";
const FOLDER = "Win32_Directory";
const FILE_PROPERTIES = ["Name", "FileSize", "CreationDate", "LastModified"];
const FOLDER_PROPERTIES = ["Name", "Readable"];
/** What Windows keeps in the root of each volume, closed to everybody and no place for disks. */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set(["SYSTEM VOLUME INFORMATION", "$RECYCLE.BIN"]);

/**
 * The files of a host, through the same session as everything else. Paths must begin with a drive
 * letter: Windows offers this interface for nothing else.
 *
 * One file or folder is always read by its key, which a host answers at once; conditions on other
 * properties can make it look through whole volumes.
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
  async find(path: string): Promise<SeenFile | undefined> {
    const found = await this.#get(FILE, path);
    return found === undefined ? undefined : describeFile(found, path);
  }

  /** Whether a folder can be seen. */
  async hasFolder(folder: string): Promise<boolean> {
    return (await this.#get(FOLDER, folder)) !== undefined;
  }

  /**
   * Lists what is directly in a folder: its images of a format, told by their extension, and its
   * folders.
   *
   * @throws Unavailable (no such folder), AccessDenied (the account may not look into it): Windows
   *   shows an empty list in both cases
   */
  async list(folder: string, format: DiskFormat): Promise<FolderContent> {
    const where = placeIn(folder);
    const [self, folders, ...files] = await Promise.all([
      this.#get(FOLDER, folder),
      queryInstances(
        this.host,
        { ...classOf(FOLDER), where, properties: FOLDER_PROPERTIES },
        folder,
      ),
      ...extensionsOf(format).map((extension) =>
        queryInstances(
          this.host,
          {
            ...classOf(FILE),
            where: { ...where, Extension: extension },
            properties: FILE_PROPERTIES,
          },
          folder,
        ),
      ),
    ]);
    assertCanBeListed(self, folder);
    return {
      images: files
        .flat()
        .flatMap((file) => describeFile(file, textOf(file.properties, "Name") ?? folder) ?? []),
      folders: folders.flatMap(({ properties }) => {
        const path = textOf(properties, "Name") ?? "";
        return path === "" || SYSTEM_FOLDERS.has(fileNameOf(path).toUpperCase()) ? [] : [path];
      }),
    };
  }

  /** Deletes a file. @throws InUse, AccessDenied, IoFailed; NotFound when it is gone already */
  async delete(file: SeenFile): Promise<void> {
    await this.#call(file, "Delete", {});
  }

  /**
   * Gives a file another full path. @throws AlreadyExists, NotSupported across volumes, InUse,
   * AccessDenied, IoFailed
   */
  async rename(file: SeenFile, newPath: string): Promise<void> {
    await this.#call(file, "Rename", { FileName: cimString(normalizePath("win32", newPath)) });
  }

  async #get(className: string, path: string): Promise<CimInstance | undefined> {
    const keys = { Name: cimString(normalizePath("win32", path)) };
    try {
      return await getInstance(this.host, { ...classOf(className), keys }, path);
    } catch (error) {
      if (cimFailureOf(error)?.hresult === WBEM_E_NOT_FOUND) {
        return undefined;
      }
      throw error;
    }
  }

  async #call(file: SeenFile, method: string, args: CimProperties): Promise<void> {
    const call = { target: file.reference, method, arguments: args, readOnly: false };
    const { returnValue } = await invokeMethod(this.host, call, file.path);
    if (returnValue !== RETURN_COMPLETED) {
      const operation = `CIM_DataFile.${method}`;
      throw createHostError(explainFileReturnValue(returnValue), file.path, {
        operation,
        returnValue,
      });
    }
  }
}

/** Whether a path begins with a drive letter. */
export function isDrivePath(path: string): boolean {
  return /^[A-Za-z]:\\/.test(normalizePath("win32", path));
}

/**
 * Makes sure that a disk is where its file can be proven, deleted and renamed.
 *
 * @throws NotSupported
 */
export function assertDrivePath(path: string): void {
  if (!isDrivePath(path)) {
    throw new DiskError("NotSupported", {
      what:
        "disks on shares and volumes without a drive letter can be read, but not created or " +
        "changed",
      subject: path,
      remedy:
        "Use the host that has the file on one of its drives, and the path there, such as " +
        "C:\\ClusterStorage\\Volume1\\a.vhdx.",
    });
  }
}

/** The error for a folder that is to hold a disk, or holds one, and cannot be seen. */
export function folderMissing(path: string, cause?: unknown): DiskError {
  return new DiskError("Unavailable", {
    what: "the folder of the disk does not exist",
    subject: path,
    facts: { folder: folderOf("win32", path) },
    remedy: "Nothing was changed. Create the folder on the host, or bring its volume online.",
    cause,
  });
}

function assertCanBeListed(self: CimInstance | undefined, folder: string): void {
  if (self === undefined) {
    throw new DiskError("Unavailable", {
      what: "a folder that is searched for children of disks does not exist",
      subject: folder,
      remedy:
        "Nothing was changed. Bring its volume online, or remove the folder from " +
        "vhd:searchFolders.",
    });
  }
  if (booleanOf(self.properties, "Readable") === false) {
    throw new DiskError("AccessDenied", {
      what: "a folder that is searched for children of disks cannot be listed by this account",
      subject: folder,
      remedy:
        "Nothing was changed. Give the account the right to list the folder and what is below it.",
    });
  }
}

function classOf(className: string): { namespace: string; className: string } {
  return { namespace: NAMESPACE, className };
}

/** Where a file or folder is, in the words of `CIM_LogicalFile`: drive `c:`, path `\disks\`. */
function placeIn(folder: string): { Drive: string; Path: string } {
  const normal = normalizePath("win32", folder);
  const path = normal.slice(2);
  return { Drive: normal.slice(0, 2), Path: path.endsWith("\\") ? path : `${path}\\` };
}

function describeFile({ reference, properties }: CimInstance, path: string): SeenFile | undefined {
  if (reference === undefined) {
    return undefined;
  }
  const creation = textOf(properties, "CreationDate");
  const sizeBytes = sizeOf(properties, "FileSize", path);
  return {
    path,
    sizeBytes,
    fileId: creation === undefined ? undefined : utcTextOf(creation),
    version: [creation, textOf(properties, "LastModified"), sizeBytes].join("|"),
    reference,
  };
}

/** The extensions of a format as `CIM_DataFile` writes them, without the dot. */
function extensionsOf(format: DiskFormat): readonly string[] {
  const { extension, checkpointExtension } = DISK_FORMATS[format];
  return [extension, checkpointExtension].map((each) => each.slice(1));
}
