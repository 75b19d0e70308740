import { DISK_FORMATS, type DiskFormat, type FormatFacts } from "../../provider/disk/formats";
import { corruptImage } from "../../provider/image/bytes";
import type { DiskImage, Extent } from "../../provider/image/disk-image";
import type { CreateImageRequest, FormatDriver, ParentPlace } from "../../provider/image/driver";
import { FORMAT_DRIVERS } from "../../provider/image/formats";
import { noParentToSet, otherParent } from "../../provider/image/parent-errors";
import type { RandomAccessFile } from "../../provider/image/random-access-file";

const MIB = 1024 * 1024;
const SIGNATURE = "toyimage";

/** The name under which the toy format is known once {@link addToyFormat} was called. */
export const TOY = "toy" as DiskFormat;

/** What the whole content of a toy file is, behind its signature. */
interface ToyFile {
  readonly id: string;
  readonly type: "dynamic" | "fixed" | "differencing";
  readonly sizeBytes: number;
  readonly parent?: Pick<ParentPlace, "linkageId" | "absolutePath" | "relativePath">;
}

const FACTS: FormatFacts = {
  name: "TOY",
  extension: ".toy",
  checkpointExtension: ".atoy",
  minSizeBytes: MIB,
  maxSizeBytes: 64 * MIB,
  blockSizesBytes: [MIB],
  hasBlocksWhenFixed: false,
  sectorSizesBytes: [512],
  canGrow: true,
  allowsLargerChild: false,
  hasUniqueDiskId: true,
  changesLinkageId: false,
};

/** A disk image that is a line of JSON and holds no content of its own. */
const driver: FormatDriver = {
  recognise: ({ head }) => Buffer.from(head).toString("latin1").startsWith(SIGNATURE),
  open: async (file) => toImage(file, await readToy(file)),
  create: (file, request) => writeToy(file, fromRequest(request)),
  async setParent(file, parent) {
    const toy = await readToy(file);
    if (toy.parent === undefined) {
      throw noParentToSet(file.name);
    }
    if (toy.parent.linkageId !== parent.linkageId) {
      throw otherParent(file.name, [toy.parent.linkageId], parent);
    }
    await writeToy(file, { ...toy, parent });
  },
  async grow(file, sizeBytes) {
    await writeToy(file, { ...(await readToy(file)), sizeBytes });
  },
};

/** Adds the toy format to the lists of formats, for the tests of one file. */
export function addToyFormat(): void {
  (DISK_FORMATS as Record<string, FormatFacts>)[TOY] = FACTS;
  (FORMAT_DRIVERS as Record<string, FormatDriver>)[TOY] = driver;
}

async function readToy(file: RandomAccessFile): Promise<ToyFile> {
  const bytes = Buffer.alloc(await file.readSize());
  await file.read(0, bytes);
  try {
    return JSON.parse(bytes.toString("utf8", SIGNATURE.length)) as ToyFile;
  } catch {
    throw corruptImage(file.name, "toy", SIGNATURE.length, "it is not JSON");
  }
}

async function writeToy(file: RandomAccessFile, toy: ToyFile): Promise<void> {
  const bytes = Buffer.from(SIGNATURE + JSON.stringify(toy), "utf8");
  await file.write(0, bytes);
  await file.resize(bytes.length);
  await file.flush();
}

function fromRequest(request: CreateImageRequest): ToyFile {
  const { type, sizeBytes } = request;
  const parent = request.type === "differencing" ? { parent: request.parent } : {};
  return { id: crypto.randomUUID(), type, sizeBytes, ...parent };
}

function toImage(file: RandomAccessFile, { id, type, sizeBytes, parent }: ToyFile): DiskImage {
  const paths = parent && [
    { kind: "relative" as const, path: parent.relativePath ?? "" },
    { kind: "absolute" as const, path: parent.absolutePath },
  ];
  return {
    properties: {
      format: TOY,
      type,
      sizeBytes,
      blockSizeBytes: 0,
      logicalSectorSizeBytes: 512,
      physicalSectorSizeBytes: 512,
      diskId: id,
      linkageId: id,
      ...(parent === undefined || paths === undefined
        ? {}
        : { parentLocator: { linkageIds: [parent.linkageId], paths } }),
    },
    file,
    async *readExtents(
      offsetBytes,
      lengthBytes,
    ): AsyncGenerator<readonly Extent[], void, undefined> {
      yield await Promise.resolve([{ kind: "absent", offsetBytes, lengthBytes }]);
    },
    close: () => file.close(),
  };
}
