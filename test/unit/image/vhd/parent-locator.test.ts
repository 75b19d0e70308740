import {
  type LocatorEntry,
  PLATFORM_CODE,
  parseLocatorEntry,
  readParentPaths,
  serializeLocatorEntry,
} from "../../../../provider/image/vhd/parent-locator";
import { encodeUtf16 } from "../../../../provider/image/vhd/utf16";
import { failureOf } from "../../../support/failure-of";
import { MemoryFile } from "../../../support/memory-file";

const HEADER_OFFSET_BYTES = 512;
const SLOT_SIZE_BYTES = 2048;

/**
 * A file with one locator after the other; text is written in UTF-16 little-endian, bytes as they
 * are.
 */
function buildLocators(...locators: [code: string, data: string | Uint8Array][]): {
  file: MemoryFile;
  entries: LocatorEntry[];
} {
  const file = new MemoryFile("child.vhd");
  const entries = locators.map(([platformCode, data], index) => {
    const bytes = typeof data === "string" ? encodeUtf16(data, "little-endian") : data;
    const dataOffsetBytes = index * SLOT_SIZE_BYTES;
    file.writeNow(dataOffsetBytes, bytes);
    return {
      platformCode,
      dataSpaceBytes: SLOT_SIZE_BYTES,
      dataLengthBytes: bytes.length,
      dataOffsetBytes,
    };
  });
  return { file, entries };
}

