import { appendFileSync, copyFileSync, readFileSync, renameSync, statSync } from "node:fs";
import {
  type Trace,
  appendTrace,
  readTrace,
  shortenTrace,
} from "../../../provider/embedded/trace-file";
import { sidecarPath } from "../../../provider/embedded/sidecar";
import { useTempFolder } from "../../support/temp-folder";

const folder = useTempFolder();

function childrenOf(trace: Trace | undefined): string[] {
  return [...(trace?.children.keys() ?? [])];
}

/** A trace in which so many children came, and all but the last went again. */
async function makeLongTrace(path: string, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, index) => [
    { child: `/disks/${index}.vhdx`, folderId: "1:2" },
    ...(index === count - 1 ? [] : [{ forget: `/disks/${index}.vhdx` }]),
  ]);
  await appendTrace(path, { mode: 0o640 }, { adopted: "mark" }, ...lines.flat());
}

describe("the trace of a disk", () => {
  it("is nothing where there is none", async () => {
    expect(await readTrace(folder("none.vhdx"))).toBeUndefined();
  });

  it("shows what another process added since it was read", async () => {
    const path = folder("shared.vhdx");
    await appendTrace(path, { child: "/disks/a.vhdx" });
    await readTrace(path);

    appendFileSync(sidecarPath(path, "trace"), '\n{"child":"/disks/b.vhdx"}\n');

    expect(childrenOf(await readTrace(path))).toEqual(["/disks/a.vhdx", "/disks/b.vhdx"]);
  });

  it("is read from its beginning when another file took its place", async () => {
    const path = folder("exchanged.vhdx");
    const other = folder("other.vhdx");
    await appendTrace(path, { child: "/disks/a.vhdx" });
    await appendTrace(other, { child: "/disks/b.vhdx" }, { child: "/disks/c.vhdx" });
    await readTrace(path);

    renameSync(sidecarPath(other, "trace"), sidecarPath(path, "trace"));

    expect(childrenOf(await readTrace(path))).toEqual(["/disks/b.vhdx", "/disks/c.vhdx"]);
  });

  it("is read from its beginning when somebody shortened it by hand", async () => {
    const path = folder("edited.vhdx");
    await appendTrace(path, { child: "/disks/a.vhdx" }, { child: "/disks/b.vhdx" });
    await readTrace(path);
    await appendTrace(folder("short.vhdx"), { child: "/disks/b.vhdx" });

    copyFileSync(sidecarPath(folder("short.vhdx"), "trace"), sidecarPath(path, "trace"));

    expect(childrenOf(await readTrace(path))).toEqual(["/disks/b.vhdx"]);
  });

  it.each([
    ["a longer one", [{ child: "/disks/b.vhdx" }, { child: "/disks/c.vhdx" }]],
    ["one of the same length", [{ child: "/disks/b.vhdx" }]],
  ])("is read from its beginning when %s was copied over it", async (name, lines) => {
    const path = folder(`${name}.vhdx`);
    const other = folder(`copied ${name}.vhdx`);
    await appendTrace(path, { child: "/disks/a.vhdx" });
    await appendTrace(other, ...lines);
    await readTrace(path);

    copyFileSync(sidecarPath(other, "trace"), sidecarPath(path, "trace"));

    expect(childrenOf(await readTrace(path))).toEqual(lines.map(({ child }) => child));
  });

  it("keeps what follows a line that a power loss cut off", async () => {
    const path = folder("cut.vhdx");
    await appendTrace(path, { child: "/disks/a.vhdx" });
    appendFileSync(sidecarPath(path, "trace"), '\n{"child":"/disks/lo');
    await readTrace(path);

    await appendTrace(path, { child: "/disks/b.vhdx" });

    expect(childrenOf(await readTrace(path))).toEqual(["/disks/a.vhdx", "/disks/b.vhdx"]);
  });

  it("is written anew when most of it was taken back, and says the same", async () => {
    const path = folder("long.vhdx");
    await makeLongTrace(path, 1_000);
    const before = await readTrace(path);
    const { children, ...rest } = before!;
    const expected = { ...rest, children: new Map(children) };

    await shortenTrace(path);

    expect(statSync(sidecarPath(path, "trace")).size).toBeLessThan(1_000);
    expect(await readTrace(path)).toEqual(expected);
    expect(expected).toMatchObject({ wasParent: true, mode: 0o640, adoptionId: "mark" });
    expect(childrenOf(expected)).toEqual(["/disks/999.vhdx"]);
  });

  it("is left as it is while most of it counts", async () => {
    const path = folder("short-enough.vhdx");
    await makeLongTrace(path, 100);
    const before = readFileSync(sidecarPath(path, "trace"), "utf8");
    await readTrace(path);

    await shortenTrace(path);

    expect(readFileSync(sidecarPath(path, "trace"), "utf8")).toBe(before);
  });
});
