import { isDiskError } from "../../../../provider/disk/errors";
import { assertCanGrow, findGrowthProblem } from "../../../../provider/disk/rules/growth";
import { assertFitsParent, findChildSizeProblem } from "../../../../provider/disk/rules/parent-fit";
import {
  type RuleProblem,
  assertNoProblem,
  describeProblem,
} from "../../../../provider/disk/rules/problem";
import { describeBytes } from "../../../../provider/disk/rules/quantities";
import {
  findBlockSizeProblem,
  findSectorSizeProblem,
  findSizeProblem,
} from "../../../../provider/disk/rules/sizes";
import { assertWindow, resolveWindow } from "../../../../provider/disk/rules/windows";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

describe("a broken rule", () => {
  const problem: RuleProblem = {
    code: "OutOfRange",
    input: "sizeBytes",
    what: "it is too large",
    remedy: "Shrink it.",
  };

  it("reads as sentences beside an input", () => {
    expect(describeProblem(problem)).toBe("It is too large. Shrink it.");
  });

  it("is thrown by a host with its code, the disk, and what has been done so far", () => {
    const assertion = (): void => assertNoProblem(problem, "/a.vhdx", "Nothing was changed.");

    expect(assertion).toThrow(
      "[OutOfRange] it is too large: /a.vhdx. Nothing was changed. Shrink it.",
    );
  });

  it("is no error where there is none", () => {
    expect(() => assertNoProblem(undefined, "/a.vhdx")).not.toThrow();
  });
});

describe("a number of bytes", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [1023, "1023 bytes"],
    [512 * 1024, "512 KiB (524288 bytes)"],
    [3 * MIB, "3 MiB (3145728 bytes)"],
    [64 * GIB, "64 GiB (68719476736 bytes)"],
    [2040 * GIB, "about 1.99 TiB (2190433320960 bytes)"],
    [GIB + 512, "about 1 GiB (1073742336 bytes)"],
    [1.5 * GIB, "1.5 GiB (1610612736 bytes)"],
    [64 * TIB, "64 TiB (70368744177664 bytes)"],
  ])("%d is written as %s", (bytes, expected) => {
    expect(describeBytes(bytes)).toBe(expected);
  });
});

describe("the rules for sizes", () => {
  it.each([
    ["vhdx", 3 * MIB, 512],
    ["vhdx", 64 * TIB, 4096],
    ["vhd", 2040 * GIB, 512],
  ] as const)("a %s may have %d bytes in sectors of %d", (format, sizeBytes, sectorSizeBytes) => {
    expect(findSizeProblem(format, sizeBytes, sectorSizeBytes)).toBeUndefined();
  });

  it.each([
    ["vhdx", GIB + 256, 512, "InvalidInput", "multiple of the sector size, 512 bytes"],
    ["vhdx", GIB + 512, 4096, "InvalidInput", "multiple of the sector size, 4096 bytes"],
    ["vhd", 3 * MIB - 512, 512, "OutOfRange", "below the smallest size of a disk, 3 MiB"],
    ["vhd", 2040 * GIB + 512, 512, "OutOfRange", "above the limit of a VHD"],
    ["vhdx", 64 * TIB + 512, 512, "OutOfRange", "above the limit of a VHDX, 64 TiB"],
  ] as const)(
    "a %s of %d bytes in sectors of %d is refused",
    (format, sizeBytes, sectorSizeBytes, code, reason) => {
      expect(findSizeProblem(format, sizeBytes, sectorSizeBytes)).toMatchObject({
        code,
        input: "sizeBytes",
        what: expect.stringContaining(reason),
      });
    },
  );

  it.each([
    ["vhdx", MIB, undefined],
    ["vhdx", 256 * MIB, "fixed"],
    ["vhd", 512 * 1024, "dynamic"],
    ["vhd", 2 * MIB, undefined],
  ] as const)("a %s may have blocks of %d bytes (%s)", (format, blockSizeBytes, type) => {
    expect(findBlockSizeProblem(format, blockSizeBytes, type)).toBeUndefined();
  });

  it.each([
    ["vhdx", 512 * MIB, undefined, "1 MiB (1048576 bytes) to 256 MiB"],
    ["vhdx", 3 * MIB, undefined, "not a power of two"],
    ["vhd", MIB, undefined, "512 KiB (524288 bytes) or 2 MiB"],
    ["vhd", 2 * MIB, "fixed", "a fixed VHD has no blocks"],
  ] as const)(
    "a %s with blocks of %d bytes (%s) is refused",
    (format, blockSizeBytes, type, reason) => {
      expect(findBlockSizeProblem(format, blockSizeBytes, type)?.what).toContain(reason);
    },
  );

  it("a VHD has no large sectors, and the message names the format that has", () => {
    const problem = findSectorSizeProblem("vhd", "physicalSectorSizeBytes", 4096);

    expect(problem).toMatchObject({
      input: "physicalSectorSizeBytes",
      remedy: "Use .vhdx for larger sectors.",
    });
    expect(findSectorSizeProblem("vhdx", "logicalSectorSizeBytes", 4096)).toBeUndefined();
  });
});

