import { existsSync, readdirSync } from "node:fs";
import { isOutcomeUnknown } from "../../../../provider/hyperv/cim/cim-failure";
import { failureOf } from "../../../support/failure-of";
import type { SimulatedFault, SimulatedHost } from "../../../support/simulated-host";
import { useHosts } from "../../../support/simulated-host/use-hosts";

const makeHost = useHosts();
const BASE = "C:\\disks\\base.vhdx";
const CHILD = "C:\\disks\\child.vhdx";
const AT = { at: "CreateVirtualHardDisk", path: CHILD } as const;

const CHILD_REQUEST = {
  type: "differencing",
  format: "vhdx",
  path: CHILD,
  parentPath: BASE,
} as const;

/** How often the host was asked to make a disk. */
function countCreations(host: SimulatedHost): number {
  return host.requests.filter((each) => each === "invoke CreateVirtualHardDisk").length;
}

describe("making a disk when nobody knows whether the host did it", () => {
  it.each<[string, SimulatedFault]>([
    ["its job disappeared after it was done", { ...AT, how: { kind: "job vanishes", done: true } }],
    [
      "its job disappeared before anything was done",
      { ...AT, how: { kind: "job vanishes", done: false } },
    ],
    ["the connection broke after it was done", { ...AT, how: { kind: "drops", done: true } }],
    [
      "the connection broke before anything was done",
      { ...AT, how: { kind: "drops", done: false } },
    ],
  ])("looks at the disk first: %s", async (_, fault) => {
    const { host, makeBase, makeChild } = makeHost();
    await makeBase();
    host.inject(fault);

    const child = await makeChild(CHILD, BASE);

    expect(child.parent?.resolvedPath).toBe(BASE);
    expect(readdirSync(host.toLocal("C:\\disks"))).toEqual(["base.vhdx", "child.vhdx"]);
  });

  it("gives up after the second time, and says that the outcome is unknown", async () => {
    const { host, makeBase, makeChild } = makeHost();
    await makeBase();
    host.inject({ ...AT, how: { kind: "drops", done: false }, times: 2 });

    const error = await failureOf(makeChild(CHILD, BASE));

    expect(error.code).toBe("SessionDropped");
    expect(isOutcomeUnknown(error)).toBe(true);
  });

  it("does not repeat what may still be under way", async () => {
    const { host, makeBase, makeChild } = makeHost();
    await makeBase();
    host.inject({ ...AT, how: { kind: "job hangs", cancellable: false } });

    const error = await failureOf(makeChild(CHILD, BASE));

    expect(error.code).toBe("Timeout");
    expect(countCreations(host)).toBe(2);
  });

  it("says that nothing was made when the job that took too long was cancelled", async () => {
    const { host, makeBase, makeChild } = makeHost();
    await makeBase();
    host.inject({ ...AT, how: { kind: "job hangs", cancellable: true } });

    const error = await failureOf(makeChild(CHILD, BASE));

    expect(error.code).toBe("Timeout");
    expect(isOutcomeUnknown(error)).toBe(false);
    expect(existsSync(host.toLocal(CHILD))).toBe(false);
  });
});

describe("making a disk on a host that does not keep its word", () => {
  it("is not believed in without a look", async () => {
    const { host, makeBase, makeChild } = makeHost();
    await makeBase();
    host.inject({ ...AT, how: { kind: "is" } });

    const error = await failureOf(makeChild(CHILD, BASE));

    expect(error.code).toBe("JobFailed");
    expect(error.message).toContain("reported success, but there is no disk");
  });

  it("leaves no disk behind that is smaller than declared", async () => {
    const { host, backend, makeBase } = makeHost();
    await makeBase();
    host.inject({ at: "ResizeVirtualHardDisk", how: { kind: "job fails", hresult: 0x80070070 } });

    const error = await failureOf(
      backend.createDisk({ ...CHILD_REQUEST, sizeBytes: 32 * 1024 ** 2 }),
    );

    expect(error.code).toBe("IoFailed");
    expect(existsSync(host.toLocal(CHILD))).toBe(false);
  });

  it.each([true, false])(
    "keeps no child whose size nobody knows: grown before the connection broke %s",
    async (done) => {
      const { host, backend, makeBase } = makeHost();
      await makeBase();
      host.inject({ at: "ResizeVirtualHardDisk", how: { kind: "drops", done } });

      const outcome = await backend
        .createDisk({ ...CHILD_REQUEST, sizeBytes: 32 * 1024 ** 2 })
        .catch((error: unknown) => error);

      expect(outcome).toMatchObject(
        done ? { sizeBytes: 32 * 1024 ** 2 } : { code: "SessionDropped" },
      );
      expect(existsSync(host.toLocal(CHILD))).toBe(done);
    },
  );

  it("names a disk that is neither finished nor removable", async () => {
    const { host, backend, makeBase } = makeHost();
    await makeBase();
    host.inject(
      { at: "ResizeVirtualHardDisk", how: { kind: "job fails", hresult: 0x80070070 } },
      { at: "Delete", how: { kind: "returns", value: 2 } },
    );

    const error = await failureOf(
      backend.createDisk({ ...CHILD_REQUEST, sizeBytes: 32 * 1024 ** 2 }),
    );

    expect(error.code).toBe("PartialCreate");
    expect(error.message).toContain(CHILD);
  });
});

