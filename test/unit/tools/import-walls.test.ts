import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { WALLS } from "../../support/import-walls/walls";
import { useTempFolder } from "../../support/temp-folder";

const ROOT = resolve(__dirname, "..", "..", "..");

describe("the import walls", () => {
  const tempPath = useTempFolder();

  it("let each folder import what the architecture says, and nothing else", () => {
    const project = createProject(tempPath("walls"));
    for (const { file, allowed, refused } of WALLS) {
      project.write(file, [...refused, ...allowed].map((name) => `import "${name}";`).join("\n"));
    }

    const problems = project.lint("no-restricted-imports");

    const expected = WALLS.flatMap(({ file, refused }) =>
      refused.map((_, index) => `${file}:${index + 1}`),
    );
    expect(problems).toEqual(expected.toSorted());
  });

  it.each([
    ["a type import", 'import type { A } from "../image/a";'],
    ["a re-export", 'export * from "../image/a";'],
    ["an import at run time", 'void import("../image/a");'],
  ])("are not passed by %s", (form, statement) => {
    const project = createProject(tempPath(form));
    project.write("provider/disk/any.ts", statement);

    const problems = project.lint("no-restricted-imports");

    expect(problems).toEqual(["provider/disk/any.ts:1"]);
  });

  it("leave the environment to config.ts", () => {
    const project = createProject(tempPath("environment"));
    const readers = ["process.env.A;", 'process["env"];', "const { env } = process;"].join("\n");
    project.write("provider/embedded/any.ts", readers);
    project.write("provider/config.ts", readers);

    const problems = project.lint("no-restricted-properties");

    expect(problems).toEqual([1, 2, 3].map((line) => `provider/embedded/any.ts:${line}`));
  });

  it("refuse imports in a circle", () => {
    const project = createProject(tempPath("circle"));
    project.write("provider/disk/a.ts", 'import { b } from "./b";\nexport const a = b;');
    project.write("provider/disk/b.ts", 'import { a } from "./a";\nexport const b = a;');

    const problems = project.lint("no-cycle");

    expect(problems).toEqual(["provider/disk/a.ts:1", "provider/disk/b.ts:1"]);
  });
});

/** A folder that is linted with this repository's rules, but for those that need types. */
function createProject(folder: string) {
  const config = JSON.parse(readFileSync(join(ROOT, ".oxlintrc.json"), "utf8")) as {
    options: object;
  };
  write(
    ".oxlintrc.json",
    JSON.stringify({ ...config, options: { ...config.options, typeAware: false } }),
  );

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }

  /** @returns the places where a rule was broken, as `folder/file.ts:line` */
  function lint(rule: string): string[] {
    const oxlint = join(ROOT, "node_modules", "oxlint", "bin", "oxlint");
    const { stdout } = spawnSync(process.execPath, [oxlint, "-f", "json"], {
      cwd: folder,
      encoding: "utf8",
    });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
    return diagnostics
      .filter(({ code }) => code.includes(`(${rule})`))
      .map(
        ({ filename, labels }) => `${toSlashes(filename, folder)}:${labels[0]?.span.line ?? "?"}`,
      )
      .toSorted();
  }

  return { write, lint };
}

/** One finding of the linter in its JSON form. */
interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

function toSlashes(filename: string, folder: string): string {
  return relative(folder, resolve(folder, filename)).replaceAll("\\", "/");
}