describe("the rules for a child and its parent", () => {
  const parent = { format: "vhdx", sizeBytes: GIB, logicalSectorSizeBytes: 4096 } as const;

  it.each([
    [GIB / 2, parent, "OutOfRange"],
    [GIB + 512, parent, "OutOfRange"],
    [2 * GIB, { ...parent, format: "vhd", logicalSectorSizeBytes: 512 } as const, "NotSupported"],
  ])("%d bytes over %j is %s", (sizeBytes, over, code) => {
    expect(findChildSizeProblem(sizeBytes, over)?.code).toBe(code);
  });

  it("a child may be larger than its parent, in whole sectors", () => {
    expect(findChildSizeProblem(GIB + 4096, parent)).toBeUndefined();
  });

  it("the check and the host use the same words", () => {
    const request = {
      type: "differencing",
      format: "vhdx",
      path: "/c.vhdx",
      parentPath: "/p.vhdx",
    } as const;
    const what = findChildSizeProblem(GIB / 2, parent)?.what ?? "";

    expect(what).not.toBe("");
    expect(() => assertFitsParent({ ...request, sizeBytes: GIB / 2 }, parent)).toThrow(
      `[OutOfRange] ${what}: /c.vhdx.`,
    );
    expect(() => assertFitsParent(request, { ...parent, format: "vhd" })).toThrow(
      /^\[ParentMismatch\].*\/p\.vhdx/,
    );
  });
});

describe("the rules for growth", () => {
  it("a disk keeps its size or gets a larger one", () => {
    expect(findGrowthProblem({ format: "vhdx", sizeBytes: GIB }, GIB)).toBeUndefined();
    expect(findGrowthProblem({ format: "vhdx", sizeBytes: GIB }, 2 * GIB)).toBeUndefined();
  });

  it("no disk shrinks, and no VHD grows", () => {
    expect(() =>
      assertCanGrow({ path: "/a.vhdx", format: "vhdx", sizeBytes: 2 * GIB }, GIB),
    ).toThrow(/^\[OutOfRange\] a disk cannot shrink, from 2 GiB \(2147483648 bytes\) to 1 GiB/);
    expect(() => assertCanGrow({ path: "/a.vhd", format: "vhd", sizeBytes: GIB }, 2 * GIB)).toThrow(
      /^\[NotSupported\] a VHD cannot grow in place/,
    );
  });
});

describe("the rules for windows", () => {
  it.each([
    [-1, 1],
    [0, -1],
    [0, GIB + 1],
    [GIB, 1],
    [0.5, 1],
    [0, Number.NaN],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])("offset %d and length %d are not inside a disk of 1 GiB", (offsetBytes, lengthBytes) => {
    expect(() => assertWindow("/a.vhdx", GIB, offsetBytes, lengthBytes)).toThrow(/^\[OutOfRange\]/);
  });

  it("begin at 0 and end at the end of the disk unless given", () => {
    expect(resolveWindow("/a.vhdx", GIB, {})).toEqual({ offsetBytes: 0, lengthBytes: GIB });
    expect(resolveWindow("/a.vhdx", GIB, { offsetBytes: GIB })).toEqual({
      offsetBytes: GIB,
      lengthBytes: 0,
    });
  });

  it("that begin beyond the end of the disk are refused, with the path", () => {
    const failure = (() => {
      try {
        return resolveWindow("/a.vhdx", GIB, { offsetBytes: GIB + 1 });
      } catch (error) {
        return error;
      }
    })();

    expect(isDiskError(failure, "OutOfRange")).toBe(true);
    expect(String(failure)).toContain("/a.vhdx");
  });
});
