import { DiskError } from "../../../provider/disk/errors";
import { differencingDiskLifecycle } from "../../../provider/resources/differencing-disk";
import type { Properties, StepContext } from "../../../provider/resources/resource";
import { virtualDiskLifecycle } from "../../../provider/resources/virtual-disk";
import { FakeBackend } from "../../support/fake-backend";
import { nextRun } from "../../support/next-run";

const GIB = 1024 ** 3;
const PATH = "/disks/a.vhdx";
const DISK: Properties = { path: PATH, sizeBytes: GIB };
const PREVIEW: StepContext = { preview: true, owner: "a" };
const REFUSED = new DiskError("HasChildren", { what: "children depend on it", subject: PATH });

function backendWithDisk(path = PATH): FakeBackend {
  const backend = new FakeBackend();
  backend.put({ type: "dynamic", format: "vhdx", path, sizeBytes: GIB });
  return backend;
}

async function failuresOf(
  backend: FakeBackend,
  news: Properties,
  olds: Properties,
  context: StepContext = PREVIEW,
): Promise<string[]> {
  const lifecycle = "parentPath" in news ? differencingDiskLifecycle : virtualDiskLifecycle;
  const { failures } = await lifecycle.check(backend, olds, news, context);
  return failures.map(({ property, reason }) => `${property}: ${reason}`);
}

describe("what the host will refuse", () => {
  it.each<[string, Properties, Properties]>([
    ["sizeBytes", { ...DISK, sizeBytes: 2 * GIB }, DISK],
    ["path", { ...DISK, path: "/disks/b.vhdx" }, DISK],
    ["parentPath", { path: "/disks/child.vhdx", parentPath: PATH }, {}],
  ])("is said in the preview, beside the input: %s", async (input, news, olds) => {
    const backend = backendWithDisk();
    backend.failNext("rehearse", REFUSED);

    expect(await failuresOf(backend, news, olds)).toEqual([
      expect.stringMatching(`^${input}: \\[HasChildren\\] children depend on it`),
    ]);
  });

  it("is not asked in an update, which will find out by itself", async () => {
    const backend = backendWithDisk();
    backend.failNext("rehearse", REFUSED);

    const failures = await failuresOf(backend, { ...DISK, sizeBytes: 2 * GIB }, DISK, {
      owner: "a",
    });

    expect(failures).toEqual([]);
  });

  it.each(["InUse", "HostUnreachable"] as const)(
    "passes what may be over then: %s",
    async (code) => {
      const backend = backendWithDisk();
      backend.failNext("rehearse", new DiskError(code, { what: "not now", subject: PATH }));

      expect(await failuresOf(backend, { ...DISK, sizeBytes: 2 * GIB }, DISK)).toEqual([]);
    },
  );

  it("is said by the comparison where no check can know whether the disk is replaced", async () => {
    const backend = backendWithDisk();
    const made = await virtualDiskLifecycle.create(
      backend,
      { ...DISK, path: "/disks/b.vhdx" },
      PREVIEW,
    );
    const news = { ...made.inputs, sizeBytes: 2 * GIB, blockSizeBytes: 2 * 1024 ** 2 };
    backend.failNext("rehearse", REFUSED);

    const failures = await failuresOf(backend, news, made.inputs);
    const comparison = virtualDiskLifecycle.diff(backend, made.outputs, news, PREVIEW);

    expect(failures).toEqual([]);
    await expect(comparison).rejects.toThrow(/^\[InvalidInput\] sizeBytes: \[HasChildren\]/);
  });
});

describe("the preview of a disk whose path is taken by a disk exactly as declared", () => {
  it("passes the resource's own disk, from a creation that was cut off", async () => {
    const backend = new FakeBackend();
    await virtualDiskLifecycle.create(backend, DISK, PREVIEW);

    expect(await failuresOf(nextRun(backend), DISK, {})).toEqual([]);
  });

  it("refuses somebody else's disk", async () => {
    expect(await failuresOf(backendWithDisk(), DISK, {})).toEqual([
      expect.stringMatching(/^path: There is a file at \/disks\/a\.vhdx\. .*adopt: true/),
    ]);
  });
});

describe("the preview of a disk that is to be replaced at its path", () => {
  it("is refused where another resource adopted it, since it stays then", async () => {
    const backend = new FakeBackend();
    const made = await virtualDiskLifecycle.create(backend, DISK, PREVIEW);
    backend.failNext(
      "rehearse",
      new DiskError("AlreadyExists", { what: "another resource adopted this disk" }),
    );

    const comparison = virtualDiskLifecycle.diff(
      backend,
      made.outputs,
      { ...DISK, type: "fixed" },
      PREVIEW,
    );

    await expect(comparison).rejects.toThrow(/^\[AlreadyExists\] another resource adopted/);
  });
});

describe("a disk that is imported", () => {
  it("keeps the mark of its last adoption, so that it can be changed", async () => {
    const backend = backendWithDisk();
    await backend.adoptDisk(PATH);

    const read = await virtualDiskLifecycle.read(backend, PATH, {});
    const { outputs } = read ?? { outputs: {} };
    await virtualDiskLifecycle.delete(backend, PATH, outputs);

    expect(backend.disks.size).toBe(0);
  });
});

describe("the adoption of a disk that another resource moves away in the same update", () => {
  type Check = readonly [Properties, Properties, StepContext];
  const LEAVER: Check = [{ ...DISK, path: "/disks/b.vhdx" }, DISK, { ...PREVIEW, owner: "b" }];
  const ADOPTER: Check = [{ ...DISK, adopt: true }, {}, PREVIEW];

  it.each([
    ["first", [LEAVER, ADOPTER]],
    ["last", [ADOPTER, LEAVER]],
  ])("is refused, whichever of the two is looked at %s", async (_name, order) => {
    const backend = backendWithDisk();
    const failures: string[] = [];

    for (const check of order) {
      failures.push(...(await failuresOf(backend, ...check)));
    }

    expect(failures).toEqual([
      expect.stringMatching(/^path: One resource .* adopts the disk at \/disks\/a\.vhdx/),
    ]);
  });

  it("is fine where the other resource keeps its disk elsewhere", async () => {
    const backend = backendWithDisk();
    const elsewhere = { ...DISK, path: "/other/a.vhdx" };
    backend.put({ type: "dynamic", format: "vhdx", path: "/other/a.vhdx", sizeBytes: GIB });

    const failures = [
      ...(await failuresOf(backend, { ...elsewhere, path: "/other/b.vhdx" }, elsewhere, LEAVER[2])),
      ...(await failuresOf(backend, ...ADOPTER)),
    ];

    expect(failures).toEqual([]);
  });
});
