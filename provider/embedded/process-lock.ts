import { createHash } from "node:crypto";
import { unlink } from "node:fs/promises";
import { type Server, type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DiskError } from "../disk/errors";
import { toDiskError } from "./node-file";

/** How long one process waits for another that works on the same disk. */
const PATIENCE_MS = 120_000;

/** How long to wait before asking again where the holder cannot be watched. */
const RETRY_MS = 20;

/**
 * Takes a lock that all processes of this machine respect, and that the operating system takes back
 * from a process that dies.
 *
 * The lock is a name that only one process can listen on: an abstract socket on Linux, a named pipe
 * on Windows, elsewhere a socket in the folder for temporary files. Whoever waits is connected to
 * the holder, and wakes when that connection ends. Node.js offers no file locks, and lock files
 * would have to be taken from the dead by guessing.
 *
 * @param key what is locked
 * @param subject what messages name
 * @returns releases the lock; idempotent
 * @throws InUse when another process holds it for too long; IoFailed
 */
export async function takeProcessLock(
  key: string,
  subject: string,
  patienceMs: number = PATIENCE_MS,
): Promise<() => Promise<void>> {
  const name = lockName(key);
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const held = await tryListen(name, subject);
    if (held !== undefined) {
      return held;
    }
    if (Date.now() >= deadline) {
      throw new DiskError("InUse", {
        what: "another process has been working on the disk for too long",
        subject,
        facts: { waited: `${Math.round(patienceMs / 1000)} s` },
        remedy:
          "Nothing was changed. Wait for the other `pulumi` command to finish, then run `pulumi " +
          "up` again.",
      });
    }
    await waitForHolder(name, deadline - Date.now());
  }
}

function lockName(key: string): string {
  const digest = createHash("sha256").update(key).digest("hex").slice(0, 40);
  const names: Partial<Record<NodeJS.Platform, string>> = {
    linux: `\0pulumi-vhd/${digest}`,
    win32: `\\\\.\\pipe\\pulumi-vhd-${digest}`,
  };
  return names[process.platform] ?? join(tmpdir(), `pulumi-vhd-${digest.slice(0, 16)}`);
}

/** @returns `undefined` where another process, or other work of this one, holds the name */
async function tryListen(
  name: string,
  subject: string,
): Promise<(() => Promise<void>) | undefined> {
  const server = createServer();
  const waiting = new Set<Socket>();
  server.on("connection", (socket) => {
    waiting.add(socket);
    socket.on("error", () => undefined).on("close", () => waiting.delete(socket));
  });
  try {
    await listen(server, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") {
      return undefined;
    }
    throw toDiskError(error, "the lock of the disk cannot be acquired", subject);
  }
  // Holding a lock is no reason for a process to stay alive.
  server.unref();
  return () => release(server, waiting);
}

function listen(server: Server, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(name, () => resolve());
  });
}

function release(server: Server, waiting: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of waiting) {
      socket.destroy();
    }
  });
}

/** Returns when the holder has released the lock or died, or when the time is over. */
async function waitForHolder(name: string, timeoutMs: number): Promise<void> {
  const outcome = await new Promise<"ended" | "dead" | "unreachable">((resolve) => {
    const socket = connect(name);
    socket.setTimeout(timeoutMs, () => socket.destroy());
    let connected = false;
    socket.on("connect", () => (connected = true));
    socket.on("close", () => resolve(connected ? "ended" : "unreachable"));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "ECONNREFUSED" ? "dead" : "unreachable"),
    );
    socket.resume();
  });
  if (outcome === "dead" && name.startsWith("/")) {
    // A socket that is a file outlives its process.
    await unlink(name).catch(() => undefined);
  } else if (outcome !== "ended") {
    await sleep(RETRY_MS);
  }
}
