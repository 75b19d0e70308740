import * as pulumi from "@pulumi/pulumi";

/**
 * Pulumi keeps a stack trace with each promise of a resource and shows it only when
 * `PULUMI_DEBUG_PROMISE_LEAKS` is set. A disk has about 60 promises, and mapping 60 traces to their
 * sources takes four fifths of the time in which a program makes a disk: 6 of 8 seconds for 1,000
 * of them. So a resource of this package is made without these traces.
 */

/** What a resource inherits; Pulumi's types do not say so. */
interface InnerResource {
  readonly __transformations?: readonly pulumi.ResourceTransformation[];
}

/** Ends a pause. */
export interface PausedTraces {
  /** Errors have stack traces again. */
  resume(): void;
  /**
   * Gives an error that was thrown meanwhile the stack trace that leads to the program.
   *
   * @returns the error
   */
  complete(error: unknown): unknown;
}

/**
 * Errors made until the end of the pause have no stack trace. Nothing changes where somebody would
 * miss one: who looks for leaking promises, and who registered transformations, which are run while
 * the resource is made.
 *
 * @param opts of the resource to make
 */
export function pauseTraces(opts: pulumi.CustomResourceOptions | undefined): PausedTraces {
  const limit = Error.stackTraceLimit;
  if (!isTraceWanted(opts)) {
    Error.stackTraceLimit = 0;
  }
  const resume = (): void => {
    Error.stackTraceLimit = limit;
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
