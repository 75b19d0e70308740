import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { PINNED_PULUMI_VERSION } from "../../../../tools/setup/find-pulumi.mjs";
import { assertNodeVersion, findVersion, isAtLeast } from "../../../../tools/setup/version.mjs";

const TOOLS_FOLDER = resolve(__dirname, "..", "..", "..", "..", "tools");

describe("findVersion", () => {
  it.each([
    ["v3.259.0\n", "3.259.0"],
    ["v3.260.0-alpha.1+dirty", "3.260.0"],
    ["go version go1.26.8 linux/amd64", "1.26.8"],
    ["go version go1.26 linux/amd64", "1.26.0"],
  ])("finds the version in %j", (text, expected) => {
    expect(findVersion(text)).toBe(expected);
  });

  it("finds none where a program prints something else", () => {
    expect(findVersion("command not found")).toBeUndefined();
  });
});

describe("isAtLeast", () => {
  it.each([
    ["3.254.0", "3.254.0", true],
    ["3.254.1", "3.254.0", true],
    ["3.1000.0", "3.254.0", true],
    ["4.0.0", "3.254.0", true],
    ["3.253.9", "3.254.0", false],
    ["3.99.0", "3.254.0", false],
    ["2.999.999", "3.254.0", false],
  ])("compares numbers, not texts: %s with %s", (version, minimum, expected) => {
    expect(isAtLeast(version, minimum)).toBe(expected);
  });
});

describe("assertNodeVersion", () => {
  it("lets every Node.js from 20 on pass", () => {
    expect(() => {
      assertNodeVersion("20.0.0");
    }).not.toThrow();
  });

  it("says which Node.js is needed where an older one runs", () => {
    expect(() => {
      assertNodeVersion("18.20.4");
    }).toThrow("needs Node.js 20.0.0 or newer, and this is 18.20.4");
  });
});

describe("the pinned versions", () => {
  it("name the same Pulumi CLI in go.mod and in the set-up", () => {
    const goMod = readFileSync(resolve(TOOLS_FOLDER, "pulumi-cli", "go.mod"), "utf8");

    expect(goMod).toContain(`github.com/pulumi/pulumi/pkg/v3 v${PINNED_PULUMI_VERSION} `);
  });
});
