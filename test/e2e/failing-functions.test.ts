import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type PulumiProject, createProjectStack, writeProject } from "../support/pulumi-project";
import { useTempFolder } from "../support/temp-folder";

const folder = useTempFolder();

jest.setTimeout(300_000);

/** Ways in which a program meets the failure of a data source; `MISSING` is a path without a disk. */
const PROGRAMS: readonly (readonly [string, string])[] = [
  ["as an output", "exports.size = vhd.getVirtualDiskOutput({ path: MISSING }).sizeBytes;"],
  ["as a promise that nobody waits for", "void vhd.getVirtualDisk({ path: MISSING });"],
  [
    "as a promise that the program waits for",
    "module.exports = async () => ({ disk: await vhd.getVirtualDiskChain({ path: MISSING }) });",
  ],
  [
    "page by page",
    "module.exports = async () => {\n" +
      "  for await (const page of vhd.iterateVirtualDiskChanges({ path: MISSING })) void page;\n" +
      "};",
  ],
  ["as content", "module.exports = async () => { await vhd.openVirtualDisk(MISSING); };"],
];

describe("the message of a data source that fails", () => {
  let project: PulumiProject;

  beforeAll(() => {
    project = createProjectStack(writeProject(folder("project"), ""), folder("home"));
  });

  it.each(PROGRAMS)("is shown once, without a stack: %s", (_name, body) => {
    const missing = folder("missing.vhdx");
    writeFileSync(
      join(project.folder, "index.js"),
      `const vhd = require("pulumi-vhd");\nconst MISSING = ${JSON.stringify(missing)};\n${body}`,
    );

    const { exitCode, output } = project.run("up", "--yes", "--skip-preview");

    // Pulumi shows each message while it works, and again at the end.
    const [, diagnostics = ""] = output.split("Diagnostics:");
    expect(exitCode).not.toBe(0);
    expect(diagnostics.split("[NotFound]")).toHaveLength(2);
    expect(diagnostics.split(missing)).toHaveLength(2);
    expect(output).not.toMatch(/^\s+at /m);
  });
});
