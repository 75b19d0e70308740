import { failureOf } from "../../../support/failure-of";
import type { HostLanguage } from "../../../support/simulated-host";
import { useHosts } from "../../../support/simulated-host/use-hosts";

const makeHost = useHosts();
const BASE = "C:\\disks\\base.vhdx";
const AT = "GetVirtualHardDiskSettingData";

describe("gone, busy and unreachable", () => {
  it.each(["en", "de", "fr", "es", "ja"] as const)(
    "are told apart in %s as in every language",
    async (language: HostLanguage) => {
      const { host, backend, makeBase } = makeHost({ language });
      await makeBase();
      host.lock(BASE);
      await makeBase("C:\\disks\\other.vhdx");
      host.inject({
        at: AT,
        path: "C:\\disks\\other.vhdx",
        how: { kind: "refuses", hresult: 0x800706ba },
      });

      const errors = [
        await failureOf(backend.inspectDisk("C:\\disks\\gone.vhdx")),
        await failureOf(backend.inspectDisk(BASE)),
        await failureOf(backend.inspectDisk("C:\\disks\\other.vhdx")),
      ];

      expect(errors.map((error) => error.code)).toEqual(["NotFound", "InUse", "HostUnreachable"]);
    },
  );

  it.each([
    ["the file system still shows the file", 0x80070002, "Unavailable"],
    ["the account may not see", 0x80070005, "AccessDenied"],
    ["WMI denies access", 0x80041003, "AccessDenied"],
    ["the volume is not ready", 0x80070015, "Unavailable"],
    ["the host is shutting down", 0x80041033, "Unavailable"],
  ])("are never guessed: %s", async (_, hresult, code) => {
    const { host, backend, makeBase } = makeHost();
    await makeBase();
    host.inject({
      at: AT,
      how: {
        kind: hresult >= 0x80040000 && hresult < 0x80050000 ? "refuses" : "job fails",
        hresult,
      },
    });

    const error = await failureOf(backend.inspectDisk(BASE));

    expect(error.code).toBe(code);
  });

  it("gives no proof of absence where a folder hides its files from the account", async () => {
    const { host, backend, makeBase } = makeHost({ hiddenFolders: ["C:\\disks"] });
    host.makeFolder("C:\\open");
    const base = await makeBase("C:\\open\\base.vhdx");
    const hidden = { path: "C:\\disks\\hidden.vhdx", identity: base.identity };
    host.inject({ at: AT, path: hidden.path, how: { kind: "job fails", hresult: 0x80070005 } });

    const error = await failureOf(backend.deleteDisk(hidden));

    expect(error.code).toBe("AccessDenied");
  });

  it("gives no proof of absence where the drive is missing", async () => {
    const { backend } = makeHost();

    const error = await failureOf(backend.inspectDisk("X:\\disks\\base.vhdx"));

    expect(error.code).toBe("Unavailable");
  });

  it("names elevation and role when the host hides its services", async () => {
    const { backend } = makeHost({ isElevated: false });

    const error = await failureOf(backend.inspectDisk(BASE));

    expect(error.code).toBe("AccessDenied");
    expect(error.message).toMatch(/elevated/);
  });

  it("asks for the service again after it was out of reach", async () => {
    const { host, backend, makeBase } = makeHost();
    host.inject({
      at: "query:Msvm_ImageManagementService",
      how: { kind: "refuses", hresult: 0x80041003 },
    });

    const error = await failureOf(makeBase());
    const base = await makeBase();

    expect(error.code).toBe("AccessDenied");
    expect(await backend.inspectDisk(BASE)).toEqual(base);
  });
});

describe("a disk on a share", () => {
  it("is out of reach when the account is logged on over the network", async () => {
    const { backend } = makeHost();

    const error = await failureOf(backend.inspectDisk("\\\\files\\golden\\base.vhdx"));

    expect(error.code).toBe("AccessDenied");
    expect(error.message).toContain("delegation");
  });

  it("can be a parent where the host may open it", async () => {
    const { host, backend, makeBase, makeChild } = makeHost({ hasDelegation: true });
    await makeBase();
    host.makeFolder("\\\\files\\golden");
    host.copy(BASE, "\\\\files\\golden\\base.vhdx");

    const child = await makeChild("C:\\disks\\child.vhdx", "\\\\files\\golden\\base.vhdx");
    const chain = await backend.readChain(child.path);

    expect(chain.map((disk) => disk.path)).toEqual([child.path, "\\\\files\\golden\\base.vhdx"]);
    expect(chain[1]?.fileSizeBytes).toBe(chain[0]?.fileSizeBytes);
    expect(chain[1]?.identity.fileId).toBeUndefined();
  });

  it("is never said to be absent", async () => {
    const { host, backend } = makeHost({ hasDelegation: true });
    host.makeFolder("\\\\files\\golden");

    const error = await failureOf(backend.inspectDisk("\\\\files\\golden\\base.vhdx"));

    expect(error.code).toBe("Unavailable");
  });
});

describe("the identity of a disk", () => {
  it("stays the same when the clocks of the host change", async () => {
    const { host, backend, makeBase } = makeHost({ utcOffsetMinutes: 60 });
    const base = await makeBase();
    const summer = makeHost({ ...host.options, utcOffsetMinutes: 120 });

    const observed = await summer.backend.inspectDisk(BASE);

    expect(observed.identity).toEqual(base.identity);
    expect((await backend.inspectDisk(BASE)).identity).toEqual(base.identity);
  });
});

describe("a disk that is no plain image", () => {
  it("is refused when it is a VHD set", async () => {
    const { host, backend, makeBase } = makeHost();
    await makeBase("C:\\disks\\data.avhdx");
    host.makeVhdSet("C:\\disks\\shared.vhds", "C:\\disks\\data.avhdx");

    const error = await failureOf(backend.inspectDisk("C:\\disks\\shared.vhds"));

    expect(error.code).toBe("UnsupportedImage");
  });

  it("is refused when the host describes a type that is not known", async () => {
    const { backend } = makeHost();

    const error = await failureOf(backend.inspectDisk("C:\\disks\\disc.iso"));

    expect(["UnsupportedImage", "NotFound"]).toContain(error.code);
  });
});