async function readPaths(
  parentName: string,
  ...locators: [code: string, data: string | Uint8Array][]
) {
  const { file, entries } = buildLocators(...locators);
  return (await readParentPaths(file, HEADER_OFFSET_BYTES, entries, parentName)).paths;
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

describe("a parent locator", () => {
  it("gives back what was written", () => {
    const entry = {
      platformCode: "W2ku",
      dataSpaceBytes: 4096,
      dataLengthBytes: 86,
      dataOffsetBytes: 2 ** 40,
    };

    expect(parseLocatorEntry(serializeLocatorEntry(entry))).toEqual(entry);
  });

  it("is looked at in the order relative, full, name in the header, whatever the order in the file", async () => {
    const paths = await readPaths(
      "D:\\old\\base.vhd",
      ["W2ku", "C:\\disks\\base.vhd"],
      ["W2ru", ".\\base.vhd"],
    );

    expect(paths).toEqual([
      { kind: "relative", path: ".\\base.vhd" },
      { kind: "absolute", path: "C:\\disks\\base.vhd" },
      { kind: "absolute", path: "D:\\old\\base.vhd" },
    ]);
  });

  it("comes before a bare name in the header", async () => {
    const paths = await readPaths("base.vhd", ["W2ku", "C:\\disks\\base.vhd"]);

    expect(paths).toEqual([
      { kind: "absolute", path: "C:\\disks\\base.vhd" },
      { kind: "relative", path: "base.vhd" },
    ]);
  });

  it("is told once where two say the same", async () => {
    const paths = await readPaths(
      "C:\\disks\\base.vhd",
      ["W2ku", "C:\\disks\\base.vhd"],
      ["W2ku", "C:\\disks\\base.vhd"],
    );

    expect(paths).toEqual([{ kind: "absolute", path: "C:\\disks\\base.vhd" }]);
  });

  it("may be missing where the header names the parent", async () => {
    expect(await readPaths("base.vhd")).toEqual([{ kind: "relative", path: "base.vhd" }]);
  });

  it.each([
    ["\\\\server\\share\\base.vhd", "absolute"],
    ["\\\\?\\C:\\disks\\base.vhd", "absolute"],
    ["/var/disks/base.vhd", "absolute"],
    ["\\\\?\\Volume{26a21bda-a627-11d7-9931-806e6f6e6963}\\base.vhd", "volume"],
    ["..\\golden\\base.vhd", "relative"],
    ["base.vhd", "relative"],
  ])("holds %p, which counts as %s whatever its platform code", async (path, kind) => {
    expect(await readPaths("", ["W2ru", path])).toEqual([{ kind, path }]);
    expect(await readPaths("", ["W2ku", path])).toEqual([{ kind, path }]);
  });

  it.each([
    ["file://./base.vhd", "relative", "./base.vhd"],
    ["file://../golden/base.vhd", "relative", "../golden/base.vhd"],
    ["file:///var/disks/base.vhd", "absolute", "/var/disks/base.vhd"],
    ["file://localhost/var/disks/base.vhd", "absolute", "/var/disks/base.vhd"],
    ["file://localhost-disks/base.vhd", "relative", "localhost-disks/base.vhd"],
    ["file:///var/my%20disks/%C3%A4.vhd", "absolute", "/var/my disks/ä.vhd"],
    ["file:///var/100%/base.vhd", "absolute", "/var/100%/base.vhd"],
    ["file://./base.vhd\0", "relative", "./base.vhd"],
    ["./base.vhd", "relative", "./base.vhd"],
  ])("of MacX holds the URL %p", async (url, kind, path) => {
    expect(await readPaths("", ["MacX", bytesOf(url)])).toEqual([{ kind, path }]);
  });

  it.each(["Wi2r", "Wi2k", "Mac ", "XXXX"])(
    "with the code %p is tolerated and ignored",
    async (code) => {
      const paths = await readPaths(
        "",
        [code, bytesOf("C:\\DISKS\\B~1.VHD")],
        ["W2ru", ".\\base.vhd"],
      );

      expect(paths).toEqual([{ kind: "relative", path: ".\\base.vhd" }]);
    },
  );

  it("with an ignored code may point anywhere", async () => {
    const { file, entries } = buildLocators(["W2ru", ".\\base.vhd"]);
    const foreign = {
      platformCode: "Mac ",
      dataSpaceBytes: 0,
      dataLengthBytes: 0xffffffff,
      dataOffsetBytes: 2 ** 60,
    };

    const { paths } = await readParentPaths(file, HEADER_OFFSET_BYTES, [foreign, ...entries], "");

    expect(paths).toHaveLength(1);
  });

  it("may end with a NUL, begin with a byte order mark, or be empty", async () => {
    const paths = await readPaths("", ["W2ru", "\ufeff.\\base.vhd\0"], ["W2ku", ""]);

    expect(paths).toEqual([{ kind: "relative", path: ".\\base.vhd" }]);
  });

  it.each([0, 1, 4, 0xffffffff])(
    "is not read by its data space, here %p, whose unit differs between writers",
    async (space) => {
      const { file, entries } = buildLocators(["W2ru", ".\\base.vhd"]);

      const { paths } = await readParentPaths(
        file,
        512,
        [{ ...entries[0]!, dataSpaceBytes: space }],
        "",
      );

      expect(paths).toEqual([{ kind: "relative", path: ".\\base.vhd" }]);
    },
  );

  it.each<Partial<LocatorEntry>>([
    { dataOffsetBytes: 2 ** 40 },
    { dataOffsetBytes: 2 ** 63 },
    { dataLengthBytes: 4096 },
    { dataLengthBytes: 0xffffffff },
  ])(
    "is passed over outside the file, and refused where nothing else names the parent: %p",
    async (changes) => {
      const { file, entries } = buildLocators(["W2ru", ".\\base.vhd"]);
      const broken = [{ ...entries[0]!, ...changes }];

      const beside = await readParentPaths(
        file,
        HEADER_OFFSET_BYTES,
        [...broken, ...entries],
        "b.vhd",
      );
      const error = await failureOf(readParentPaths(file, HEADER_OFFSET_BYTES, broken, ""));

      expect(beside.paths.map(({ path }) => path)).toEqual([".\\base.vhd", "b.vhd"]);
      expect(beside.problems).toEqual([expect.stringContaining(PLATFORM_CODE.relativeWindows)]);
      expect(error).toMatchObject({
        code: "CorruptImage",
        details: { facts: { structure: "dynamic header" } },
      });
      expect(error.message).toContain(PLATFORM_CODE.relativeWindows);
    },
  );

  it("is refused when it is longer than any path, without reading it", async () => {
    const { file, entries } = buildLocators(["W2ru", ".\\base.vhd"]);
    await file.resize(2 ** 40);
    file.bytesRead = 0;

    const reading = readParentPaths(
      file,
      HEADER_OFFSET_BYTES,
      [{ ...entries[0]!, dataLengthBytes: 2 ** 31 }],
      "",
    );

    expect((await failureOf(reading)).code).toBe("CorruptImage");
    expect(file.bytesRead).toBe(0);
  });

  it("has to be there, or a name in the header", async () => {
    const error = await failureOf(readPaths("", ["W2ru", ""], ["Mac ", bytesOf("alias")]));

    expect(error.code).toBe("CorruptImage");
    expect(error.message).toContain("it has no path of the parent");
  });
});
