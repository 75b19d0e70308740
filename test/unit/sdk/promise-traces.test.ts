import * as pulumi from "@pulumi/pulumi";
import { DifferencingDisk, VirtualDisk } from "../../../sdk";

const ARGS = { path: "/disk.vhdx", parentPath: "/base.vhdx" };

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ inputs, name }) => ({ id: `id-of-${name}`, state: inputs as object }),
    call: () => ({}),
  });
});

/** How many stack traces with something in them are made while an action runs. */
function countTraces(action: () => void): number {
  const { prepareStackTrace } = Error;
  let count = 0;
  Error.prepareStackTrace = (_error, frames) => {
    count += frames.length > 0 ? 1 : 0;
    return "";
  };
  try {
    action();
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
  return count;
}

/** The stack trace of what an action throws. */
function traceOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    return String((error as Error).stack);
  }
  throw new Error("The action threw nothing.");
}

describe("stack traces while a disk is made", () => {
  afterEach(() => {
    delete process.env["PULUMI_DEBUG_PROMISE_LEAKS"];
  });

  it("are not kept with each of its promises", () => {
    const count = countTraces(() => new DifferencingDisk("quick", ARGS));

    expect(count).toBeLessThan(15);
  });

  it("are kept for who looks for leaking promises", () => {
    process.env["PULUMI_DEBUG_PROMISE_LEAKS"] = "1";

    const count = countTraces(() => new DifferencingDisk("watched", ARGS));

    expect(count).toBeGreaterThan(40);
  });

  it("lead to the program where an option cannot work", () => {
    const limit = Error.stackTraceLimit;

    const trace = traceOf(() => new VirtualDisk("", { path: "/disk.vhdx", sizeBytes: 4096 }));

    expect(trace).toContain("Missing resource name");
    expect(trace).toContain("promise-traces.test");
    expect(Error.stackTraceLimit).toBe(limit);
  });

  it("lead into a transformation that fails", () => {
    const failInside: pulumi.ResourceTransformation = () => {
      throw new TypeError("nothing here");
    };

    const trace = traceOf(() => new DifferencingDisk("t", ARGS, { transformations: [failInside] }));

    expect(trace).toMatch(/TypeError: nothing here\s+at (Object\.)?failInside/);
  });

  it("lead into a transformation of a component around it", () => {
    const failOutside: pulumi.ResourceTransformation = ({ type }) => {
      if (type.endsWith("DifferencingDisk")) {
        throw new TypeError("nothing there");
      }
      return undefined;
    };
    const parent = new pulumi.ComponentResource(
      "test:Lab",
      "lab",
      {},
      {
        transformations: [failOutside],
      },
    );

    const trace = traceOf(() => new DifferencingDisk("inner", ARGS, { parent }));

    expect(trace).toMatch(/TypeError: nothing there\s+at (Object\.)?failOutside/);
  });
});
