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

  it("declares disks, asks for their chain and is found unchanged; a new stack takes them over with `pulumi import`", () => {
    const project = writeYamlProject("life", hostFolder);
    const options = ["--generate-code=false", "--protect=false", "--yes", "--skip-preview"];
    const runImport = (type: string, name: string) =>
      project.run("import", `vhd:index:${type}`, name, folder("life", `${name}.vhdx`), ...options);

    const preview = project.run("preview", "--non-interactive");
    const up = project.run("up", "--yes", "--skip-preview");
    const outputs = project.readOutputs();
    const again = project.run("preview", "--expect-no-changes");
    project.run("stack", "rm", "--force", "--yes", "--preserve-config");
    project.run("stack", "init", "test");
    const imports = [runImport("VirtualDisk", "base"), runImport("DifferencingDisk", "web")];
    // It also records which depends on which, so that destroy knows the order.
    const taken = project.run("up", "--yes", "--skip-preview", "--expect-no-changes");
    const destroy = project.run("destroy", "--yes", "--skip-preview");

    const results = [preview, up, again, ...imports, taken, destroy];
    expect(results.map(({ exitCode }) => exitCode)).toEqual(results.map(() => 0));
    expect(preview.output).toMatch(/length\s*: \[unknown\]/);
    expect(outputs).toEqual({ length: 2, sizeBytes: 64 * MIB });
    expect(existsSync(folder("life", "web.vhdx"))).toBe(false);
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
