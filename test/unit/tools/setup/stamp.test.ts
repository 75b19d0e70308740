import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { hashFiles, isFresh } from "../../../../tools/setup/stamp.mjs";
import { useTempFolder } from "../../../support/temp-folder";

const tempPath = useTempFolder();

describe("hashFiles", () => {
  it("stays the same while nothing changes", () => {
    const folder = createFolder("same", { "src/a.ts": "a", "package.json": "{}" });

    expect(hashFiles(folder, ["src", "package.json"])).toBe(
      hashFiles(folder, ["package.json", "src"]),
    );
  });

  it("changes with the content of a file in a folder below", () => {
    const folder = createFolder("content", { "src/deep/a.ts": "a" });
    const before = hashFiles(folder, ["src"]);

    writeFileSync(`${folder}/src/deep/a.ts`, "b");

    expect(hashFiles(folder, ["src"])).not.toBe(before);
  });

  it("changes with the name of a file", () => {
    const folder = createFolder("name", { "src/a.ts": "a" });
    const before = hashFiles(folder, ["src"]);

    renameSync(`${folder}/src/a.ts`, `${folder}/src/b.ts`);

    expect(hashFiles(folder, ["src"])).not.toBe(before);
  });

  it("says content that moved from one file into the next", () => {
    const one = createFolder("one", { "src/a.ts": "ab", "src/b.ts": "c" });
    const other = createFolder("other", { "src/a.ts": "a", "src/b.ts": "bc" });

    expect(hashFiles(one, ["src"])).not.toBe(hashFiles(other, ["src"]));
  });

  it("changes with the salt, and takes missing files for absent", () => {
    const folder = createFolder("salt", {});

    expect(hashFiles(folder, ["missing"], "linux x64")).not.toBe(
      hashFiles(folder, ["missing"], "darwin arm64"),
    );
  });
});

describe("isFresh", () => {
  it("is true only where the stamp carries the very hash", () => {
    const folder = createFolder("stamps", { current: "hash", former: "another hash" });

    const answers = ["current", "former", "missing"].map((name) =>
      isFresh(`${folder}/${name}`, "hash"),
    );

    expect(answers).toEqual([true, false, false]);
  });
});

function createFolder(name: string, files: Readonly<Record<string, string>>): string {
  const folder = tempPath(name);
  mkdirSync(folder);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(`${folder}/${file}`), { recursive: true });
    writeFileSync(`${folder}/${file}`, content);
  }
  return folder;
}
