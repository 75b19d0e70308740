import * as pulumi from "@pulumi/pulumi";

/*
 * Pulumi makes two kinds of stack traces while it makes a resource.
 *
 * One with each promise, about 60 for a disk, which it shows only when PULUMI_DEBUG_PROMISE_LEAKS is
 * set. Mapping 60 traces to their sources takes four fifths of the time in which a program makes a
 * disk, so a resource of this package is made without them.
 *
 * And one for the state, which the engine writes again after each step of any resource. A fifth of
 * a disk's state were the frames of Node.js and of Pulumi itself below the program, the same for
 * every resource, so these frames are left out.
 */

/** What a resource inherits; Pulumi's types do not say so. */
interface InnerResource {
  readonly __transformations?: readonly pulumi.ResourceTransformation[];
}

/** Ends a pause. */
export interface PausedTraces {
  /** Errors have whole stack traces again. */
  resume(): void;
  /**
   * Gives an error that was thrown meanwhile the stack trace that leads to the program.
   *
   * @returns the error
   */
  complete(error: unknown): unknown;
}

/**
 * Errors made until the end of the pause have no stack trace, or where Pulumi insists on one, one
 * that ends with the program. Nothing changes where somebody would miss one: who looks for leaking
 * promises, and who registered transformations, which are run while the resource is made.
 *
 * @param opts of the resource to make
 */
export function pauseTraces(opts: pulumi.CustomResourceOptions | undefined): PausedTraces {
  // oxlint-disable-next-line typescript/unbound-method -- called on Error below, or only put back
  const { stackTraceLimit, prepareStackTrace } = Error;
  if (!isTraceWanted(opts)) {
    Error.stackTraceLimit = 0;
    // Without a formatter of the program's loader, Node.js formats and maps traces itself, and
    // cannot be asked to do so for fewer frames.
    if (prepareStackTrace !== undefined) {
      Error.prepareStackTrace = (error, frames): unknown =>
        prepareStackTrace.call(Error, error, keepProgram(frames));
    }
  }
  const resume = (): void => {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  };
  return {
    resume,
    complete(error) {
      resume();
      if (error instanceof Error && !error.stack?.includes("\n    at ")) {
        Error.captureStackTrace(error);
      }
      return error;
    },
  };
}

function isTraceWanted(opts: pulumi.CustomResourceOptions | undefined): boolean {
  const parent = (opts?.parent ?? pulumi.runtime.getStackResource()) as InnerResource | undefined;
  const transformations = [...(opts?.transformations ?? []), ...(parent?.__transformations ?? [])];
  // oxlint-disable-next-line no-restricted-properties -- a setting of Pulumi, not of this package
  const isSearchingLeaks = Boolean(process.env["PULUMI_DEBUG_PROMISE_LEAKS"]);
  return isSearchingLeaks || transformations.length > 0;
}

/** Leaves out what runs the program: all frames below its first, all where none is of it. */
function keepProgram(frames: NodeJS.CallSite[]): NodeJS.CallSite[] {
  const count = frames.findLastIndex((frame) => isOfProgram(frame.getFileName())) + 1;
  return count === 0 ? frames : frames.slice(0, count);
}

function isOfProgram(fileName: string | null | undefined): boolean {
  return (
    typeof fileName === "string" &&
    !fileName.startsWith("node:") &&
    !/[\\/]node_modules[\\/]/.test(fileName)
  );
}
