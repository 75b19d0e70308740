import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CONFIG_KEYS, openBackend, openReferencePoints } from "../../provider/config";

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
    [{ backend: "hyperv", transport: "telnet" }, /must be "local", "ssh" or "winrm": vhd:transport/],
    [{ backend: "hyperv", transport: "ssh" }, /is missing, and the transport ssh needs it: vhd:host/],
    [{ backend: "hyperv", transport: "winrm" }, /needs it: vhd:host/],
    [{ backend: "hyperv", host: "h", password: "p" }, /takes keys only.*vhd:password/],
    [{ backend: "hyperv", host: "-oProxyCommand=evil" }, /could take for something else/],
    [{ backend: "hyperv", host: "h", port: "0" }, /whole number above 0: vhd:port/],
    [{ callTimeoutMs: "soon" }, /whole number above 0: vhd:callTimeoutMs.*VHD_CALL_TIMEOUT_MS/],
    [{ host: "" }, /must not be empty: vhd:host/],
  ])("refuses %j, naming the key", (values, reason) => {
    expect(() => openBackend(source(values))).toThrow(reason);
    expect(() => openBackend(source(values))).toThrow(/^\[InvalidInput\]/);
  });

  it("never shows a password", () => {
    const values = { backend: "hyperv", host: "h", transport: "ssh", password: "hunter2" };

    expect(() => openBackend(source(values))).not.toThrow(/hunter2/);
  });

  it("has reference points on a Hyper-V host only", () => {
    expect(() => openReferencePoints(source({}))).toThrow(/^\[NotSupported\].*hyperv/);
    expect(openReferencePoints(source({ backend: "hyperv" }))).toBe(openReferencePoints(source({ backend: "hyperv" })));
  });

  it("is documented, each key", () => {
    const text = readFileSync(join(__dirname, "..", "..", "docs", "configuration.md"), "utf8");
    const documented = [...text.matchAll(/^\| (`[^|]+`)\s*\|/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, key]) => key),
    );

    expect(documented.toSorted()).toEqual([...CONFIG_KEYS].toSorted());
  });
});
