import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { say } from "./steps.mjs";

const HEARTBEAT_MS = 2_000;
/** A holder that missed this many heartbeats is gone. */
const STALE_AFTER_MS = 15 * HEARTBEAT_MS;
const RETRY_MS = 250;
/** @type {readonly NodeJS.Signals[]} */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

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
    rmSync(lockPath, { force: true });
  }
}

/** Ends the process so that its `exit` listeners run: they stop the programs it started, which hold no lock of their own. */
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
    writeFileSync(lockPath, ownerName(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    return rethrowUnless(error, "EEXIST", false);
  }
}

/**
 * Whether nobody holds this lock any more: its owner ran on this machine and is gone, or has not touched it for long.
 *
 * @param {string} lockPath
 */
function isStale(lockPath) {
  try {
    const owner = readFileSync(lockPath, "utf8");
    const ageMs = Date.now() - statSync(lockPath).mtimeMs;
    return ageMs > STALE_AFTER_MS || isDeadHere(owner);
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

/** @param {string} owner what {@link ownerName} returned in the owner's process */
function isDeadHere(owner) {
  const pid = Number(owner.split("@", 1)[0]);
  if (owner !== ownerName(pid)) {
    return false;
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return rethrowUnless(error, "ESRCH", true);
  }
}

/** @param {number} pid */
function ownerName(pid) {
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
