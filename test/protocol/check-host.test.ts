import { readFileSync, writeFileSync } from "node:fs";
import type { TranscriptFile } from "../../provider/cli/check-host";
import { runCommand } from "../../provider/cli/main";
import { surveyHost } from "../../provider/hyperv/check/survey-host";
import { replaySession } from "../../provider/hyperv/transcript/replay-session";
import { describeOnPosix } from "../support/fake-powershell/use-fake-sessions";
import { writeFakePowerShell } from "../support/fake-powershell/write-fake-powershell";
import type { FakeBehaviour } from "../support/fake-powershell/behaviour";
import { type SimulatedHostOptions, createSimulatedHost } from "../support/simulated-host";
import { useTempFolder } from "../support/temp-folder";

const SIMULATED_HOST = require.resolve("../support/simulated-host");

describeOnPosix("pulumi-vhd check-host", () => {
  const inTemp = useTempFolder();
  let count = 0;

  /** Runs the command against a simulated host of its own. */
  async function run(
    words: readonly string[],
    options: Partial<SimulatedHostOptions> = {},
    behaviour: Partial<FakeBehaviour> = {},
  ): Promise<{ exitCode: number; out: string; error: string }> {
    count += 1;
    const hostOptions = { folder: inTemp(`host-${count}`), ...options };
    createSimulatedHost(hostOptions).makeFolder("C:\\disks");
    createSimulatedHost(hostOptions).makeMachine({
      id: "5C1A9A7E-0F5B-4F0E-9B7A-3B1E0E7A9C11",
      name: "Lohnbuchhaltung",
      disks: ["C:\\disks\\Lohn 2026.vhdx"],
    });
    const { executable } = writeFakePowerShell(inTemp(`powershell-${count}`), {
      host: { modulePath: SIMULATED_HOST, options: hostOptions },
      ...behaviour,
    });
    const texts = { out: "", error: "" };
    const exitCode = await runCommand([...words, "--executable", executable], {
      out: (text) => (texts.out += text),
      error: (text) => (texts.error += text),
    });
    return { exitCode, ...texts };
  }

  it("tells the Windows, the PowerShell, the account and what works", async () => {
    const { exitCode, out } = await run(["check-host"]);

    expect(exitCode).toBe(0);
    expect(out).toContain(
      [
        "Host        this machine (local)",
        "Windows     Microsoft Windows Server 2016 Standard, 10.0.14393",
        "PowerShell  5.1.0.0, FullLanguage",
        "Service     root\\virtualization\\v2",
        "Account     in Hyper-V Administrators",
        "",
        "works       a session with Windows",
      ].join("\n"),
    );
    expect(out).not.toMatch(/missing|fails/);
  });

  it("ends with 1 where disks cannot be managed, and says why", async () => {
    const { exitCode, out } = await run(["check-host"], { isElevated: false });

    expect(exitCode).toBe(1);
    expect(out).toMatch(/^fails {7}the image management service\n {12}\[AccessDenied\] /m);
  });

  it("says what keeps PowerShell from getting ready", async () => {
    const { exitCode, out } = await run(
      ["check-host"],
      {},
      { languageMode: "ConstrainedLanguage" },
    );

    expect(exitCode).toBe(1);
    expect(out).toMatch(/fails {7}a session with Windows\n.*ConstrainedLanguage/);
  });

  it("writes JSON", async () => {
    const { out } = await run(["check-host", "--json"], { generation: "2012R2" });

    expect(JSON.parse(out)).toMatchObject({
      host: "this machine",
      transport: "local",
      powerShell: "5.1.0.0",
      account: { isAdministrator: false, isHypervAdministrator: true },
      windows: { version: "6.3.9600" },
      findings: expect.arrayContaining([
        expect.objectContaining({ what: "change queries", state: "missing" }),
      ]),
    });
  });

  it("takes a host over WinRM, of whose account PowerShell here knows nothing", async () => {
    const words = ["check-host", "--json", "--transport", "winrm", "--host", "hv7.example.com"];

    const { out } = await run(words);

    expect(JSON.parse(out)).toMatchObject({ host: "hv7.example.com", transport: "winrm" });
    expect(JSON.parse(out)).not.toHaveProperty("account");
  });

  it.each<[string, Partial<SimulatedHostOptions>]>([
    ["of a new host", {}],
    ["of an old host", { generation: "2008R2", language: "es" }],
    ["of a host that hides its service", { isElevated: false, language: "de" }],
  ])("writes a transcript %s that a test plays back, and that names nobody", async (_, options) => {
    const path = inTemp(`transcript-${count}.json`);
    const host = ["--transport", "winrm", "--host", "hv7.example.com", "--user", "LAB\\anna"];
    process.env["VHD_PASSWORD"] = "s3cret-Passw0rd";

    const { out } = await run(["check-host", "--json", "--transcript", path, ...host], options);
    delete process.env["VHD_PASSWORD"];
    const text = readFileSync(path, "utf8");
    const file = JSON.parse(text) as TranscriptFile;
    const replayed = await surveyHost(replaySession(file));

    expect(text.match(/hv7|anna|\bLAB\b|s3cret|Lohn|C:..disks|5C1A9A7E/gi)).toBeNull();
    expect(replayed).toEqual(file.survey);
    const report = JSON.parse(out) as TranscriptFile["survey"];
    expect(file.survey.windows).toEqual(report.windows);
    expect(file.survey.findings.map(({ what, state }) => [what, state])).toEqual(
      report.findings.map(({ what, state }) => [what, state]),
    );
  });

  it("writes over no file", async () => {
    const path = inTemp("exists.json");
    writeFileSync(path, "mine");

    const { exitCode, error } = await run(["check-host", "--transcript", path]);

    expect(exitCode).toBe(2);
    expect(error).toMatch(/^\[AlreadyExists\]/);
    expect(readFileSync(path, "utf8")).toBe("mine");
  });

  it.each([
    ["another command", ["check-hosts"]],
    ["another option", ["check-host", "--hots", "a"]],
    ["a password, which everybody could read", ["check-host", "--password", "a"]],
    ["a host that cannot be", ["check-host", "--host", "a b"]],
  ])("refuses %s", async (_, words) => {
    const { exitCode, out, error } = await run(words);

    expect([exitCode, out]).toEqual([2, ""]);
    expect(error).toMatch(/^\[InvalidInput\]/);
  });

  it("explains itself", async () => {
    const { exitCode, out } = await run(["--help"]);

    expect(exitCode).toBe(0);
    expect(out).toContain("--transcript FILE");
  });
});
