import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pruneDeclarations } from "../../../../tools/setup/declarations.mjs";
import { useTempFolder } from "../../../support/temp-folder";

describe("pruneDeclarations", () => {
  const tempPath = useTempFolder();

  it("keeps what the entries reach, in whatever form they refer to it, and all code", () => {
    const folder = tempPath("build");
    const files = {
      "index.d.ts": 'import type { A } from "./inner/a";\nexport * from "./b";',
      "inner/a.d.ts": 'export type A = import("../c").C;',
      "b.d.ts": 'import "./d";',
      "c.d.ts": "",
      "d.d.ts": 'export { index } from "./index";',
      "hidden.d.ts": "",
      "hidden.js": "",
    };
    mkdirSync(join(folder, "inner"), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text);
    }

    pruneDeclarations(folder, ["index.d.ts"]);

    const left = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.includes("."),
    );
    expect(left.map((name) => name.replaceAll("\\", "/")).toSorted()).toEqual(
      Object.keys(files)
        .filter((name) => name !== "hidden.d.ts")
        .toSorted(),
    );
  });
});
