import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describeOnPosix } from "../support/fake-powershell/use-fake-sessions";
import { writeFakePowerShell } from "../support/fake-powershell/write-fake-powershell";
import { createProjectStack, writeProject } from "../support/pulumi-project";
import { createSimulatedHost } from "../support/simulated-host";
import { useTempFolder } from "../support/temp-folder";

const folder = useTempFolder();
const DISK = String.raw`C:\disks\a.vhdx`;
/** In no other text, in whatever encoding. */
const PASSWORD = "hunter2-Kq7xW9";

jest.setTimeout(300_000);

/** A program that gives a password and does not say that it is secret. */
function program(module: string, executable: string): string {
  const args = { backend: "hyperv", transport: "winrm", host: "hv7", user: "LAB\\admin" };
  return `
    const vhd = require(${JSON.stringify(module)});
    const args = ${JSON.stringify({ ...args, password: PASSWORD, executable })};
    const provider = new vhd.Provider("host", args);
    const disk = new vhd.VirtualDisk(
      "a",
      { path: ${JSON.stringify(DISK)}, sizeBytes: 1024 ** 3 },
      { provider },
    );
    exports.disk = disk.path;
    exports.info = vhd.getVirtualDiskOutput({ path: disk.path }, { provider });
  `;
}

/** All that the files of a folder hold. */
function readTexts(path: string): string {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

/** The password as it is, and as an encoding shows it. */
function findPassword(text: string): string[] {
  const bytes = Buffer.from(PASSWORD);
  const forms = [PASSWORD, bytes.toString("base64").replace(/=+$/, ""), bytes.toString("hex")];
  return forms.flatMap((form) => {
    const at = text.indexOf(form);
    return at < 0 ? [] : [text.slice(Math.max(0, at - 200), at + form.length)];
  });
}

describeOnPosix("a password that a program does not mark as a secret", () => {
  it.each(["pulumi-vhd", "pulumi-vhd/native"])(
    "is nowhere in state, outputs, logs and errors: %s",
    (module) => {
      const name = module.replace("/", "-");
      const options = { folder: folder(`${name}-host`) };
      const host = createSimulatedHost(options);
      host.makeFolder(String.raw`C:\disks`);
      const modulePath = require.resolve("../support/simulated-host");
      const { executable } = writeFakePowerShell(folder(`${name}-powershell`), {
        host: { modulePath, options },
      });
      const home = folder(`${name}-home`);
      const project = createProjectStack(
        writeProject(folder(`${name}-project`), program(module, executable)),
        home,
      );
      // More of the log shows what Pulumi itself hands on, secrets of any kind included.
      const logged = ["--logtostderr", "-v=1"];
      const run = (...args: string[]): string => project.run(...args).output;

      const updated = run("up", "--yes", "--diff", ...logged);
      const outputs = run("stack", "output", "--json");
      host.attach(DISK);
      const failed = run("destroy", "--yes", "--skip-preview", ...logged);
      const kept = readTexts(join(home, "backend"));

      expect(outputs).toContain('"sizeBytes": 1073741824');
      expect(failed).toContain("[InUse]");
      expect([updated, outputs, failed, kept].flatMap(findPassword)).toEqual([]);
    },
  );
});
