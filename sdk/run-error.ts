import { isDiskError } from "../provider/disk/errors";

/** What Node.js calls to show an object. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/**
 * Runs a function that a program calls. The message of a `DiskError` is complete, so Pulumi must
 * show it once and alone. Its stack is removed before anything reads it: Pulumi would rewrite it
 * with source maps, which takes from half a minute to more than one on a small machine. It would
 * also show the causes in colours, at which Node.js loops over some stacks with `node_modules` in
 * them for just as long, until their text is too long for a string.
 */
export async function runForProgram<Result>(action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw presentError(error);
  }
}

/** Marks an error as one whose message is enough. @returns the same error */
export function presentError(error: unknown): unknown {
  if (isDiskError(error)) {
    const hidden = { configurable: true, enumerable: false, writable: true };
    // What `pulumi.RunError` carries; a subclass of it could not be a DiskError as well.
    Object.defineProperty(error, "__pulumiRunError", { ...hidden, value: true });
    const text = `${error.name}: ${error.message}`;
    Object.defineProperty(error, "stack", { ...hidden, value: text });
    Object.defineProperty(error, INSPECT, { ...hidden, value: () => text });
  }
  return error;
}
