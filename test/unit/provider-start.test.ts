import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "..", "..");
const PROVIDER = join(ROOT, "dist", "provider");

/** The folders of the package from which a new process has loaded modules. @param code what it ran */
function listLoadedFolders(code: string): Set<string> {
  const script = `${code}\nconsole.log(JSON.stringify(Object.keys(require.cache)));`;
  const output = execFileSync(process.execPath, ["-e", script], { cwd: ROOT, encoding: "utf8" });
  const modules = (JSON.parse(output) as string[]).filter((path) => path.startsWith(PROVIDER));
  return new Set(modules.map((path) => path.slice(PROVIDER.length + 1).split(/[/\\]/)[0] ?? ""));
}

describe("a provider process", () => {
  it("loads no backend before it is asked for something", () => {
    const folders = listLoadedFolders('require("pulumi-vhd/provider");');

    expect([...folders]).toContain("resources");
    expect([...folders].filter((name) => /^(guard|image|hyperv)$/.test(name))).toEqual([]);
  });

  it("loads nothing that speaks to a host for disks on plain files", () => {
    const folders = listLoadedFolders(
      'require("./dist/provider/config").openBackend(() => undefined);',
    );

    expect([...folders]).toContain("image");
    expect([...folders]).not.toContain("hyperv");
  });
});
