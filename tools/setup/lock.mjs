import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { say } from "./steps.mjs";

const RETRY_MS = 250;

/**
 * Runs an action while no other process of this machine runs one under the same lock. The lock of a
 * process that was killed is taken over.
 *
 * @template T
 * @param {string} lockPath holds the id of the process that has the lock
 * @param {() => Promise<T>} action
 * @returns {Promise<T>} what the action returns
 */
export async function withLock(lockPath, action) {
  mkdirSync(dirname(lockPath), { recursive: true });
  for (let isTold = false; !tryAcquire(lockPath); isTold = true) {
    if (!isTold) {
      say(`another set-up is running here: waiting for it (if none is, delete ${lockPath})`);
    }
    await sleep(RETRY_MS);
  }
  const release = () => rmSync(lockPath, { force: true });
  process.once("exit", release);
  try {
    return await action();
  } finally {
    process.off("exit", release);
    release();
  }
}

/** @param {string} lockPath */
function tryAcquire(lockPath) {
  try {
    writeFileSync(lockPath, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") {
      throw error;
    }
  }
  if (!isHeld(lockPath)) {
    removeStale(lockPath);
  }
  return false;
}

/**
 * Whether the process that a lock names lives. A lock that is just being written or removed counts
 * as held. @param {string} path
 */
function isHeld(path) {
  try {
    const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
    return Number.isNaN(pid) || process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH";
  }
}

/**
 * Another process may have found the same stale lock, and have taken it since: its lock is put
 * back. @param {string} lockPath
 */
function removeStale(lockPath) {
  const asidePath = `${lockPath}.${process.pid}`;
  try {
    renameSync(lockPath, asidePath);
  } catch {
    return;
  }
  if (isHeld(asidePath)) {
    renameSync(asidePath, lockPath);
  } else {
    rmSync(asidePath, { force: true });
  }
}
