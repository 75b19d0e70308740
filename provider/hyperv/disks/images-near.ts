import type { DiskFormat } from "../../disk/disk";
import { DiskError, isDiskError } from "../../disk/errors";
import type { ImagesNear } from "../../disk/host";
import { pathKey } from "../../disk/host-path";
import { SingleFlight } from "../../disk/sync/single-flight";
import type { HostDisks } from "./host-disks";
import type { SeenFile } from "./host-files";
import { recordedParentOf } from "./identify-disk";
import { brokenParentOf, isBrokenChain } from "./recorded-parent";

/**
 * How many folders a search looks into before it gives up; giving up is an error, never "no
 * children".
 */
const MAX_FOLDERS = 1000;

/** Lists the differencing disks in folders. */
export class ImageSearch {
  /**
   * By folder, what its files were when they were last read: a file that did not change is not read
   * again.
   */
  readonly #known = new Map<string, ReadonlyMap<string, ImagesNear | undefined>>();
  readonly #searches = new SingleFlight<readonly ImagesNear[]>();

  constructor(private readonly disks: HostDisks) {}

  /** Callers at the same time share one answer. @throws the codes of `DiskHost.listImages` */
  list(folder: string, format: DiskFormat): Promise<readonly ImagesNear[]> {
    const key = `${format} ${pathKey("win32", folder)}`;
    return this.#searches.share(key, () => this.#search(folder, format));
  }

  async #search(folder: string, format: DiskFormat): Promise<readonly ImagesNear[]> {
    const found: ImagesNear[] = [];
    let folders: readonly string[] = [folder];
    let count = 0;
    while (folders.length > 0) {
      count += folders.length;
      if (count > MAX_FOLDERS) {
        throw new DiskError("Unavailable", {
          what: `the search for children of a disk found more than ${MAX_FOLDERS} folders`,
          subject: folder,
          remedy: "Nothing was changed. Keep disks in a separate folder.",
        });
      }
      const levels = await Promise.all(folders.map((each) => this.#listFolder(each, format)));
      found.push(...levels.flatMap(({ images }) => images));
      folders = levels.flatMap((level) => level.folders);
    }
    return found;
  }

  async #listFolder(
    folder: string,
    format: DiskFormat,
  ): Promise<{ images: readonly ImagesNear[]; folders: readonly string[] }> {
    const { images, folders } = await this.disks.files.list(folder, format);
    const key = `${format} ${pathKey("win32", folder)}`;
    const before = this.#known.get(key);
    const answers = await Promise.all(
      images.map(async (file): Promise<[string, ImagesNear | undefined]> => {
        const version = `${pathKey("win32", file.path)}|${file.version}`;
        return [
          version,
          before?.has(version) === true ? before.get(version) : await this.#read(file),
        ];
      }),
    );
    this.#known.set(key, new Map(answers.filter(([, image]) => image?.problem === undefined)));
    return { images: answers.flatMap(([, image]) => image ?? []), folders };
  }

  /**
   * @returns `undefined` for what is no differencing disk, or gone meanwhile, or damaged beyond
   *   depending on anything
   */
  async #read({ path }: SeenFile): Promise<ImagesNear | undefined> {
    const service = await this.disks.openService();
    try {
      const parent = recordedParentOf(await service.getVirtualHardDiskSettingData(path));
      return parent === undefined ? undefined : { paths: [path], parent };
    } catch (error) {
      return describeUnreadable(path, error);
    }
  }
}

function describeUnreadable(path: string, error: unknown): ImagesNear | undefined {
  if (!isDiskError(error)) {
    throw error;
  }
  if (
    (["CorruptImage", "UnsupportedImage", "NotFound"] as const).some((code) =>
      isDiskError(error, code),
    )
  ) {
    return undefined;
  }
  const parent = isBrokenChain(error) ? brokenParentOf(error, path) : undefined;
  return parent === undefined ? { paths: [path], problem: error } : { paths: [path], parent };
}
