import { existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import * as vhd from "pulumi-vhd";
import type { VirtualDiskInfo } from "../../provider/disk/disk";
import { createEmbeddedBackend } from "../../provider/embedded/embedded-backend";
import { writeContent } from "../support/embedded-disks";
import { describeOnPosix } from "../support/fake-powershell/use-fake-sessions";
import { writeFakePowerShell } from "../support/fake-powershell/write-fake-powershell";
import {
  type CommandResult,
  copyExample,
  createProjectStack,
  runCommand,
} from "../support/pulumi-project";
import { createSimulatedHost } from "../support/simulated-host";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const SECTOR = 512;
const TS_NODE = require.resolve("ts-node/dist/bin.js");
const folder = useTempFolder();
const backend = createEmbeddedBackend();

jest.setTimeout(180_000);

/** An empty folder for disks. */
function makeFolder(...names: string[]): string {
  mkdirSync(folder(...names), { recursive: true });
  return folder(...names);
}

describe("examples/golden-image", () => {
  it("forks a disk for each machine, replaces them for another image, and keeps the images", async () => {
    const disks = makeFolder("golden", "disks");
    const [v1, v2, web, db] = ["golden-v1", "golden-v2", "web", "db"].map((name) =>
      join(disks, `${name}.vhdx`),
    );
    const project = createProjectStack(
      copyExample("golden-image", folder("golden", "project")),
      folder("golden"),
    );
    const config = ["-c", `folder=${disks}`, "-c", "machines[0]=web", "-c", "machines[1]=db"];

    const first = project.run("up", "--yes", "--skip-preview", "--config-path", ...config);
    await writeContent(await backend.inspectDisk(web!), 5 * MIB, new Uint8Array(SECTOR).fill(1));
    await backend.createDisk({ type: "dynamic", format: "vhdx", path: v2!, sizeBytes: 64 * GIB });
    const stopped = project.run("up", "--yes", "-c", `goldenPath=${v2}`);
    const replace = ["-c", `goldenPath=${v2}`, "-c", "replaceDisks=true"];
    const second = project.run("up", "--yes", "--skip-preview", ...replace);

    expect(first.output).toContain("+ 4 created");
    expect(stopped.output).toMatch(/512 bytes of content would be lost.*web\.vhdx/);
    expect(second.output).toMatch(/web +replace/);
    expect(second.output).toMatch(/db +replace/);
    expect(second.output).toContain("2 unchanged");
    const chain = await vhd.getVirtualDiskChain({ path: web! });
    expect(chain.disks.map(({ path }) => path)).toEqual([web, v2]);
    const { fileSizeBytes } = chain.disks[0]!;
    expect(project.readOutputs()).toEqual({
      paths: [web, db],
      fileSizesBytes: [fileSizeBytes, fileSizeBytes],
    });
    const refused = project.run("destroy", "--yes", "--skip-preview");
    expect(refused.output).toMatch(/golden-v1.*protected|protected.*golden-v1/s);
    project.run("destroy", "--yes", "--skip-preview", "--exclude-protected");
    expect([v1, v2, web, db].map((path) => existsSync(path!))).toEqual([true, true, false, false]);
  });
});

describeOnPosix("examples/hyperv-host", () => {
  it("makes the disks of a host, and says what changed between two backups of its machine", async () => {
    const options = { folder: folder("hyperv", "host"), language: "de" } as const;
    const host = createSimulatedHost(options);
    host.makeFolder(String.raw`C:\disks`);
    const modulePath = require.resolve("../support/simulated-host");
    const powershell = writeFakePowerShell(folder("hyperv", "powershell"), {
      host: { modulePath, options },
    });
    const project = createProjectStack(
      copyExample("hyperv-host", folder("hyperv", "project")),
      folder("hyperv"),
      {
        VHD_EXECUTABLE: powershell.executable,
      },
    );
    const up = (...config: string[]): CommandResult =>
      project.run("up", "--yes", "--skip-preview", ...config.flatMap((each) => ["-c", each]));
    const web = String.raw`C:\disks\web.vhdx`;

    const made = up(String.raw`folder=C:\disks`, "transport=local");
    host.makeMachine({ id: "0092eae7-9384-4e95-8102-030405060708", name: "web", disks: [web] });
    const monday = [up("backup=monday"), up("backup=monday", "copied=monday")];
    const { limitId } = project.readOutputs();
    await host.writeContent(web, 5 * MIB, new Uint8Array(4096).fill(1));
    const held = up("backup=tuesday", "copied=monday", `limitId=${String(limitId)}`);
    const outputs = project.readOutputs();
    await host.writeContent(web, 9 * MIB, new Uint8Array(4096).fill(2));
    const tuesday = up("backup=tuesday", "copied=tuesday", `limitId=${String(limitId)}`);
    const { limitId: nextLimitId } = project.readOutputs();
    host.removeMachine("web");
    const destroyed = project.run("destroy", "--yes", "--skip-preview");

    const results = [made, ...monday, held, tuesday, destroyed];
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(outputs["copyFrom"]).toBe(web);
    expect(outputs["changes"]).toMatchObject({
      ranges: [{ offsetBytes: 5 * MIB, lengthBytes: 4096 }],
      complete: true,
    });
    expect(outputs["limitId"]).toBeUndefined();
    expect(nextLimitId).not.toBe(limitId);
    expect(host.countCheckpoints()).toBe(0);
    expect(existsSync(host.toLocal(web))).toBe(false);
  });
});

describe("examples/incremental-backup", () => {
  /** Runs the backup program in a process of its own. */
  function runBackup(...args: string[]): CommandResult {
    const project = folder("backup-project");
    if (!existsSync(project)) {
      copyExample("incremental-backup", project);
    }
    // The types of all examples are checked together with the rest of the repository.
    return runCommand(process.execPath, [TS_NODE, "backup.ts", ...args], project, {
      TS_NODE_TRANSPILE_ONLY: "true",
    });
  }

  /**
   * A base with some content, and a child over it that is larger and holds more ranges than one
   * page takes.
   */
  async function makeDisks(
    name: string,
  ): Promise<{ child: VirtualDiskInfo; content: Buffer; backup: string }> {
    const disks = makeFolder(name);
    const base = await backend.createDisk({
      type: "dynamic",
      format: "vhdx",
      path: join(disks, "base.vhdx"),
      sizeBytes: 4 * MIB,
    });
    await writeContent(base, 3 * MIB, new Uint8Array(MIB).fill(1));
    const child = await backend.createDisk({
      type: "differencing",
      format: "vhdx",
      path: join(disks, "child.vhdx"),
      parentPath: base.path,
      sizeBytes: 6 * MIB,
    });
    const content = Buffer.alloc(6 * MIB).fill(1, 3 * MIB, 4 * MIB);
    for (let range = 0; range < 300; range += 1) {
      const offsetBytes = 3 * MIB + 2 * SECTOR * range;
      content.fill(2, offsetBytes, offsetBytes + SECTOR);
      await writeContent(child, offsetBytes, new Uint8Array(SECTOR).fill(2));
    }
    return { child, content, backup: join(disks, "backup") };
  }

  it("goes on where it was broken off, and restores the content of the disk", async () => {
    const { child, content, backup } = await makeDisks("broken-off");
    mkdirSync(join(backup, "ranges-1.bin"), { recursive: true });

    const brokenOff = runBackup("save", child.path, backup);
    const early = runBackup("restore", backup, folder("early.img"));
    const firstPage = statSync(join(backup, "ranges-0.bin"));
    rmSync(join(backup, "ranges-1.bin"), { recursive: true });
    const results = [
      runBackup("save", child.path, backup),
      runBackup("verify", backup),
      runBackup("restore", backup, folder("restored.img")),
    ];

    expect(brokenOff.output).toMatch(/EISDIR.*ranges-1\.bin/);
    expect(early.output).toMatch(/contains no complete backup/);
    expect([brokenOff.exitCode, early.exitCode]).toEqual([1, 1]);
    expect(results).toEqual(results.map(() => ({ exitCode: 0, stdout: "", output: "" })));
    expect(statSync(join(backup, "ranges-0.bin")).mtimeMs).toBe(firstPage.mtimeMs);
    expect(readFileSync(folder("restored.img")).equals(content)).toBe(true);
    expect(
      statSync(join(backup, "ranges-0.bin")).size + statSync(join(backup, "ranges-1.bin")).size,
    ).toBe(300 * SECTOR);
  });

  it("never mixes two states of a disk, and never restores from what is damaged or over another parent", async () => {
    const { child, backup } = await makeDisks("careful");
    const otherBackup = folder("careful", "other-backup");
    mkdirSync(join(otherBackup, "ranges-1.bin"), { recursive: true });
    runBackup("save", child.path, backup);
    runBackup("save", child.path, otherBackup);
    rmSync(join(otherBackup, "ranges-1.bin"), { recursive: true });

    await writeContent(child, 0, new Uint8Array(SECTOR).fill(3));
    const resumed = runBackup("save", child.path, otherBackup);
    const verified = runBackup("verify", backup);
    truncateSync(join(backup, "ranges-1.bin"), SECTOR);
    const restored = runBackup("restore", backup, folder("careful", "restored.img"));
    rmSync(folder("careful", "base.vhdx"));
    await backend.createDisk({
      type: "dynamic",
      format: "vhdx",
      path: folder("careful", "base.vhdx"),
      sizeBytes: 4 * MIB,
    });
    const overAnother = runBackup("restore", backup, folder("careful", "restored-2.img"));

    expect(resumed.output).toMatch(/\[InvalidInput\] the disk or its baseline has been written to/);
    expect(verified.output).toMatch(/differs from the current content of .*child\.vhdx/);
    expect(restored.output).toMatch(/ranges-1\.bin is damaged/);
    expect(overAnother.output).toMatch(/base\.vhdx is not the disk/);
    expect([resumed, verified, restored, overAnother].map(({ exitCode }) => exitCode)).toEqual([
      1, 1, 1, 1,
    ]);
    expect(existsSync(folder("careful", "restored.img"))).toBe(false);
  });
});
