import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CONFIG_KEYS,
  createConfigSource,
  openBackend,
  openReferencePoints,
} from "../../provider/config";

/** Configuration from a record; the environment of the tests has none of these keys. */
function source(values: Record<string, string>): (key: string) => string | undefined {
  return (key) => values[key];
}

describe("the configuration", () => {
  it("gives the embedded backend unless told otherwise", () => {
    expect(["posix", "win32"]).toContain(openBackend(source({})).pathStyle);
    expect(openBackend(source({ backend: "hyperv" })).pathStyle).toBe("win32");
  });

  it("gives the same backend for the same configuration, and another one for another", () => {
    const first = openBackend(source({ searchFolders: '["/a"]' }));

    expect(openBackend(source({ searchFolders: "/a\n" }))).toBe(first);
    expect(openBackend(source({ searchFolders: "/b" }))).not.toBe(first);
  });

  it("takes from the environment what is not set", () => {
    process.env["VHD_SEARCH_FOLDERS"] = "/from-environment";
    try {
      const fromEnvironment = openBackend(source({}));
      const explicit = openBackend(source({ searchFolders: "/from-environment" }));

      expect(fromEnvironment).toBe(explicit);
    } finally {
      delete process.env["VHD_SEARCH_FOLDERS"];
    }
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ backend: "vmware" }, /must be "embedded" or "hyperv": vhd:backend.*VHD_BACKEND/],
    [
      { backend: "hyperv", transport: "telnet" },
      /must be "local", "ssh" or "winrm": vhd:transport/,
    ],
    [
      { backend: "hyperv", transport: "ssh" },
      /is missing, but the transport ssh needs it: vhd:host/,
    ],
    [{ backend: "hyperv", transport: "winrm" }, /needs it: vhd:host/],
    [{ backend: "hyperv", host: "h", password: "p" }, /accepts only keys.*vhd:password/],
    [{ backend: "hyperv", host: "-oProxyCommand=evil" }, /could misinterpret/],
    [{ backend: "hyperv", host: "h", port: "0" }, /whole number above 0: vhd:port/],
    [{ callTimeoutMs: "soon" }, /whole number above 0: vhd:callTimeoutMs.*VHD_CALL_TIMEOUT_MS/],
    [{ host: "" }, /must not be empty: vhd:host/],
    [
      { backend: "embedded", host: "hv7" },
      /vhd:backend is embedded, which manages the files of this machine.*vhd:host/,
    ],
    [
      { searchFolders: '["jobs"]' },
      /must be a list of full paths, and "jobs" is not a full path.*vhd:searchFolders/,
    ],
    [{ searchFolders: "/a,/b" }, /"\/a,\/b", which looks like several folders.*vhd:searchFolders/],
    [
      { host: "hv7", searchFolders: "/srv/jobs" },
      /is not a full path where the disks are: vhd:searchFolders/,
    ],
    [{ allowedFolders: "images" }, /must be a list of full paths.*vhd:allowedFolders/],
  ])("refuses %j, naming the key", (values, reason) => {
    expect(() => openBackend(source(values))).toThrow(reason);
    expect(() => openBackend(source(values))).toThrow(/^\[InvalidInput\]/);
  });

  it.each([
    [
      "hots",
      /^\[InvalidInput\] this configuration key does not exist: vhd:hots\. Write vhd:host\./,
    ],
    ["SearchFolders", /Write vhd:searchFolders\./],
    ["color", /The keys are backend, searchFolders,.*pulumi config rm/],
  ])("refuses the key %s, which there is not", (key, reason) => {
    expect(() => openBackend(createConfigSource({ [key]: "x" }))).toThrow(reason);
  });

  it("takes a host without a backend for a Hyper-V host", () => {
    expect(openBackend(source({ host: "hv7" })).pathStyle).toBe("win32");
    expect(openBackend(source({ transport: "local" })).pathStyle).toBe("win32");
  });

  it("never shows a password", () => {
    const values = { backend: "hyperv", host: "h", transport: "ssh", password: "hunter2" };

    expect(() => openBackend(source(values))).not.toThrow(/hunter2/);
  });

  it("has reference points on a Hyper-V host only", () => {
    expect(() => openReferencePoints(source({}))).toThrow(/^\[NotSupported\].*hyperv/);
    expect(openReferencePoints(source({ backend: "hyperv" }))).toBe(
      openReferencePoints(source({ backend: "hyperv" })),
    );
  });

  it("is documented, each key", () => {
    const text = readFileSync(join(__dirname, "..", "..", "docs", "configuration.md"), "utf8");
    const documented = [...text.matchAll(/^\| (`[^|]+`)\s*\|/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, key]) => key),
    );

    expect(documented.toSorted()).toEqual([...CONFIG_KEYS].toSorted());
  });
});
