import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openBackend } from "../../provider/config";
import { DISK_ERROR_CODES, type DiskErrorCode } from "../../provider/disk/errors";
import { openPowerShellCimSession } from "../../provider/hyperv/powershell/powershell-session";
import { openChain } from "../../provider/image/chain";
import { toDiskError } from "../../provider/embedded/node-file";
import { createVhd } from "../../provider/image/vhd/create";
import { differencingDiskLifecycle } from "../../provider/resources/differencing-disk";
import { parseDiskState } from "../../provider/resources/disk-state";
import { targetOf, useEmbeddedDisks, writeContent } from "../support/embedded-disks";
import { FakeBackend } from "../support/fake-backend";
import { MemoryDisks } from "../support/memory-disks";
import { MemoryFile } from "../support/memory-file";
import { useHosts } from "../support/simulated-host/use-hosts";

const MIB = 1024 * 1024;
const { backend, makeFolder, makeBase, makeChild } = useEmbeddedDisks();
const makeHost = useHosts();
const HOST_BASE = "C:\\disks\\base.vhdx";

/** For each code, something that users do and that ends with it. */
const PRODUCERS: Readonly<Record<DiskErrorCode, () => unknown>> = {
  InvalidInput: () => openBackend((key) => (key === "backend" ? "vmware" : undefined)),
  NotFound: () => backend.inspectDisk(`${makeFolder("not-found")}/a.vhdx`),
  AlreadyExists: async () => {
    const { path } = await makeBase(`${makeFolder("exists")}/a.vhdx`);
    await makeBase(path);
  },
  ParentNotFound: () => {
    const place = makeFolder("no-parent");
    return makeChild(`${place}/child.vhdx`, `${place}/base.vhdx`);
  },
  ParentMismatch: async () => {
    const place = makeFolder("other-parent");
    const base = await makeBase(`${place}/base.vhdx`);
    await makeChild(`${place}/child.vhdx`, base.path);
    await writeContent(base, 0, new Uint8Array(512));
    await backend.readChain(`${place}/child.vhdx`);
  },
  ChainCycle: async () => {
    const disks = new MemoryDisks("vhd");
    const uniqueId = "0092eae7-9384-4e95-8102-030405060708";
    const parent = {
      linkageId: uniqueId,
      diskId: uniqueId,
      absolutePath: "/loop.vhd",
      relativePath: ".\\loop.vhd",
    };
    const file = new MemoryFile("/loop.vhd");
    await createVhd(
      file,
      { type: "differencing", sizeBytes: 4 * MIB, parent },
      { uniqueId, createdAt: new Date() },
    );
    disks.files.set("/loop.vhd", file);
    await openChain(disks, "/loop.vhd");
  },
  ChainTooDeep: async () => {
    const disks = new MemoryDisks("vhd");
    await disks.createBase("/0.vhd", 3 * MIB);
    for (let depth = 1; depth <= 256; depth += 1) {
      await disks.createChild(`/${depth}.vhd`, `/${depth - 1}.vhd`);
    }
    await openChain(disks, "/256.vhd");
  },
  HasChildren: async () => {
    const place = makeFolder("children");
    const base = await makeBase(`${place}/base.vhdx`);
    await makeChild(`${place}/child.vhdx`, base.path);
    await backend.deleteDisk(targetOf(base));
  },
  CorruptImage: async () => {
    const { path } = await makeBase(`${makeFolder("corrupt")}/a.vhdx`);
    writeFileSync(path, readFileSync(path).subarray(0, 70_000));
    await backend.inspectDisk(path);
  },
  UnsupportedImage: () => {
    const path = `${makeFolder("unsupported")}/a.vhdx`;
    writeFileSync(path, "text");
    return backend.inspectDisk(path);
  },
  InUse: async () => {
    const { host, backend: hyperv, makeBase: makeHostBase } = makeHost();
    const base = await makeHostBase();
    host.attach(base.path);
    await hyperv.deleteDisk(targetOf(base));
  },
  OutOfRange: async () => {
    const base = await makeBase(`${makeFolder("shrink")}/a.vhdx`);
    await backend.growDisk(targetOf(base), 8 * MIB);
  },
  TrackingDisabled: async () => {
    const { backend: hyperv, makeBase: makeHostBase } = makeHost();
    await makeHostBase();
    await hyperv
      .queryChanges({ path: HOST_BASE, baseline: { kind: "limitId", limitId: "any" } })
      .then(consume);
  },
  StaleLimitId: async () => {
    const { host, backend: hyperv, makeBase: makeHostBase } = makeHost();
    await makeHostBase();
    host.tracking(HOST_BASE).enable();
    const limitId = host.tracking(HOST_BASE).takeId();
    host.touch(HOST_BASE);
    await hyperv
      .queryChanges({ path: HOST_BASE, baseline: { kind: "limitId", limitId } })
      .then(consume);
  },
  NotSupported: async () => {
    const base = await makeBase(`${makeFolder("rct")}/a.vhdx`);
    await backend.queryChanges({ path: base.path, baseline: { kind: "limitId", limitId: "any" } });
  },
  AccessDenied: () => makeHost({ isElevated: false }).makeBase(),
  Unavailable: () => backend.inspectDisk(join(makeFolder("unmounted"), "missing", "a.vhdx")),
  HostUnreachable: async () => {
    const transport = {
      kind: "local",
      executable: join(makeFolder("no-shell"), "powershell"),
    } as const;
    const session = openPowerShellCimSession({ transport });
    try {
      await session.query({ namespace: "root", className: "Any" }, { timeoutMs: 10_000 });
    } finally {
      await session.close();
    }
  },
  Timeout: () => {
    const { host, makeBase: makeHostBase } = makeHost({}, { jobTimeoutMs: 60_000 });
    host.inject({ at: "CreateVirtualHardDisk", how: { kind: "job hangs", cancellable: true } });
    return makeHostBase();
  },
  SessionDropped: () => {
    const { host, makeBase: makeHostBase } = makeHost();
    host.inject({ at: "CreateVirtualHardDisk", how: { kind: "drops", done: false }, times: 99 });
    return makeHostBase();
  },
  JobFailed: () => {
    const { host, makeBase: makeHostBase } = makeHost({ language: "ja" });
    host.inject({ at: "CreateVirtualHardDisk", how: { kind: "job fails", hresult: 0x8badf00d } });
    return makeHostBase();
  },
  IoFailed: () => {
    throw toDiskError(
      Object.assign(new Error("full"), { code: "ENOSPC" }),
      "the file cannot be written",
      "/a.vhdx",
    );
  },
  PartialCreate: async () => {
    const fake = new FakeBackend();
    fake.put({ type: "dynamic", format: "vhdx", path: "/base.vhdx", sizeBytes: 16 * MIB });
    const declared = { path: "/child.vhdx", parentPath: "/base.vhdx" };
    const { outputs } = await differencingDiskLifecycle.create(fake, declared);
    const news = { path: "/moved.vhdx", parentPath: "/base.vhdx", sizeBytes: 8 * MIB };
    fake.growDisk = () => Promise.reject(new Error("busy"));
    await differencingDiskLifecycle.update(fake, "/child.vhdx", outputs, news);
  },
  Internal: () => parseDiskState({ path: 5 }, ""),
};

async function consume(stream: { batches: AsyncIterable<unknown> }): Promise<void> {
  for await (const batch of stream.batches) {
    expect(batch).toBeDefined();
  }
}

describe("the codes of errors", () => {
  it.each(Object.entries(PRODUCERS))("%s is what a user meets", async (code, produce) => {
    await expect((async () => produce())()).rejects.toThrow(new RegExp(`^\\[${code}\\] .+\\.$`));
  });

  it("are documented, each and no other, in the same order", () => {
    const text = readFileSync(join(__dirname, "..", "..", "docs", "errors.md"), "utf8");
    const documented = [...text.matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code);

    expect(documented).toEqual(DISK_ERROR_CODES);
    expect(Object.keys(PRODUCERS)).toEqual(DISK_ERROR_CODES);
  });
});
