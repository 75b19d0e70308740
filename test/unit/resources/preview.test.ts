import type { Properties, StepContext } from "../../../provider/resources/resource";
import { UNKNOWN_VALUE } from "../../../provider/resources/unknown";
import { differencingDiskLifecycle } from "../../../provider/resources/differencing-disk";
import { virtualDiskLifecycle } from "../../../provider/resources/virtual-disk";
import { FakeBackend } from "../../support/fake-backend";

const GIB = 1024 ** 3;
const PATH = "/disks/a.vhdx";
const DISK: Properties = { path: PATH, sizeBytes: GIB };
const PREVIEW: StepContext = { preview: true, owner: "a" };

async function failuresOf(
  backend: FakeBackend,
  news: Properties,
  olds: Properties = {},
  context: StepContext = PREVIEW,
): Promise<string[]> {
  const { failures } = await virtualDiskLifecycle.check(backend, olds, news, context);
  return failures.map(({ property, reason }) => `${property}: ${reason}`);
}

function backendWith(place: object): FakeBackend {
  const backend = new FakeBackend();
  backend.places.set(PATH, place);
  return backend;
}

describe("the preview of a new disk", () => {
  it.each<[string, object, Properties, RegExp]>([
    [
      "a missing folder",
      { hasFolder: false },
      DISK,
      /^path: The folder \/disks is missing.*createFolder/,
    ],
    [
      "a folder that cannot be written to",
      { isWritable: false },
      DISK,
      /^path: No files can be created in the folder \/disks/,
    ],
    ["a name that is too long", { isNameTooLong: true }, DISK, /^path: The file name is too long/],
    [
      "a file in the way",
      { isTaken: true },
      DISK,
      /^path: There is a file at \/disks\/a\.vhdx\. .*aliases.*adopt: true/,
    ],
    [
      "too little space for a fixed disk",
      { freeBytes: GIB / 2 },
      { ...DISK, type: "fixed" },
      /^sizeBytes: A fixed disk takes all its space.*1 GiB .* has 512 MiB .* free/,
    ],
  ])("refuses %s, beside the input", async (_name, place, news, expected) => {
    expect(await failuresOf(backendWith(place), news)).toEqual([expect.stringMatching(expected)]);
  });

  it.each<[string, object, Properties]>([
    ["a missing folder that is to be made", { hasFolder: false }, { ...DISK, createFolder: true }],
    ["little space for a dynamic disk", { freeBytes: 0 }, DISK],
    ["enough space for a fixed disk", { freeBytes: GIB }, { ...DISK, type: "fixed" }],
    ["a path that is not known yet", { isTaken: true }, { ...DISK, path: UNKNOWN_VALUE }],
  ])("passes %s", async (_name, place, news) => {
    expect(await failuresOf(backendWith(place), news)).toEqual([]);
  });

  it("passes what another resource may prepare first", async () => {
    const context = { ...PREVIEW, isPrepared: true };

    expect(await failuresOf(backendWith({ hasFolder: false }), DISK, {}, context)).toEqual([]);
  });

  it("passes a folder that another disk of the program makes", async () => {
    const backend = backendWith({ hasFolder: false });
    const other = { path: "/disks/deep/b.vhdx", sizeBytes: GIB, createFolder: true };
    await failuresOf(backend, other, {}, { ...PREVIEW, owner: "b" });

    expect(await failuresOf(backend, DISK)).toEqual([]);
  });

  it("asks the host nothing in an update, which will find out by itself", async () => {
    const backend = backendWith({ hasFolder: false });

    expect(await failuresOf(backend, DISK, {}, { owner: "a" })).toEqual([]);
    expect(backend.calls).toEqual([]);
  });

  it("names what keeps a disk from being adopted", async () => {
    const backend = new FakeBackend();
    backend.put({ type: "fixed", format: "vhdx", path: PATH, sizeBytes: GIB });

    expect(await failuresOf(backend, { ...DISK, adopt: true })).toEqual([
      expect.stringMatching(
        /^adopt: .*not the declared one: type is fixed, but dynamic is declared/,
      ),
    ]);
    expect(await failuresOf(backend, { ...DISK, type: "fixed", adopt: true })).toEqual([]);
  });
});

