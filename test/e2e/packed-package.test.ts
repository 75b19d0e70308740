import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { findNpm } from "../../tools/setup/packages.mjs";
import { createProjectStack } from "../support/pulumi-project";
import { README_PROGRAM } from "../support/readme";
import { useTempFolder } from "../support/temp-folder";

const ROOT = resolve(__dirname, "..", "..");
const MANIFEST = join("node_modules", "pulumi-vhd", "package.json");
const TYPESCRIPT = join(ROOT, "node_modules", "typescript", "bin", "tsc");

jest.setTimeout(180_000);

describe("the packed package", () => {
  const tempPath = useTempFolder();
  let files: readonly string[];
  let unpackedSizeBytes: number;
  let project: string;

  beforeAll(() => {
    const packed = pack(tempPath());
    files = packed.files;
    unpackedSizeBytes = packed.unpackedSizeBytes;
    project = installInto(tempPath("project"), packed.tarball);
  });

  it("holds the build, its declarations and the papers, and nothing else", () => {
    const expected =
      /^(dist\/(provider|sdk)\/.*\.(js|d\.ts|ps1|json)|plugin\/[^/]+|(README|CHANGELOG)\.md|LICENSE|package\.json)$/;

    const others = files.filter((file) => !expected.test(file));

    expect(others).toEqual([]);
  });

  it("holds each source compiled, and the PowerShell bridge as it is", () => {
    const sources = ["provider", "sdk"].flatMap((folder) => listSources(folder));

    const expected = sources.flatMap((source) =>
      source.endsWith(".ts") ? [`dist/${toModule(source)}.js`] : [`dist/${source}`],
    );

    expect(files).toEqual(expect.arrayContaining([...expected, "LICENSE", "CHANGELOG.md"]));
    expect(expected).toContain("dist/provider/hyperv/powershell/cim-bridge.ps1");
  });

  it("takes at most 1 MiB, and brings at most three packages of others", () => {
    const { dependencies } = JSON.parse(readFileSync(join(project, MANIFEST), "utf8")) as {
      dependencies: object;
    };

    expect(unpackedSizeBytes).toBeLessThanOrEqual(1024 ** 2);
    expect(Object.keys(dependencies).length).toBeLessThanOrEqual(3);
  });

  it("has a README whose links lead to files of the package or of the repository", () => {
    const readme = readFileSync(join(project, "node_modules", "pulumi-vhd", "README.md"), "utf8");
    const { homepage } = JSON.parse(readFileSync(join(project, MANIFEST), "utf8")) as {
      homepage: string;
    };
    const repository = homepage.replace("#readme", "");

    const links = [...readme.matchAll(/(?:\]\(|^\[\w+\]: )(?<target>[^)\s]+)/gm)].map(
      (match) => match.groups!["target"]!,
    );
    const broken = links.filter((link) => {
      const inRepository = new RegExp(`^${repository}/(?:blob|tree)/main/(?<path>[^#]+)`).exec(link)
        ?.groups?.["path"];
      return (
        !files.includes(link) &&
        (inRepository === undefined || !existsSync(join(ROOT, inRepository)))
      );
    });

    expect(links.length).toBeGreaterThan(5);
    expect(broken).toEqual([]);
  });

  it("is loaded by a program, and by the provider process through the name that states keep", () => {
    const sdk = runInProject(project, 'Object.keys(require("pulumi-vhd"))');
    const provider = runInProject(project, 'Object.keys(require("pulumi-vhd/provider"))');

    expect(sdk).toEqual(
      expect.arrayContaining([
        "DifferencingDisk",
        "VirtualDisk",
        "Provider",
        "getVirtualDiskChanges",
      ]),
    );
    expect(provider).toEqual(expect.arrayContaining(["differencingDisk", "virtualDisk"]));
  });

  it("keeps everything else to itself", () => {
    const attempt = () => runInProject(project, 'require("pulumi-vhd/dist/provider/config.js")');

    expect(attempt).toThrow("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  it("gives a TypeScript program its types", () => {
    const compilerOptions = { module: "node16", strict: true, noEmit: true, types: ["node"] };
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["index.ts", "readme.ts"] }),
    );
    writeFileSync(join(project, "readme.ts"), README_PROGRAM);
    writeFileSync(
      join(project, "index.ts"),
      `import * as vhd from "pulumi-vhd";
       export const ranges: Promise<readonly vhd.ChangedRange[]> =
         vhd.getVirtualDiskChanges({ path: "/disks/web.vhdx" }).then((changes) => changes.ranges);
       // @ts-expect-error the path is missing
       void vhd.getVirtualDisk({});`,
    );

    const listed = runNode(project, [TYPESCRIPT, "-p", "tsconfig.json", "--listFiles"]);

    // What a strict compiler says of the types of others would stop programs too.
    expect(listed).toContain("pulumi-vhd/dist/sdk/index.d.ts");
    expect(listed).not.toMatch(/[\\/]zod[\\/]/);
  });

  it.each(["pulumi-vhd", "pulumi-vhd/native"])(
    "serves a program that imports %s, with the packages of the program alone",
    (moduleName) => {
      const folder = join(project, moduleName.replace("/", "-"));
      mkdirSync(folder);
      const settings = {
        name: "packed",
        runtime: { name: "nodejs", options: { typescript: false } },
        main: ".",
        plugins: { providers: [{ name: "vhd", path: "../node_modules/pulumi-vhd/plugin" }] },
      };
      // JSON is YAML.
      writeFileSync(join(folder, "Pulumi.yaml"), JSON.stringify(settings));
      const path = JSON.stringify(join(folder, "disk.vhdx"));
      writeFileSync(
        join(folder, "index.js"),
        `const vhd = require("${moduleName}");
         const disk = new vhd.VirtualDisk("disk", { path: ${path}, sizeBytes: 4 * 1024 ** 3 });
         exports.format = vhd.getVirtualDiskOutput({ path: disk.path }).format;`,
      );
      const stack = createProjectStack(folder, join(folder, "home"));

      const up = stack.run("up", "--yes", "--skip-preview");
      const outputs = stack.readOutputs();
      const destroyed = stack.run("destroy", "--yes", "--skip-preview");

      expect([up, destroyed].map(({ exitCode, output }) => [exitCode, output])).toEqual([
        [0, expect.stringContaining("2 created")],
        [0, expect.stringContaining("2 deleted")],
      ]);
      expect(outputs).toEqual({ format: "vhdx" });
    },
  );
});

