import { formatSize, formatTable, shortenPath } from "../../../tools/table.mjs";

describe("formatSize", () => {
  it.each([
    [0, "0 bytes"],
    [1023, "1023 bytes"],
    [2 * 1024 ** 2, "2 MiB"],
    [1.5 * 1024 ** 3, "1.5 GiB"],
    [64 * 1024 ** 4, "64 TiB"],
    [5000 * 1024 ** 4, "5000 TiB"],
  ])("writes %d bytes for people", (sizeBytes, expected) => {
    expect(formatSize(sizeBytes)).toBe(expected);
  });
});

describe("formatTable", () => {
  it("aligns columns to the left, or to the right where the title begins with a blank", () => {
    const table = formatTable(["disk", " size"], [["web.vhdx", "4 MiB"]]);

    expect(table).toBe(["  disk       size\n", "  web.vhdx  4 MiB\n"].join(""));
  });
});

describe("shortenPath", () => {
  it.each([
    ["/disks/web.vhdx", 15, "/disks/web.vhdx"],
    ["/srv/a/disks/web.vhdx", 17, "…/disks/web.vhdx"],
    [String.raw`C:\srv\disks\web.vhdx`, 16, String.raw`…\disks\web.vhdx`],
    ["/a/file-name-that-is-too-long.vhdx", 10, "…/file-name-that-is-too-long.vhdx"],
  ])("shortens %s to %d characters", (path, width, expected) => {
    expect(shortenPath(path, width)).toBe(expected);
  });
});
