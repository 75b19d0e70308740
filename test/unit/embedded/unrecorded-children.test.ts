import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { VirtualDiskInfo } from "../../../provider/disk/disk";
import { listNames, targetOf, useEmbeddedDisks } from "../../support/embedded-disks";
import { canLockFolders, lockFolder } from "../../support/locked-folder";

const { backend, makeFolder, makeBase, makeChild } = useEmbeddedDisks();
const DENIED = /^\[AccessDenied\] this account cannot record a child beside its parent.*vhd-trace/;

interface Layout {
  readonly base: VirtualDiskInfo;
  readonly disks: string;
  readonly trace: string;
}

/** A base in a folder that somebody else owns, and a folder of our own. */
async function makeLayout(name: string): Promise<Layout & { readonly golden: string }> {
  const place = makeFolder(name);
  const [golden, disks] = [`${place}/golden`, `${place}/disks`];
  [golden, disks].forEach((folder) => mkdirSync(folder));
  const base = await makeBase(`${golden}/base.vhdx`);
  return { base, disks, golden, trace: `${golden}/.base.vhdx.vhd-trace` };
}

/** Runs work while this account may make no name in a folder. */
async function whileLocked<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const unlock = lockFolder(folder);
  try {
    return await work();
  } finally {
    unlock();
  }
}

const isPossible = canLockFolders();
if (!isPossible) {
  process.stderr.write("skipped: parents in a folder of another account (none can be made here)\n");
}

(isPossible ? describe : describe.skip)("a parent in a folder of another account", () => {
  it("gets no child that would leave no trace there, and the preview says so", async () => {
    const { base, disks, golden } = await makeLayout("made");

    const [made, rehearsed] = await whileLocked(golden, () =>
      Promise.allSettled([
        makeChild(`${disks}/web.vhdx`, base.path),
        backend.rehearse({ kind: "make child", parentPath: base.path }),
      ]),
    );

    expect(made).toMatchObject({ reason: { message: expect.stringMatching(DENIED) } });
    expect(rehearsed).toMatchObject({ reason: { message: expect.stringMatching(DENIED) } });
    expect([...readdirSync(disks), ...readdirSync(golden)]).toEqual(["base.vhdx"]);
    expect(statSync(base.path).mode & 0o222).not.toBe(0);
  });

  it("lets no child of it move unseen, and the preview says so", async () => {
    const { base, disks, golden, trace } = await makeLayout("moved");
    const child = await makeChild(`${disks}/web.vhdx`, base.path);
    // As when the trace was made by an account that has left.
    rmSync(trace);

    const outcomes = await whileLocked(golden, () =>
      Promise.allSettled([
        backend.moveDisk(targetOf(child), `${disks}/moved.vhdx`),
        backend.rehearse({ kind: "move", path: child.path, newPath: `${disks}/moved.vhdx` }),
      ]),
    );

    expect(outcomes.map((outcome) => "reason" in outcome && String(outcome.reason))).toEqual([
      expect.stringContaining("cannot record a child"),
      expect.stringContaining("cannot record a child"),
    ]);
    expect(listNames(disks)).toEqual(["web.vhdx"]);
  });

  it("gets children where its owner made a trace for them", async () => {
    const { base, disks, golden, trace } = await makeLayout("granted");
    writeFileSync(trace, "");
    chmodSync(trace, 0o666);

    await whileLocked(golden, async () => {
      await backend.rehearse({ kind: "make child", parentPath: base.path });
      await makeChild(`${disks}/web.vhdx`, base.path);
    });

    await expect(backend.deleteDisk(targetOf(base))).rejects.toThrow(/^\[HasChildren\].*web/);
  });
});

describe("the trace of a parent", () => {
  it.each([
    [0o755, 0o644],
    [0o775, 0o664],
    [0o777, 0o666],
  ])("may be written by whoever may write to the folder (%o)", async (mode, expected) => {
    const { base, disks, golden, trace } = await makeLayout(`shared-${mode}`);
    chmodSync(golden, mode);

    await makeChild(`${disks}/web.vhdx`, base.path);

    expect(statSync(trace).mode & 0o777).toBe(expected);
  });
});

/** Only the administrator may mount, and not in every container. */
function mount(...args: string[]): boolean {
  return process.getuid?.() === 0 && spawnSync("mount", args).status === 0;
}

describe("a parent on a read-only volume", () => {
  it("gets children without a trace, since nothing there can be deleted or grown", async () => {
    const place = makeFolder("read-only");
    const [golden, disks] = [`${place}/golden`, `${place}/disks`];
    [golden, disks].forEach((folder) => mkdirSync(folder));
    if (!mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", golden)) {
      process.stderr.write("skipped: a parent on a read-only volume (none can be mounted here)\n");
      return;
    }
    try {
      const base = await makeBase(`${golden}/base.vhdx`);
      mount("-o", "remount,ro", golden);

      await backend.rehearse({ kind: "make child", parentPath: base.path });
      const child = await makeChild(`${disks}/web.vhdx`, base.path);

      expect(await backend.readChain(child.path)).toHaveLength(2);
      expect(existsSync(`${golden}/.base.vhdx.vhd-trace`)).toBe(false);
      await expect(backend.deleteDisk(targetOf(child))).resolves.toBeUndefined();
    } finally {
      spawnSync("umount", [golden]);
    }
  });
});