describe("the preview of a disk that is moved", () => {
  const olds = { ...DISK, path: "/disks/old.vhdx" };

  function backendWithOld(): FakeBackend {
    const backend = new FakeBackend();
    backend.put({ type: "dynamic", format: "vhdx", path: "/disks/old.vhdx", sizeBytes: GIB });
    return backend;
  }

  it("refuses a path that is taken, unless a resource of the program leaves it first", async () => {
    const [taken, freed] = [backendWithOld(), backendWithOld()];
    for (const backend of [taken, freed]) {
      backend.put({ type: "dynamic", format: "vhdx", path: PATH, sizeBytes: GIB });
    }
    await failuresOf(freed, { ...DISK, path: "/disks/c.vhdx" }, DISK, { ...PREVIEW, owner: "b" });

    expect(await failuresOf(taken, DISK, olds)).toEqual([
      expect.stringMatching(/^path: The disk cannot be moved from \/disks\/old\.vhdx/),
    ]);
    expect(await failuresOf(freed, DISK, olds)).toEqual([]);
  });

  it("passes a move that was cut off after the disk arrived", async () => {
    const backend = new FakeBackend();
    backend.put({ type: "dynamic", format: "vhdx", path: PATH, sizeBytes: GIB });

    expect(await failuresOf(backend, DISK, olds)).toEqual([]);
  });
});

describe("two resources with one disk", () => {
  it("are refused, beside the input, and a second check of the same resource is not", async () => {
    const backend = new FakeBackend();

    const first = await failuresOf(backend, DISK);
    const again = await failuresOf(backend, DISK);
    const second = await failuresOf(backend, DISK, {}, { ...PREVIEW, owner: "b" });

    expect([first, again]).toEqual([[], []]);
    expect(second).toEqual([
      expect.stringMatching(/^path: Another resource of this program has the same disk/),
    ]);
  });

  it("are found through another spelling, in an update as well", async () => {
    const backend = new FakeBackend();
    backend.places.set("/linked/a.vhdx", { key: PATH });
    await failuresOf(backend, DISK, {}, { owner: "a" });

    const second = await failuresOf(
      backend,
      { ...DISK, path: "/linked/a.vhdx" },
      {},
      { owner: "b" },
    );

    expect(second).toEqual([
      expect.stringMatching(/\/linked\/a\.vhdx \(there: \/disks\/a\.vhdx\)/),
    ]);
  });

  it("are no such thing where only the names are alike", async () => {
    const backend = new FakeBackend();
    await failuresOf(backend, DISK);

    expect(
      await failuresOf(backend, { ...DISK, path: "/other/a.vhdx" }, {}, { ...PREVIEW, owner: "b" }),
    ).toEqual([]);
  });

  it("are no such thing while a disk is replaced at its own path", async () => {
    const backend = new FakeBackend();
    backend.put({ type: "dynamic", format: "vhdx", path: PATH, sizeBytes: GIB });
    await failuresOf(backend, { ...DISK, type: "fixed" }, DISK);

    expect(await failuresOf(backend, { ...DISK, type: "fixed" })).toEqual([]);
  });
});

describe("the preview of a child", () => {
  const BASE = "/golden/base.vhdx";
  const CHILD = { path: PATH, parentPath: BASE };

  async function parentFailures(
    backend: FakeBackend,
    news: Properties,
    context = PREVIEW,
  ): Promise<string[]> {
    const { failures } = await differencingDiskLifecycle.check(backend, {}, news, context);
    return failures.map(({ property }) => property);
  }

  it("refuses a missing parent that no resource makes", async () => {
    expect(await parentFailures(new FakeBackend(), CHILD)).toEqual(["parentPath"]);
  });

  it.each<[string, Properties, StepContext]>([
    ["comes from a resource that is new", { ...CHILD, __parentId: UNKNOWN_VALUE }, PREVIEW],
    [
      "comes from a resource that moves there",
      { ...CHILD, __parentId: "0123456789abcdef" },
      PREVIEW,
    ],
    ["may be prepared by something else", CHILD, { ...PREVIEW, isPrepared: true }],
  ])("passes a missing parent that %s", async (_name, news, context) => {
    expect(await parentFailures(new FakeBackend(), news, context)).toEqual([]);
  });

  it("passes a missing parent that another resource of the program makes", async () => {
    const backend = new FakeBackend();
    await failuresOf(backend, { path: BASE, sizeBytes: GIB }, {}, { ...PREVIEW, owner: "base" });

    expect(await parentFailures(backend, CHILD)).toEqual([]);
  });

  it("refuses a parent whose file vanished behind Pulumi's back", async () => {
    const backend = new FakeBackend();
    const base = { path: BASE, sizeBytes: GIB };
    await failuresOf(backend, base, base, { ...PREVIEW, owner: "base" });

    expect(await parentFailures(backend, { ...CHILD, __parentId: "0123456789abcdef" })).toEqual([
      "parentPath",
    ]);
  });
});
