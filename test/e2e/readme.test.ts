import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import * as vhd from "pulumi-vhd";
import { createEmbeddedBackend } from "../../provider/embedded/embedded-backend";
import { writeContent } from "../support/embedded-disks";
import { createProjectStack, writeProject } from "../support/pulumi-project";
import { README_ANSWER, README_PROGRAM } from "../support/readme";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const folder = useTempFolder();

jest.setTimeout(180_000);

describe("the program in README", () => {
  it("runs as it stands in a new folder, and a change query answers as shown", async () => {
    const place = writeProject(folder("demo"), "");
    writeFileSync(join(place, "Pulumi.yaml"), "name: demo\nruntime: nodejs\n");
    writeFileSync(join(place, "package.json"), JSON.stringify({ name: "demo", main: "index.ts" }));
    writeFileSync(join(place, "index.ts"), README_PROGRAM);
    const project = createProjectStack(place, folder("home"));
    const path = join(place, "disks", "web.vhdx");

    const up = project.run("up", "--yes", "--skip-preview");
    const outputs = project.readOutputs();
    const web = await createEmbeddedBackend().inspectDisk(path);
    await writeContent(web, 6 * MIB, new Uint8Array(4096).fill(1));
    await writeContent(web, 900 * MIB, new Uint8Array(1536).fill(2));
    const changes = await vhd.getVirtualDiskChanges({ path });
    const destroyed = project.run("destroy", "--yes", "--skip-preview");

    expect([up.exitCode, destroyed.exitCode]).toEqual([0, 0]);
    expect(outputs).toEqual({ rangeCount: 0, changedBytes: 0 });
    const shown = runInNewContext(`(${README_ANSWER})`) as object;
    expect(JSON.stringify({ ...changes, path: "" })).toBe(JSON.stringify({ ...shown, path: "" }));
    expect(existsSync(path)).toBe(false);
  });
});
