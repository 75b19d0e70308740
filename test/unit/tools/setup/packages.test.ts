import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { findNpm } from "../../../../tools/setup/packages.mjs";
import { useTempFolder } from "../../../support/temp-folder";

describe("findNpm", () => {
  const tempPath = useTempFolder();

  it("runs the npm that runs the script, without a shell", () => {
    const script = createFile(tempPath("running", "npm-cli.js"));

    expect(findNpm({ npm_execpath: script }, "/nowhere/node")).toEqual({
      command: "/nowhere/node",
      args: [script],
    });
  });

  it("finds the npm beside Node.js where another package manager runs the script", () => {
    const node = tempPath("beside", "node");
    const script = createFile(tempPath("beside", "node_modules", "npm", "bin", "npm-cli.js"));

    expect(findNpm({ npm_execpath: createFile(tempPath("pnpm.cjs")) }, node)).toEqual({
      command: node,
      args: [script],
    });
  });

  it("falls back to the npm on PATH", () => {
    expect(findNpm({}, tempPath("empty", "bin", "node"))).toEqual({ command: "npm", args: [] });
  });
});

function createFile(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "");
  return path;
}
