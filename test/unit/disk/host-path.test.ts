import {
  extensionOf,
  fileNameOf,
  folderOf,
  formatOfPath,
  isAbsolutePath,
  isSamePath,
  normalizePath,
  pathKey,
  relativeParentPath,
  resolveRelativePath,
} from "../../../provider/disk/host-path";

describe("paths of a host", () => {
  it.each([
    ["win32", "C:\\disks\\a.vhdx", "c:/DISKS/A.VHDX"],
    ["win32", "C:\\disks\\a.vhdx", "\\\\?\\C:\\disks\\a.vhdx"],
    ["win32", "C:\\disks\\a.vhdx", "\\??\\C:\\disks\\a.vhdx"],
    ["win32", "C:\\disks\\a.vhdx", "C:\\disks\\.\\sub\\..\\a.vhdx"],
    ["win32", "\\\\srv\\share\\a.vhdx", "\\\\?\\UNC\\SRV\\share\\a.vhdx"],
    ["posix", "/disks/a.vhdx", "/disks//./x/../a.vhdx"],
  ] as const)("on %s, %s and %s are the same place", (style, left, right) => {
    expect(isSamePath(style, left, right)).toBe(true);
    expect(pathKey(style, left)).toBe(pathKey(style, right));
  });

  it.each([
    ["posix", "/disks/a.vhdx", "/disks/A.vhdx"],
    ["win32", "C:\\a.vhdx", "D:\\a.vhdx"],
    ["win32", "\\\\srv\\one\\a.vhdx", "\\\\srv\\two\\a.vhdx"],
  ] as const)("on %s, %s and %s are two places", (style, left, right) => {
    expect(isSamePath(style, left, right)).toBe(false);
  });

  it.each([
    ["win32", "C:\\a.vhdx", true],
    ["win32", "C:a.vhdx", false],
    ["win32", "\\a.vhdx", false],
    ["win32", "a.vhdx", false],
    ["win32", "\\\\srv\\share\\a.vhdx", true],
    ["win32", "\\\\srv", false],
    ["win32", "\\\\.\\PhysicalDrive0", false],
    ["win32", "\\\\?\\Volume{26a21bda-a627-11d7-9931-806e6f6e6963}\\a.vhdx", true],
    ["win32", "/a.vhdx", false],
    ["posix", "/a.vhdx", true],
    ["posix", "a.vhdx", false],
    ["posix", "C:\\a.vhdx", false],
  ] as const)("on %s, %s is a full path: %s", (style, path, expected) => {
    expect(isAbsolutePath(style, path)).toBe(expected);
  });

  it("keeps a climb above the root at the root", () => {
    expect(normalizePath("posix", "/../../a")).toBe("/a");
    expect(normalizePath("win32", "C:\\..\\..\\a")).toBe("C:\\a");
  });

  it("takes paths apart", () => {
    expect(folderOf("posix", "/disks/a.vhdx")).toBe("/disks");
    expect(folderOf("posix", "/a.vhdx")).toBe("/");
    expect(folderOf("win32", "C:\\a.vhdx")).toBe("C:\\");
    expect(fileNameOf("C:\\disks\\a.vhdx")).toBe("a.vhdx");
    expect(extensionOf("/a.b/disk.VHDX")).toBe(".vhdx");
    expect(extensionOf("/a.b/disk")).toBe("");
    expect(extensionOf("/a/.vhdx")).toBe("");
  });

  it.each([
    ["a.vhd", "vhd"],
    ["a.avhd", "vhd"],
    ["a.VHDX", "vhdx"],
    ["a_0C1D.avhdx", "vhdx"],
    ["a.vhds", undefined],
    ["a.iso", undefined],
  ])("says from %s the format %s", (path, format) => {
    expect(formatOfPath(path)).toBe(format);
  });
});

describe("the path of a parent relative to its child", () => {
  it.each([
    ["posix", "/d/child.vhdx", "/d/base.vhdx", ".\\base.vhdx"],
    ["posix", "/d/jobs/child.vhdx", "/d/golden/base.vhdx", "..\\golden\\base.vhdx"],
    ["posix", "/child.vhdx", "/d/base.vhdx", ".\\d\\base.vhdx"],
    ["win32", "C:\\D\\jobs\\child.vhdx", "c:\\d\\base.vhdx", "..\\base.vhdx"],
    ["win32", "\\\\srv\\s\\a\\child.vhdx", "\\\\SRV\\S\\base.vhdx", "..\\base.vhdx"],
  ] as const)("on %s, from %s to %s is %s", (style, child, parent, expected) => {
    expect(relativeParentPath(style, child, parent)).toBe(expected);
  });

  it("does not exist between volumes", () => {
    expect(relativeParentPath("win32", "C:\\child.vhdx", "D:\\base.vhdx")).toBeUndefined();
  });

  it.each([
    ["posix", "/d/jobs/child.vhdx", "..\\golden\\base.vhdx", "/d/golden/base.vhdx"],
    ["posix", "/d/child.vhdx", ".\\base.vhdx", "/d/base.vhdx"],
    ["posix", "/d/child.vhdx", "base.vhdx", "/d/base.vhdx"],
    ["win32", "C:\\d\\child.vhdx", "../base.vhdx", "C:\\base.vhdx"],
  ] as const)("on %s, %s with %s leads to %s", (style, child, relative, expected) => {
    expect(resolveRelativePath(style, child, relative)).toBe(expected);
  });
});
