import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { useTempFolder } from "../../support/temp-folder";

const ROOT = resolve(__dirname, "..", "..", "..");

/** What one file may import, and what the linter must refuse it. */
interface Wall {
  readonly file: string;
  readonly allowed: readonly string[];
  readonly refused: readonly string[];
}

const WALLS: readonly Wall[] = [
  {
    file: "provider/disk/any.ts",
    allowed: ["./errors"],
    refused: [
      "../image/chain",
      "../config",
      "../../sdk/index",
      "node:fs",
      "node:crypto",
      "zod",
      "@pulumi/pulumi",
    ],
  },
  {
    file: "provider/disk/rules/any.ts",
    allowed: ["./problem", "../errors"],
    refused: [
      "../../image/chain",
      "../../config",
      "../../../sdk/index",
      "node:fs",
      "zod",
      "@pulumi/pulumi",
    ],
  },
  {
    file: "provider/image/any.ts",
    allowed: ["./bytes", "./vhd/open", "../disk/errors", "../disk/rules/chains"],
    refused: [
      "../embedded/disk-files",
      "../hyperv/cim/cim-session",
      "../resources/handler",
      "node:fs",
      "node:fs/promises",
      "zod",
    ],
  },
  {
    file: "provider/image/vhd/any.ts",
    allowed: ["./footer", "../bytes", "../../disk/errors"],
    refused: [
      "../vhdx/open",
      "../../embedded/disk-files",
      "../../hyperv/cim/cim-session",
      "node:fs",
      "@pulumi/pulumi",
    ],
  },
  {
    file: "provider/guard/any.ts",
    allowed: ["./proof", "../disk/host", "../disk/sync/keyed-lock"],
    refused: [
      "../embedded/disk-files",
      "../hyperv/cim/cim-session",
      "../image/chain",
      "../config",
      "node:fs",
      "zod",
    ],
  },
  {
    file: "provider/embedded/any.ts",
    allowed: [
      "./disk-files",
      "../image/chain",
      "../image/vhd/open",
      "../disk/errors",
      "node:fs/promises",
    ],
    refused: [
      "../hyperv/cim/cim-session",
      "../config",
      "../resources/handler",
      "../../sdk/index",
      "zod",
      "@pulumi/pulumi",
    ],
  },
  {
    file: "provider/hyperv/any.ts",
    allowed: [
      "./cim/cim-session",
      "./disks/host-files",
      "../disk/errors",
      "../guard/guarded-backend",
    ],
    refused: [
      "../guard/proof",
      "../embedded/disk-files",
      "../image/chain",
      "../config",
      "node-powershell",
      "node:fs",
    ],
  },
  {
    file: "provider/hyperv/cim/any.ts",
    allowed: ["./cim-values", "../../disk/errors"],
    refused: [
      "../powershell/launch",
      "../wsman/session",
      "../service/job",
      "node:fs",
      "node-powershell",
      "zod",
    ],
  },
  {
    file: "provider/hyperv/powershell/any.ts",
    allowed: [
      "./shell-lines",
      "../cim/cim-values",
      "../../disk/errors",
      "node-powershell",
      "node:child_process",
    ],
    refused: [
      "../wsman/session",
      "../service/job",
      "../disks/host-files",
      "../../image/chain",
      "zod",
    ],
  },
  {
    file: "provider/hyperv/service/any.ts",
    allowed: ["./job", "./codes/return-values", "../cim/cim-values", "../../disk/errors"],
    refused: [
      "../powershell/launch",
      "../wsman/session",
      "../disks/host-files",
      "../../config",
      "node-powershell",
    ],
  },
  {
    file: "provider/hyperv/service/codes/any.ts",
    allowed: ["./return-values", "../../cim/wbem-codes", "../../../disk/errors"],
    refused: ["../job", "../../powershell/launch", "node:fs"],
  },
  {
    file: "provider/hyperv/disks/any.ts",
    allowed: [
      "./children",
      "../cim/cim-session",
      "../service/job",
      "../service/codes/return-values",
      "../../disk/errors",
    ],
    refused: [
      "../powershell/launch",
      "../machines/machine",
      "../../embedded/disk-files",
      "../../config",
      "zod",
    ],
  },
  {
    file: "provider/hyperv/machines/any.ts",
    allowed: [
      "./machine",
      "../cim/cim-session",
      "../service/job",
      "../../disk/errors",
      "node:timers/promises",
    ],
    refused: [
      "../powershell/launch",
      "../disks/host-files",
      "../../embedded/disk-files",
      "../../config",
      "zod",
    ],
  },
  {
    file: "provider/resources/any.ts",
    allowed: ["./handler", "../disk/errors", "../config", "zod"],
    refused: [
      "../embedded/disk-files",
      "../image/chain",
      "../hyperv/cim/cim-session",
      "node:fs",
      "@pulumi/pulumi",
    ],
  },
  {
    file: "provider/functions/any.ts",
    allowed: ["./page-token", "../disk/errors", "zod"],
    refused: [
      "../embedded/disk-files",
      "../image/chain",
      "../hyperv/cim/cim-session",
      "node:fs",
      "@pulumi/pulumi",
    ],
  },
  {
    file: "provider/config-keys.ts",
    allowed: ["./disk/errors", "./embedded/path-style", "zod"],
    refused: [
      "./embedded/embedded-backend",
      "./hyperv/hyperv-backend",
      "./resources/handler",
      "node:fs",
    ],
  },
  {
    file: "provider/config.ts",
    allowed: [
      "./config-keys",
      "./disk/errors",
      "./embedded/embedded-backend",
      "./hyperv/hyperv-backend",
    ],
    refused: [
      "zod",
      "./image/chain",
      "./resources/handler",
      "../sdk/index",
      "@pulumi/pulumi",
      "node:fs",
    ],
  },
  {
    file: "provider/plugin/any.ts",
    allowed: [
      "./values",
      "../resources/resource",
      "../config",
      "@pulumi/pulumi/proto/provider_pb",
      "node:fs",
    ],
    refused: [
      "../embedded/disk-files",
      "../image/chain",
      "../hyperv/cim",
      "../../sdk/index",
      "zod",
      "@pulumi/pulumi",
    ],
  },
  {
    file: "sdk/native/any.ts",
    allowed: ["./native-resource", "../provider", "../../provider/disk/disk", "@pulumi/pulumi"],
    refused: [
      "../../provider/config",
      "../../provider/embedded/disk-files",
      "../../provider/plugin/main",
      "zod",
      "node:fs",
    ],
  },
  {
    file: "sdk/any.ts",
    allowed: [
      "./index",
      "../provider/resources/handler",
      "../provider/functions/page-token",
      "@pulumi/pulumi",
    ],
    refused: [
      "../provider/embedded/disk-files",
      "../provider/image/chain",
      "../provider/hyperv/cim/cim-session",
      "zod",
      "node:fs",
    ],
  },
  {
    file: "bench/rows/any.ts",
    allowed: ["./cpu", "../support/measure", "pulumi-vhd", "pulumi-vhd/provider", "node:fs"],
    refused: [
      "../../provider/config",
      "../../test/support/corpus",
      "../../sdk/index",
      "@pulumi/pulumi",
      "zod",
    ],
  },
];

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
