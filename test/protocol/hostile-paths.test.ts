import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { DiskBackend } from "../../provider/disk/backend";
import type { VirtualDiskInfo } from "../../provider/disk/disk";
import { normalizePath } from "../../provider/disk/host-path";
import { isDiskError } from "../../provider/disk/errors";
import { createHypervBackend } from "../../provider/hyperv/hyperv-backend";
import { describeOnPosix, useFakeSessions } from "../support/fake-powershell/use-fake-sessions";
import { HOSTILE_TEXTS } from "../support/hostile-texts";
import { InstantClock } from "../support/instant-clock";
import { createSimulatedHost } from "../support/simulated-host";
import { useTempFolder } from "../support/temp-folder";

const SIZE_BYTES = 4 * 1024 * 1024;
/** What is a name for Windows already, and a place of its own. */
const HOSTILE_PATHS = [
  "C:relative.vhdx",
  "\\disks\\rooted.vhdx",
  "\\\\.\\C:\\disks\\device.vhdx",
  "\\\\.\\pipe\\vmms.vhdx",
  "\\\\?\\GLOBALROOT\\Device\\Harddisk0\\a.vhdx",
  "C:\\disks\\stream.vhdx:hidden.vhdx",
  "C:\\disks\\COM1.vhdx",
  "C:\\disks\\aux\\a.vhdx",
  "C:\\disks\\%SystemRoot%.vhdx",
  "C:\\disks\\a?.vhdx",
  "C:\\disks\\*.vhdx",
  "C:\\disks\\trailing .vhdx ",
  "C:\\disks\\trailing.vhdx.",
  "C:\\disks\\half\ud800.vhdx",
  "C:\\disks\\[1-3].vhdx",
  "C:\\disks\\{a,b}.vhdx",
  "C:\\disks\\_%.vhdx",
];
const PATHS = [
  ...HOSTILE_TEXTS.filter((text) => text.length < 200).map((text) => `C:\\disks\\${text}.vhdx`),
  ...HOSTILE_PATHS,
];

/** Makes a disk at a path. @returns the error where that is refused */
async function tryCreate(backend: DiskBackend, path: string): Promise<VirtualDiskInfo | Error> {
  return backend
    .createDisk({ type: "dynamic", format: "vhdx", path, sizeBytes: SIZE_BYTES })
    .catch((error: unknown) => error as Error);
}

describeOnPosix("paths that somebody could try to break out with", () => {
  const inTemp = useTempFolder();
  const openSession = useFakeSessions();

  it("are refused before anything is sent, or name one file and nothing else", async () => {
    const options = { folder: inTemp("host") };
    const host = createSimulatedHost(options);
    host.makeFolder("C:\\disks");
    const modulePath = require.resolve("../support/simulated-host");
    const { session, fake } = openSession({ host: { modulePath, options } });
    const backend = createHypervBackend(session, { clock: new InstantClock() });
    const listFiles = (): string[] =>
      readdirSync(join(options.folder, "C"), { recursive: true, encoding: "utf8" }).filter(
        (name) => name !== "disks",
      );
    const escapes: unknown[] = [];
    let madeCount = 0;

    for (const path of PATHS) {
      const linesBefore = fake.countLines();
      const outcome = await tryCreate(backend, path);
      if (isDiskError(outcome)) {
        const isQuiet =
          outcome.code === "InvalidInput"
            ? fake.countLines() === linesBefore
            : outcome.code === "Unavailable";
        escapes.push(
          ...(isQuiet && listFiles().length === 0 ? [] : [[path, String(outcome), listFiles()]]),
        );
        continue;
      }
      madeCount += 1;
      const files = listFiles();
      const expected = normalizePath("win32", path).slice("C:\\".length).replaceAll("\\", "/");
      await backend.deleteDisk(outcome as VirtualDiskInfo);
      escapes.push(
        ...(files.length === 1 && files[0] === expected && listFiles().length === 0
          ? []
          : [[path, files]]),
      );
    }

    expect(escapes).toEqual([]);
    expect(madeCount).toBeGreaterThan(10);
    expect(fake.countStarts()).toBe(1);
  });
});
