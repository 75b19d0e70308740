import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createEmbeddedBackend } from "../../provider/embedded/embedded-backend";
import { writeContent } from "../support/embedded-disks";
import { useTempFolder } from "../support/temp-folder";
import type { ContractHost } from "./contract-host";
import { describeDiskBackend } from "./disk-backend";

const inTemp = useTempFolder();

/**
 * Locks a file as QEMU and others do. Linux alone says who holds a file, and has the program for
 * it.
 */
async function hold(path: string): Promise<() => Promise<void>> {
  const holder = spawn("flock", [path, "sh", "-c", "echo held; cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  return async () => {
    const exited = once(holder, "exit");
    holder.stdin.end();
    await exited;
  };
}

function makeHost(): ContractHost {
  const backend = createEmbeddedBackend();
  return {
    backend,
    path: inTemp,
    toLocal: (path) => path,
    makeFolder: (path) => mkdirSync(path, { recursive: true }),
    writeContent: async (path, offsetBytes, bytes) => {
      await writeContent(await backend.inspectDisk(path), offsetBytes, bytes);
    },
    hold,
    takeBaseline: () => Promise.resolve({ kind: "parent" }),
    strangeBaseline: { kind: "ancestor", path: inTemp("stranger.vhdx") },
  };
}

const canHold = process.platform === "linux";
if (!canHold) {
  process.stderr.write(
    "skipped: disks that another program holds (only Linux says who holds a file)\n",
  );
}
describeDiskBackend("embedded, on files of this machine", makeHost, { canHold });
