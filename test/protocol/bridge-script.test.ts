import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cimFailureOf } from "../../provider/hyperv/cim/cim-failure";
import type { CimReference, CimSession, CimValue } from "../../provider/hyperv/cim/cim-session";
import { cimString } from "../../provider/hyperv/cim/cim-values";
import { openPowerShellCimSession } from "../../provider/hyperv/powershell/powershell-session";
import { failureOf } from "../support/failure-of";
import { parsePowerShell } from "../support/powershell-grammar";
import { useTempFolder } from "../support/temp-folder";

const FOLDER = join(__dirname, "..", "..", "provider", "hyperv", "powershell");
const SCRIPT = readFileSync(join(FOLDER, "cim-bridge.ps1"), "utf8");
const LOADER = readFileSync(join(FOLDER, "load-bridge.ps1"), "utf8");
const LIMIT = { timeoutMs: 60_000 };

describe.each([
  ["cim-bridge.ps1", SCRIPT, 210],
  ["load-bridge.ps1", LOADER, 30],
])("%s", (_name, script, maxLineCount) => {
  it("is short, and so is each line", () => {
    const lines = script.split("\n");

    expect(lines.length).toBeLessThanOrEqual(maxLineCount);
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  it("is ASCII, so that no code page can spoil it", () => {
    // eslint-disable-next-line no-control-regex -- the whole of ASCII
    expect(script).toMatch(/^[\u0000-\u007f]*$/);
  });

  it("is PowerShell", async () => {
    const nodes = await parsePowerShell(script);

    expect(nodes.filter(({ isWrong }) => isWrong)).toEqual([]);
  });

  it("leaves standard input to the one reader, which no console stream hinders", () => {
    expect(script).not.toMatch(/\$input\b|\[Console\]::In\b|Read-Host/i);
  });

  it("does nothing that only malware does where a plain way will do", () => {
    expect(script).not.toMatch(
      /Invoke-Expression|\biex\b|Add-Type|DllImport|Reflection\.Assembly|DownloadString|Bypass/i,
    );
    expect(script).not.toMatch(/::Create\(.*FromBase64String/i);
  });

  it("uses nothing that Windows PowerShell 5.1 does not have", async () => {
    const nodes = await parsePowerShell(script);

    const parameters = nodes
      .filter(({ type }) => type === "command_parameter")
      .map(({ text }) => text);
    expect(parameters).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^-(?:As|NoEnum|DateKind|Escape)/i)]),
    );
    expect(script.replaceAll(/'[^']*'/g, "''")).not.toMatch(/\?\?|\?\.|&&|\|\||::new\(| \? /);
  });
});

describe("cim-bridge.ps1", () => {
  it.each([
    ["an open block", "function a { if ($b) { 1 }"],
    ["an open quote", "$a = 'b"],
    ["a half hashtable", "$a = @{ b = }"],
  ])("would not pass with %s", async (_, mistake) => {
    const nodes = await parsePowerShell(`${SCRIPT}\n${mistake}\n`);

    expect(nodes.some(({ isWrong }) => isWrong)).toBe(true);
  });

  it("knows nothing about disks", () => {
    expect(SCRIPT).not.toMatch(/msvm|vhd|disk|virtualization/i);
  });

  it("runs the CIM cmdlets and hardly anything else", async () => {
    const nodes = await parsePowerShell(SCRIPT);

    const functions = new Set(
      nodes.filter(({ type }) => type === "function_name").map(({ text }) => text),
    );
    const commands = new Set(
      nodes.filter(({ type }) => type === "command_name").map(({ text }) => text),
    );
    expect([...commands].filter((name) => !functions.has(name)).toSorted()).toEqual([
      "ConvertFrom-Json",
      "ConvertTo-Json",
      "ForEach-Object",
      "Get-CimAssociatedInstance",
      "Get-CimClass",
      "Get-CimInstance",
      "Get-Command",
      "Invoke-CimMethod",
      "New-CimInstance",
      "New-CimSession",
      "New-CimSessionOption",
      "New-Object",
      "Where-Object",
    ]);
  });
});

const hasPwsh =
  process.platform !== "win32" && spawnSync("pwsh", ["-NoProfile", "-Command", "1"]).status === 0;

if (!hasPwsh) {
  process.stderr.write("skipped: cim-bridge.ps1 in a real PowerShell (pwsh is not installed)\n");
}