describe("making a disk while others use its parent", () => {
  it("waits a moment and tries again after a sharing violation", async () => {
    const { host, clock, makeBase, makeChild } = makeHost();
    await makeBase();
    host.inject(
      { ...AT, how: { kind: "job fails", hresult: 0x80070020 } },
      { ...AT, how: { kind: "returns", value: 32774 } },
    );

    const child = await makeChild(CHILD, BASE);

    expect(child.path).toBe(CHILD);
    expect(clock.delaysMs).toEqual(expect.arrayContaining([100, 200]));
  });

  it("gives up when the parent stays in use", async () => {
    const { host, makeBase, makeChild } = makeHost();
    await makeBase();
    host.inject({ ...AT, how: { kind: "job fails", hresult: 0x80070020 }, times: 100 });

    const error = await failureOf(makeChild(CHILD, BASE));

    expect(error.code).toBe("InUse");
  });

  it("does not wait for a disk that is attached", async () => {
    const { host, makeBase, makeChild } = makeHost();
    await makeBase();
    host.inject({ ...AT, how: { kind: "job fails", hresult: 0xc03a001f } });

    const error = await failureOf(makeChild(CHILD, BASE));

    expect(error.code).toBe("InUse");
    expect(countCreations(host)).toBe(2);
  });

  it("never meets a sharing violation of its own making", async () => {
    const { host, makeBase, makeChild } = makeHost();
    await makeBase();

    await Promise.all(
      Array.from({ length: 20 }, (_, index) => makeChild(`C:\\disks\\child${index}.vhdx`, BASE)),
    );

    expect(countCreations(host)).toBe(21);
  });
});

describe("making a disk", () => {
  it("reports how far the job is", async () => {
    const told: number[] = [];
    const { makeBase } = makeHost(
      { pollsPerJob: 3 },
      { onJobProgress: ({ percentComplete }) => told.push(percentComplete) },
    );

    await makeBase();

    expect(told).toEqual([0, 25, 50, 100]);
  });

  it("does not overwrite a file that appears in the last moment", async () => {
    const { host, makeBase } = makeHost();
    host.inject({ at: "CreateVirtualHardDisk", how: { kind: "job fails", hresult: 0x80070050 } });

    const error = await failureOf(makeBase());

    expect(error.code).toBe("AlreadyExists");
  });

  it("refuses an extension that does not say the format", async () => {
    const { host, backend } = makeHost();
    const request = {
      type: "dynamic",
      format: "vhdx",
      path: "C:\\disks\\a.vhd",
      sizeBytes: 16 * 1024 ** 2,
    } as const;

    const error = await failureOf(backend.createDisk(request));

    expect(error.code).toBe("InvalidInput");
    expect(host.requests).toEqual([]);
  });

  it.each([
    "\\\\server\\share\\a.vhdx",
    "\\\\?\\Volume{26a21bda-a627-11d7-9931-806e6f6e6963}\\a.vhdx",
  ])("refuses the place %s, where it could not be deleted again", async (path) => {
    const { backend } = makeHost();

    const error = await failureOf(
      backend.createDisk({ type: "dynamic", format: "vhdx", path, sizeBytes: 16 * 1024 ** 2 }),
    );

    expect(error.code).toBe("NotSupported");
  });

  it("takes a parent behind another spelling for what it is", async () => {
    const { backend, makeBase } = makeHost();
    await makeBase();

    const child = await backend.createDisk({
      type: "differencing",
      format: "vhdx",
      path: "c:/disks/sub/../child.vhdx",
      parentPath: "\\\\?\\C:\\DISKS\\.\\base.vhdx",
    });

    expect(child.path).toBe("c:\\disks\\child.vhdx");
    expect(child.parent?.resolvedPath?.toLowerCase()).toBe("c:\\disks\\base.vhdx");
  });
});
