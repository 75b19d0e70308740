import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { say } from "./steps.mjs";

const HEARTBEAT_MS = 2_000;
/** A holder that missed so many heartbeats is gone, as far as one can tell from another machine. */
const STALE_AFTER_MS = 15 * HEARTBEAT_MS;
/**
 * Longer than a program goes on once the holder that started it is gone. What is there of this machine by then is another
 * process with the same id, or one that nobody reaps.
 */
const STALE_HERE_AFTER_MS = 120_000;
const RETRY_MS = 250;
/** @type {readonly NodeJS.Signals[]} */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * The lock that this process holds.
 *
 * @type {string | undefined}
 */
let heldLockPath;

/**
 * Runs an action while no other process on this folder runs one under the same lock.
 *
 * A holder touches the lock file while it lives, so that one killed half way blocks nobody for long.
 *
 * @template T
 * @param {string} lockPath
 * @param {() => Promise<T>} action
 * @returns {Promise<T>} what the action returns
 */
export async function withLock(lockPath, action) {
  await acquire(lockPath);
  heldLockPath = lockPath;
  const heartbeat = setInterval(() => {
    touch(lockPath);
  }, HEARTBEAT_MS);
  for (const signal of SIGNALS) {
    process.on(signal, endOnSignal);
  }
  try {
    return await action();
  } finally {
    clearInterval(heartbeat);
    for (const signal of SIGNALS) {
      process.off(signal, endOnSignal);
    }
    heldLockPath = undefined;
    rmSync(lockPath, { force: true });
  }
}

/**
 * Makes the lock that this process holds, if any, last until a program ends that it started: the program may outlive
 * this process, and npm for one goes on tidying up.
 *
 * @param {number | undefined} pid undefined where it could not be started
 */
export function holdLockFor(pid) {
  if (heldLockPath !== undefined && pid !== undefined) {
    appendFileSync(heldLockPath, `\n${holderName(pid)}`);
  }
}

/** Ends the process so that its `exit` listeners run: they stop the programs it started. */
function endOnSignal() {
  process.exit(1);
}

/** @param {string} lockPath */
function touch(lockPath) {
  const now = new Date();
  try {
    utimesSync(lockPath, now, now);
  } catch (error) {
    rethrowUnless(error, "ENOENT", undefined);
  }
}

/** @param {string} lockPath */
async function acquire(lockPath) {
  mkdirSync(dirname(lockPath), { recursive: true });
  let isWaiting = false;
  while (!tryAcquire(lockPath)) {
    if (!isWaiting) {
      say(`another set-up is running here; waiting for it (${lockPath})`);
      isWaiting = true;
    }
    await sleep(RETRY_MS);
  }
}

/** @param {string} lockPath */
function tryAcquire(lockPath) {
  if (create(lockPath)) {
    return true;
  }
  if (isStale(lockPath)) {
    removeStale(lockPath);
  }
  return false;
}

/** @param {string} lockPath */
function create(lockPath) {
  try {
    writeFileSync(lockPath, holderName(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    return rethrowUnless(error, "EEXIST", false);
  }
}

/**
 * Whether nobody holds this lock any more: its holders ran on this machine and are gone, or have not touched it for long.
 *
 * @param {string} lockPath
 */
function isStale(lockPath) {
  try {
    const holders = readFileSync(lockPath, "utf8").split("\n");
    const ageMs = Date.now() - statSync(lockPath).mtimeMs;
    if (!holders.every((holder) => holder.endsWith(`@${hostname()}`))) {
      return ageMs > STALE_AFTER_MS;
    }
    return ageMs > STALE_HERE_AFTER_MS || !holders.some(isAlive);
  } catch (error) {
    return rethrowUnless(error, "ENOENT", false);
  }
}

/**
 * Two waiters may find the same stale lock. The folder beside it lets one of them remove it, so that neither removes the
 * lock which the other has taken since. Nothing waits inside, so it is left behind only by a kill at this very moment.
 *
 * @param {string} lockPath
 */
function removeStale(lockPath) {
  const gatePath = `${lockPath}.gate`;
  try {
    mkdirSync(gatePath);
  } catch (error) {
    rethrowUnless(error, "EEXIST", undefined);
    removeAbandonedGate(gatePath);
    return;
  }
  if (isStale(lockPath)) {
    rmSync(lockPath, { force: true });
  }
  rmSync(gatePath, { recursive: true, force: true });
}

/** @param {string} gatePath */
function removeAbandonedGate(gatePath) {
  const gate = statSync(gatePath, { throwIfNoEntry: false });
  if (gate !== undefined && Date.now() - gate.mtimeMs > STALE_AFTER_MS) {
    rmSync(gatePath, { recursive: true, force: true });
  }
}

/** @param {string} holder a process of this machine, by its {@link holderName} */
function isAlive(holder) {
  try {
    process.kill(Number.parseInt(holder, 10), 0);
    return true;
  } catch (error) {
    // Anything else but "no such process" means that it is there, though perhaps somebody else's.
    return /** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH";
  }
}

/** @param {number} pid */
function holderName(pid) {
  return `${pid}@${hostname()}`;
}

/**
 * @template T
 * @param {unknown} error
 * @param {string} code
 * @param {T} answer
 */
function rethrowUnless(error, code, answer) {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== code) {
    throw error;
  }
  return answer;
}
