import { isDiskError } from "../../../../provider/disk/errors";
import { encodeLoader } from "../../../../provider/hyperv/powershell/bridge-scripts";
import { type SshTransport, planLaunch } from "../../../../provider/hyperv/powershell/transports";

describe("planLaunch", () => {
  it("starts Windows PowerShell by its full path on Windows, since a bare name is looked for in the working directory", () => {
    const plan = planLaunch({ kind: "local" }, "win32");

    expect(plan.executable).toBe(
      String.raw`C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`,
    );
  });

  it("starts pwsh elsewhere", () => {
    const plan = planLaunch({ kind: "local" }, "linux");

    expect(plan.executable).toBe("pwsh");
  });

  it("starts exactly the executable that is given", () => {
    const plan = planLaunch({ kind: "local", executable: "pwsh-preview" }, "linux");

    expect(plan.executable).toBe("pwsh-preview");
  });

  it("connects with ssh without questions, with the host key checked, and says nothing before the host name", () => {
    const plan = planLaunch(
      { kind: "ssh", host: "hv1.example", user: String.raw`LAB\admin`, port: 2222 },
      "linux",
    );

    const words = Object.entries(plan.executableOptions).flatMap(([name, value]) =>
      typeof value === "string" ? [name, value] : value ? [name] : [],
    );
    expect([plan.executable, ...words].join(" ")).toBe(
      [
        "ssh -T -x -a -oBatchMode=yes -oClearAllForwardings=yes -oServerAliveInterval=15 " +
          "-oServerAliveCountMax=4",
        String.raw`-oStrictHostKeyChecking=yes -p 2222 -l LAB\admin -- hv1.example`,
        `powershell -NoLogo -NoProfile -NonInteractive -EncodedCommand ${encodeLoader()}`,
      ].join(" "),
    );
    expect(plan.executableOptions["-NoLogo"]).toBe(false);
  });

  it("starts the ssh of Windows by its full path on Windows", () => {
    const plan = planLaunch({ kind: "ssh", host: "hv1" }, "win32");

    expect(plan.executable).toBe(String.raw`C:\Windows\System32\OpenSSH\ssh.exe`);
  });

  it("keeps a host whose name is a number behind the other words", () => {
    const plan = planLaunch({ kind: "ssh", host: "10" }, "linux");

    expect(Object.keys(plan.executableOptions).at(-2)).toBe("--");
    expect(plan.executableOptions["--"]).toBe("10");
  });

  it("keeps the password out of what is started", () => {
    const plan = planLaunch(
      { kind: "winrm", computerName: "hv1", user: "admin", password: "secret" },
      "win32",
    );

    const { computer, ...visible } = plan;
    expect(JSON.stringify(visible)).not.toContain("secret");
    expect(computer).toMatchObject({ computerName: "hv1", user: "admin", password: "secret" });
  });

  it.each<[string, Partial<SshTransport>]>([
    ["a host that is an option", { host: "-oProxyCommand=calc" }],
    ["a host with a command", { host: "hv1;calc" }],
    ["a host with a space", { host: "hv1 calc" }],
    ["an empty host", { host: "" }],
    ["a user that is an option", { user: "-oProxyCommand=calc" }],
    ["a user with a command", { user: "a$(calc)" }],
    ["a remote executable with a command", { remoteExecutable: "powershell & calc" }],
    ["a remote executable that is an option", { remoteExecutable: "-Command" }],
    ["an identity file that is an option", { identityFile: "-oProxyCommand=calc" }],
    ["a configuration file with a NUL", { configFile: "a\0b" }],
  ])("refuses %s", (_, change) => {
    const plan = (): unknown => planLaunch({ kind: "ssh", host: "hv1", ...change }, "linux");

    expect(plan).toThrow(expect.objectContaining({ code: "InvalidInput" }));
  });

  it("names the key of the configuration when it refuses", () => {
    const errors: unknown[] = [];
    try {
      planLaunch({ kind: "ssh", host: "-x" }, "linux");
    } catch (error) {
      errors.push(error);
    }

    expect(errors.map((error) => isDiskError(error) && error.message)).toEqual([
      expect.stringContaining("vhd:host"),
    ]);
  });
});
