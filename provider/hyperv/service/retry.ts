import { cimFailureOf, isOutcomeUnknown } from "../cim/cim-failure";
import type { Clock } from "./clock";
import { hostFailureOf } from "./host-failure";
import { RETURN_IN_USE } from "./codes/return-values";
import { HRESULT_LOCK_VIOLATION, HRESULT_SHARING_VIOLATION } from "./codes/system-hresults";

const MAX_ATTEMPTS = 6;
const FIRST_DELAY_MS = 100;

/**
 * Repeats what failed because another process held a file, a few times within about three seconds:
 * the host itself opens parents for moments only.
 *
 * @param action must have changed nothing when it fails that way
 */
export async function retryWhileBusy<T>(clock: Clock, action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS || !isSharingViolation(error)) {
        throw error;
      }
    }
    await clock.wait(FIRST_DELAY_MS * 2 ** (attempt - 1));
  }
}

/**
 * Does something once. Where its outcome is not known, observes whether it was done after all.
 *
 * @param isDone looks at what the work would have changed
 * @throws what the work threw, unless it is done
 */
export async function orDoneAlready(
  work: () => Promise<void>,
  isDone: () => Promise<boolean>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isOutcomeUnknown(error) || !(await isDone())) {
      throw error;
    }
  }
}

/** Whether another process held a file, which ends by itself; a disk that is attached does not. */
function isSharingViolation(error: unknown): boolean {
  const failure = hostFailureOf(error);
  const hresult = failure?.hresult ?? cimFailureOf(error)?.hresult;
  if (hresult !== undefined) {
    return hresult === HRESULT_SHARING_VIOLATION || hresult === HRESULT_LOCK_VIOLATION;
  }
  return failure?.returnValue === RETURN_IN_USE;
}
