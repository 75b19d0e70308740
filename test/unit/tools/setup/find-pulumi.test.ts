import { delimiter } from "node:path";
import {
  judgePulumiCli,
  listFolders,
  withPulumiFirst,
} from "../../../../tools/setup/find-pulumi.mjs";

describe("judgePulumiCli", () => {
  const good = { folder: "/opt/pulumi/bin", version: "3.254.0", missing: [] };

  it("takes a CLI that is new enough and whole", () => {
    expect(judgePulumiCli(good)).toEqual({ folder: "/opt/pulumi/bin", version: "3.254.0" });
  });

  it.each([
    ["is too old", { version: "3.253.1" }, "is 3.253.1, older than 3.254.0"],
    ["does not run", { version: undefined }, "does not print its version"],
    [
      "has no language host",
      { missing: ["pulumi-language-nodejs"] },
      "has no pulumi-language-nodejs beside it",
    ],
    [
      "is where the Automation API does not look",
      { folder: "/opt/pulumi" },
      "in a folder named bin",
    ],
  ])("says why it takes none that %s", (_, fault, reason) => {
    expect(judgePulumiCli({ ...good, ...fault })).toContain(reason);
  });
});

describe("withPulumiFirst", () => {
  it("puts the folder before all others and keeps the rest", () => {
    const env = { PATH: ["/usr/bin", "/bin"].join(delimiter), HOME: "/home/me" };

    const result = withPulumiFirst(env, "/pulumi/bin");

    expect(result).toEqual({
      PATH: ["/pulumi/bin", "/usr/bin", "/bin"].join(delimiter),
      HOME: "/home/me",
    });
  });

  it("leaves one PATH where Windows spells it Path", () => {
    const result = withPulumiFirst({ Path: "C:\\Windows" }, "C:\\pulumi\\bin");

    expect(Object.keys(result)).toEqual(["PATH"]);
  });
});

describe("listFolders", () => {
  it("skips empty entries, which would mean the working folder", () => {
    expect(listFolders({ PATH: ["", "/bin", ""].join(delimiter) })).toEqual(["/bin"]);
  });

  it("is empty without PATH", () => {
    expect(listFolders({})).toEqual([]);
  });
});
