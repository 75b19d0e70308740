import { type DiskError, isDiskError } from "../../provider/disk/errors";

/** The {@link DiskError} that a promise rejects with; anything else fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<DiskError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (isDiskError(error)) {
      return error;
    }
    throw error;
  }
  throw new Error(`it did not fail, but gave ${JSON.stringify(value)}`);
}
