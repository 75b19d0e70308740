import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { hasYamlHost, makeYamlHost } from "../../tools/setup/make-yaml-host.mjs";
import { pulumiEnvironment } from "../support/pulumi-cli";
import { type PulumiProject, createProjectStack } from "../support/pulumi-project";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 ** 2;
const folder = useTempFolder();
const canMakeHost = hasYamlHost() || spawnSync("go", ["version"]).status === 0;

jest.setTimeout(900_000);

/** Where Go is, the language host is built once. */
const describeWithYaml = canMakeHost ? describe : describe.skip;

describeWithYaml("a program in YAML", () => {
  let hostFolder: string;

  beforeAll(async () => {
    hostFolder = await makeYamlHost();
  });

  it("declares disks, asks for their chain and is found unchanged", () => {
    const project = writeYamlProject("life", hostFolder);

    const preview = project.run("preview", "--non-interactive");
    const up = project.run("up", "--yes", "--skip-preview");
    const outputs = project.readOutputs();
    const again = project.run("preview", "--expect-no-changes");
    const destroy = project.run("destroy", "--yes", "--skip-preview");

    expect([preview.exitCode, up.exitCode, again.exitCode, destroy.exitCode]).toEqual([0, 0, 0, 0]);
    expect(preview.output).toMatch(/length\s*: \[unknown\]/);
    expect(outputs).toEqual({ length: 2, sizeBytes: 64 * MIB });
    expect(existsSync(folder("life", "web.vhdx"))).toBe(false);
  });

  it("takes over disks with `pulumi import`, and then nothing is left to do", () => {
    const maker = writeYamlProject("import", hostFolder);
    maker.run("up", "--yes", "--skip-preview");
    maker.run("stack", "rm", "--force", "--yes", "--preserve-config");
    maker.run("stack", "init", "test");
    const options = ["--generate-code=false", "--protect=false", "--yes", "--skip-preview"];

    const base = maker.run(
      "import",
      "vhd:index:VirtualDisk",
      "base",
      folder("import", "base.vhdx"),
      ...options,
    );
    const web = maker.run(
      "import",
      "vhd:index:DifferencingDisk",
      "web",
      folder("import", "web.vhdx"),
      ...options,
    );
    const preview = maker.run("preview", "--expect-no-changes");

    expect([base.exitCode, web.exitCode]).toEqual([0, 0]);
    expect(preview).toMatchObject({ exitCode: 0 });
  });
});

/** A base, a disk over it, and a data source that asks for the chain. */
function writeYamlProject(name: string, hostFolder: string): PulumiProject {
  const place = folder(name);
  mkdirSync(place);
  const program = {
    name: "yaml",
    runtime: "yaml",
    resources: {
      base: {
        type: "vhd:VirtualDisk",
        properties: { path: join(place, "base.vhdx"), sizeBytes: 64 * MIB },
      },
      web: {
        type: "vhd:DifferencingDisk",
        properties: { path: join(place, "web.vhdx"), parentPath: "${base.path}" },
      },
    },
    variables: {
      chain: {
        "fn::invoke": { function: "vhd:getVirtualDiskChain", arguments: { path: "${web.path}" } },
      },
    },
    outputs: { length: "${chain.length}", sizeBytes: "${web.sizeBytes}" },
  };
  // JSON is YAML.
  writeFileSync(join(place, "Pulumi.yaml"), JSON.stringify(program, undefined, 2));
  const home = folder(`${name}-home`);
  mkdirSync(home);
  const path = [hostFolder, pulumiEnvironment(home)["PATH"]].join(delimiter);
  return createProjectStack(place, home, { PATH: path });
}
