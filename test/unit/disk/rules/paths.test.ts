import {
  describeExtensionProblem,
  describePathProblem,
} from "../../../../provider/disk/rules/paths";

describe("the rules for paths of disks", () => {
  it.each([
    ["posix", "/disks/child.vhdx"],
    ["posix", "/disks/100%/child.vhdx"],
    ["posix", "/disks/nullable.vhdx"],
    ["win32", "C:\\disks\\child.vhdx"],
    ["win32", "\\\\srv\\share\\child.vhdx"],
    ["win32", "C:\\ClusterStorage\\Volume1\\console.vhdx"],
    ["win32", "\\\\?\\Volume{26a21bda-a627-11d7-9931-806e6f6e6963}\\a.vhdx"],
  ] as const)("on %s, %s is fine", (style, path) => {
    expect(describePathProblem(style, path)).toBeUndefined();
  });

  it.each([
    ["posix", "child.vhdx", "full path"],
    ["posix", "./child.vhdx", "full path"],
    ["posix", "C:\\disks\\child.vhdx", "set vhd:backend to hyperv"],
    ["win32", "/disks/child.vhdx", "expects a path such as C:\\disks\\child.vhdx"],
    ["posix", `/disks/${"ä".repeat(126)}.vhdx`, "257 bytes"],
    ["win32", `C:\\disks\\${"ä".repeat(251)}.vhdx`, "256 characters"],
    ["posix", "/disks/NUL.vhdx", "reserves"],
    ["posix", "/disks/com1.vhd", "reserves"],
    ["posix", "/disks/a\0.vhdx", "NUL character"],
    ["win32", "disks\\child.vhdx", "full path"],
    ["win32", "C:\\aux\\child.vhdx", "reserves"],
    ["win32", "C:\\disks\\LPT9.vhdx", "reserves"],
    ["win32", "C:\\disks\\con .vhdx", "reserves"],
    ["win32", "%TEMP%\\child.vhdx", "full path"],
    ["win32", "C:\\%TEMP%\\child.vhdx", "environment variable"],
    ["win32", "C:\\disks\\a:b.vhdx", "does not allow"],
    ["win32", "C:\\disks\\a\nb.vhdx", "does not allow"],
    ["win32", "C:\\disks \\child.vhdx", "dot or a space"],
    ["win32", "\\\\.\\PhysicalDrive0", "full path"],
  ] as const)("on %s, %j is refused, because of: %s", (style, path, reason) => {
    expect(describePathProblem(style, path)).toContain(reason);
  });

  it("the extension decides the format, and checkpoints keep theirs", () => {
    expect(describeExtensionProblem("/a.img", "existing")).toContain(
      ".vhd or .vhdx or .avhd or .avhdx, not .img",
    );
    expect(describeExtensionProblem("/a", "new")).toContain("but there is none");
    expect(describeExtensionProblem("/a.avhdx", "new")).toContain("must be .vhd or .vhdx");
    expect(describeExtensionProblem("/a.avhdx", "existing")).toBeUndefined();
  });
});
