import * as pulumi from "@pulumi/pulumi";
import { DifferencingDisk, VirtualDisk } from "../../../sdk";
import { pauseTraces } from "../../../sdk/resource-traces";

const ARGS = { path: "/disk.vhdx", parentPath: "/base.vhdx" };

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ inputs, name }) => ({ id: `id-of-${name}`, state: inputs as object }),
    call: () => ({}),
  });
});

/** The stack traces that are made while an action runs, each as the files of its frames. */
function collectTraces(action: () => void): string[][] {
  const { prepareStackTrace } = Error;
  const traces: string[][] = [];
  const collect = (_error: Error, frames: NodeJS.CallSite[]): string => {
    traces.push(frames.map((frame) => frame.getFileName() ?? ""));
    return "";
  };
  Error.prepareStackTrace = collect;
  try {
    action();
    expect(Error.prepareStackTrace).toBe(collect);
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
  return traces.filter((trace) => trace.length > 0);
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
    const traces = collectTraces(() => new DifferencingDisk("quick", ARGS));

    expect(traces.length).toBeLessThan(15);
  });

  it("name the program, and not what runs it", () => {
    const declare = (): unknown => new DifferencingDisk("declared", ARGS);

    const [trace] = collectTraces(declare);

    // The function, the one that calls it here, and the test.
    const ofProgram = trace?.filter((file) => file === __filename);
    expect(ofProgram?.length).toBeGreaterThanOrEqual(3);
    expect(trace?.at(-1)).toBe(__filename);
  });

  it("are whole where nothing in them is of the program", () => {
    const { prepareStackTrace } = Error;
    const foreign = { getFileName: () => "/node_modules/runner/run.js" } as NodeJS.CallSite;
    let seen: readonly NodeJS.CallSite[] = [];
    Error.prepareStackTrace = (_error, frames) => {
      seen = frames;
      return "";
    };

    const { resume } = pauseTraces(undefined);
    Error.prepareStackTrace(new Error("any"), [foreign, foreign]);
    resume();
    Error.prepareStackTrace = prepareStackTrace;

    expect(seen).toEqual([foreign, foreign]);
  });

  it("are formatted by Node.js itself where no loader does", () => {
    const { prepareStackTrace } = Error;
    Reflect.deleteProperty(Error, "prepareStackTrace");

    const { resume } = pauseTraces(undefined);
    const during = Error.prepareStackTrace;
    resume();
    Error.prepareStackTrace = prepareStackTrace;

    expect(during).toBeUndefined();
  });

  it("are kept for who looks for leaking promises", () => {
    process.env["PULUMI_DEBUG_PROMISE_LEAKS"] = "1";

    const traces = collectTraces(() => new DifferencingDisk("watched", ARGS));

    expect(traces.length).toBeGreaterThan(40);
  });

  it("lead to the program where an option cannot work", () => {
    const limit = Error.stackTraceLimit;

    const trace = traceOf(() => new VirtualDisk("", { path: "/disk.vhdx", sizeBytes: 4096 }));

    expect(trace).toContain("Missing resource name");
    expect(trace).toContain("resource-traces.test");
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
