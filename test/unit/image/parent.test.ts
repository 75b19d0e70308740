import { DiskError } from "../../../provider/disk/errors";
import { openChain } from "../../../provider/image/chain";
import type { DiskImage } from "../../../provider/image/disk-image";
import { FORMAT_DRIVERS } from "../../../provider/image/formats";
import { createParentError } from "../../../provider/image/parent-errors";
import { failureOf } from "../../support/failure-of";
import { MemoryDisks } from "../../support/memory-disks";
import { MemoryFile } from "../../support/memory-file";

const MIB = 1024 * 1024;
const CHILD = "/disks/child";
const FULL_PATH = "/golden/base";
const RELATIVE_PATH = "/disks/copy";

type Format = "vhd" | "vhdx";

/**
 * A child that records a relative path (`./copy`, looked at first) and a full one, where its parent
 * is.
 */
async function makeChild(format: Format, relativePath = ".\\copy"): Promise<MemoryDisks> {
  const disks = new MemoryDisks(format);
  await disks.createBase(FULL_PATH, 4 * MIB);
  const { properties } = await disks.openImage(FULL_PATH);
  const file = new MemoryFile(CHILD);
  await FORMAT_DRIVERS[format].create(file, {
    type: "differencing",
    sizeBytes: 4 * MIB,
    logicalSectorSizeBytes: properties.logicalSectorSizeBytes,
    physicalSectorSizeBytes: properties.physicalSectorSizeBytes,
    parent: {
      linkageId: properties.linkageId,
      diskId: properties.diskId,
      absolutePath: FULL_PATH,
      relativePath,
    },
  });
  disks.files.set(CHILD, file);
  return disks;
}

/** What may be at the path that is looked at first, and what the error says about it. */
const OBSTACLES: [string, (disks: MemoryDisks) => Promise<void> | void, string][] = [
  ["nothing", () => undefined, `${RELATIVE_PATH} does not exist`],
  [
    "rubbish",
    ({ files }) => void files.set(RELATIVE_PATH, MemoryFile.of(new Uint8Array(9000).fill(3))),
    "supported format",
  ],
  [
    "a folder",
    (disks) =>
      failAt(
        disks,
        new DiskError("UnsupportedImage", { what: "this is a folder, not a disk image" }),
      ),
    "this is a folder",
  ],
  [
    "a name that is too long",
    (disks) => failAt(disks, new DiskError("InvalidInput", { what: "the file cannot be opened" })),
    "cannot be opened",
  ],
  [
    "a file that may not be read",
    (disks) => failAt(disks, new DiskError("AccessDenied", { what: "the file cannot be opened" })),
    "cannot be opened",
  ],
  ["a damaged image", damage, "is damaged"],
  ["another disk", (disks) => disks.createBase(RELATIVE_PATH, 4 * MIB), "has the identity"],
];

function failAt(disks: MemoryDisks, error: DiskError): void {
  const openImage = disks.openImage.bind(disks);
  disks.openImage = (path): Promise<DiskImage> =>
    path === RELATIVE_PATH ? Promise.reject(error) : openImage(path);
}

function damage({ files }: MemoryDisks): void {
  const bytes = files.get(FULL_PATH)!.toBytes();
  bytes.fill(0xaa, 600, 300_000);
  bytes.fill(0xaa, bytes.length - 500, bytes.length);
  files.set(RELATIVE_PATH, MemoryFile.of(bytes, RELATIVE_PATH));
}

describe.each(["vhd", "vhdx"] as const)("the parent of a %s", (format) => {
  it.each(OBSTACLES)(
    "is found at the next recorded path where %s is at the first",
    async (_, put) => {
      const disks = await makeChild(format);
      await put(disks);

      const chain = await openChain(disks, CHILD);

      expect(chain.links.map(({ path }) => path)).toEqual([CHILD, FULL_PATH]);
    },
  );

  it.each(OBSTACLES)(
    "is not found at all where %s is at the first path: all that was tried is listed",
    async (_, put, reason) => {
      const disks = await makeChild(format);
      await put(disks);
      disks.files.delete(FULL_PATH);

      const error = await failureOf(openChain(disks, CHILD));

      expect(error.message).toContain(reason);
      expect(error.message).toContain(RELATIVE_PATH);
      expect(error.message).toContain(`${FULL_PATH} does not exist`);
      expect(error.details.subject).toBe(CHILD);
    },
  );

  it.each([
    ["nothing is there", OBSTACLES[0]![1], "ParentNotFound"],
    ["a folder is there", OBSTACLES[2]![1], "ParentMismatch"],
    ["what is there may be the parent, but cannot be read", OBSTACLES[4]![1], "AccessDenied"],
    ["a damaged image is there", OBSTACLES[5]![1], "CorruptImage"],
  ])("is missing with a code of its own where %s", async (_, put, code) => {
    const disks = await makeChild(format);
    await put(disks);
    disks.files.delete(FULL_PATH);

    expect((await failureOf(openChain(disks, CHILD))).code).toBe(code);
  });
});

describe("the parent of a vhdx that records a path with a NUL character", () => {
  it("is not looked for there", async () => {
    const disks = await makeChild("vhdx", "a\0b");
    const opened: string[] = [];
    const openImage = disks.openImage.bind(disks);
    disks.openImage = (path) => {
      opened.push(path);
      return openImage(path);
    };

    await openChain(disks, CHILD);

    expect(opened).toEqual([CHILD, FULL_PATH]);
  });
});

describe("a recorded path that cannot be read", () => {
  it("is listed among those that were tried", () => {
    const locator = {
      linkageIds: ["ba5eba5e-1111-4111-8111-111111111111"],
      paths: [{ kind: "absolute", path: FULL_PATH }],
      problems: ["entry 2 of its locator points to 20 bytes at 4096 of 300"],
    } as const;
    const absent = { path: FULL_PATH, outcome: "absent", reason: "does not exist" } as const;

    const { message } = createParentError(CHILD, locator, [absent]);

    expect(message).toContain(`${FULL_PATH} does not exist; entry 2 of its locator points to 20`);
  });
});