/** Packs the built package as `npm publish` would. */
function pack(folder: string): { tarball: string; files: string[]; unpackedSizeBytes: number } {
  const npm = findNpm(process.env, process.execPath);
  const args = [...npm.args, "pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const [packed] = JSON.parse(
    execFileSync(npm.command, args, { cwd: ROOT, encoding: "utf8", stdio: "pipe" }),
  ) as [{ filename: string; files: { path: string }[]; unpackedSize: number }];
  return {
    tarball: join(folder, basename(packed.filename)),
    files: packed.files.map(({ path }) => path),
    unpackedSizeBytes: packed.unpackedSize,
  };
}

/**
 * A project that has the package as npm would install it; its dependencies are those of this
 * checkout.
 */
function installInto(project: string, tarball: string): string {
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "pulumi-vhd"), { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", join(modules, "pulumi-vhd"), "--strip-components=1"]);
  for (const name of ["@types/node", "@pulumi/pulumi", "node-powershell", "zod"]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name), "junction");
  }
  return project;
}

/** Evaluates an expression in a Node.js process of its own that works in the project. */
function runInProject(project: string, expression: string): unknown {
  return JSON.parse(runNode(project, ["-e", `console.log(JSON.stringify(${expression}))`]));
}

/** @throws Error with what the process wrote, where it fails */
function runNode(cwd: string, args: readonly string[]): string {
  try {
    return execFileSync(process.execPath, args, { cwd, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${stdout}${stderr}`, { cause: error });
  }
}

/** Names relative to the root, as `provider/disk/disk.ts`. */
function listSources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? listSources(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );
}

function toModule(source: string): string {
  return source.slice(0, -".ts".length);
}