(hasPwsh ? describe : describe.skip)(
  "cim-bridge.ps1 in a real PowerShell, over stand-ins for the CIM cmdlets",
  () => {
    const inTemp = useTempFolder();
    const job: CimReference = {
      namespace: "root\\v2",
      className: "Job",
      keys: { InstanceID: cimString("it's 1") },
    };
    let session: CimSession;

    beforeAll(() => {
      // A module that PowerShell finds by the names of its commands.
      const stubs = join(__dirname, "..", "support", "fake-powershell", "cim-stubs.ps1");
      mkdirSync(inTemp("CimCmdlets"), { recursive: true });
      copyFileSync(stubs, inTemp("CimCmdlets/CimCmdlets.psm1"));
      const executable = inTemp("pwsh-with-stubs");
      writeFileSync(executable, `#!/bin/sh\nPSModulePath='${inTemp()}' exec pwsh "$@"\n`);
      chmodSync(executable, 0o755);
      session = openPowerShellCimSession({ transport: { kind: "local", executable } });
    });

    afterAll(() => session.close());

    it.each<[string, CimValue]>([
      ["UInt64", { type: "uint64", value: 2n ** 64n - 1n }],
      ["SInt64", { type: "sint64", value: -(2n ** 63n) }],
      ["UInt8", { type: "uint8", value: 255 }],
      ["SInt32", { type: "sint32", value: -2_147_483_648 }],
      ["Boolean", { type: "boolean", value: false }],
      ["String", { type: "string", value: "\"'`‘’‚‛“”$(1)\r\n\t 2024-01-31T12:00:00Z 💾" }],
      ["String", { type: "string", value: "2024-01-31T12:00:00Z" }],
      ["String", { type: "string", value: "" }],
      ["UInt64Array", { type: "uint64[]", value: [9_007_199_254_740_993n] }],
      ["UInt64Array", { type: "uint64[]", value: [] }],
      ["StringArray", { type: "string[]", value: ["one"] }],
      ["StringArray", { type: "string[]", value: [] }],
      ["BooleanArray", { type: "boolean[]", value: [true, false] }],
      ["Reference", { type: "reference", value: job }],
    ])("carries a %s there and back: %j", async (name, value) => {
      const call = { target: job, method: "Echo", arguments: { [name]: value }, readOnly: true };

      const result = await session.invoke(call, LIMIT);

      expect(result).toEqual({ returnValue: 4096, outputs: { [name]: value } });
    });

    it("calls static methods of a class", async () => {
      const target = { namespace: "root\\v2", className: "Service" };

      const result = await session.invoke(
        { target, method: "Echo", arguments: {}, readOnly: true },
        LIMIT,
      );

      expect(result).toEqual({ returnValue: 4096, outputs: {} });
    });

    it("reads an instance by its keys, with times as CIM writes them and without what is NULL", async () => {
      const instance = await session.get(job, LIMIT);

      expect(instance).toEqual({
        className: "Job",
        reference: job,
        properties: {
          ...job.keys,
          Since: { type: "datetime", value: "00000001020304.000000:000" },
          When: { type: "datetime", value: "20260131235959.000000+000" },
        },
      });
    });

    it("reads one instance, several and none as lists", async () => {
      const one = await session.query(
        { namespace: "root\\v2", className: "File", where: { Name: "C:\\a'b" } },
        LIMIT,
      );
      const two = await session.associated(
        { source: job, resultClassName: "Point", associationClassName: "Made" },
        LIMIT,
      );
      const none = await session.query({ namespace: "root\\v2", className: "Nothing" }, LIMIT);

      expect(one.map(({ properties }) => properties["Filter"])).toEqual([
        cimString(String.raw`Name = 'C:\\a\'b'`),
      ]);
      expect(two.map(({ properties }) => properties["Name"]?.value)).toEqual(["first", "second"]);
      expect(none).toEqual([]);
    });

    it("reports refusals by their numbers and goes on", async () => {
      const exists = await session.hasClass("root\\v2", "Service", LIMIT);
      const isMissing = await session.hasClass("root\\v2", "Missing", LIMIT);
      const call = { target: job, method: "Unknown", arguments: {}, readOnly: true };
      const failure = await failureOf(session.invoke(call, LIMIT));

      expect([exists, isMissing]).toEqual([true, false]);
      expect(cimFailureOf(failure)?.message).toBe("no method Unknown");
    });
  },
);
