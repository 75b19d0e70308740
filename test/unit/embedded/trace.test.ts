import { rmSync } from "node:fs";
import { forgetTracedChildren } from "../../../provider/embedded/trace";
import { readTrace } from "../../../provider/embedded/trace-file";
import { useEmbeddedDisks } from "../../support/embedded-disks";

const { makeFolder, makeBase, makeChild } = useEmbeddedDisks();

async function listRecorded(parentPath: string): Promise<string[]> {
  return [...((await readTrace(parentPath))?.children.keys() ?? [])];
}

describe("the record of a child", () => {
  it("stays where a new child took the path before the old one was forgotten", async () => {
    const folder = makeFolder("taken-again");
    const base = await makeBase(`${folder}/base.vhdx`);
    const child = await makeChild(`${folder}/child.vhdx`, base.path);

    await forgetTracedChildren(base.path, [child.path]);

    expect(await listRecorded(base.path)).toEqual([child.path]);
  });

  it("goes when nothing is at the path", async () => {
    const folder = makeFolder("gone");
    const base = await makeBase(`${folder}/base.vhdx`);
    const child = await makeChild(`${folder}/child.vhdx`, base.path);
    rmSync(child.path);

    await forgetTracedChildren(base.path, [child.path]);

    expect(await listRecorded(base.path)).toEqual([]);
  });
});
