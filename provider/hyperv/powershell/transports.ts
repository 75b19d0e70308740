import { DiskError } from "../../disk/errors";
import type { RemoteComputer } from "./bridge-protocol";
import { encodeLoader } from "./bridge-scripts";

/** How a Hyper-V host is reached. Behind each of them is one PowerShell that runs on Windows. */
export type HostTransport = LocalTransport | SshTransport | WinrmTransport;

/** This machine is the host. */
export interface LocalTransport {
  readonly kind: "local";
  /**
   * The PowerShell to start; Windows PowerShell on Windows and `pwsh` elsewhere where absent. It is
   * started exactly as given: the variable NODE_POWERSHELL, with which node-powershell replaces
   * every executable, has no effect unless config.ts passes it here.
   */
  readonly executable?: string | undefined;
}

/**
 * The system's `ssh` starts PowerShell on the host. Keys, agents, jump hosts and aliases are those
 * of the user's own SSH configuration; nothing is ever asked (BatchMode), and a host whose key is
 * not known is refused.
 */
export interface SshTransport {
  readonly kind: "ssh";
  /** A name, an address or an alias of the SSH configuration. */
  readonly host: string;
  readonly port?: number | undefined;
  /** Also `DOMAIN\user` or `user@domain`. */
  readonly user?: string | undefined;
  /** A private key file on this machine, used besides those of the configuration. */
  readonly identityFile?: string | undefined;
  /** Another configuration file than the user's own. */
  readonly configFile?: string | undefined;
  /**
   * `accept-new` trusts a host when it is first seen, and refuses it when its key changes; `yes`
   * where absent.
   */
  readonly hostKeyChecking?: "yes" | "accept-new" | undefined;
  /** The `ssh` to start; that of the system where absent. */
  readonly executable?: string | undefined;
  /**
   * `powershell` (5.1), `pwsh` or a path without spaces, on the host; `powershell` where absent.
   */
  readonly remoteExecutable?: string | undefined;
}

/**
 * A PowerShell on this machine, which is Windows but not the host, opens a CIM session to the host
 * over WS-Management. The password travels to that PowerShell inside the protocol, never on a
 * command line.
 */
export interface WinrmTransport extends RemoteComputer {
  readonly kind: "winrm";
  /** As {@link LocalTransport.executable}. */
  readonly executable?: string | undefined;
}

/** A process to start, in the terms of node-powershell. */
export interface ShellLaunch {
  readonly executable: string;
  /**
   * Arguments in order: a name alone, or a name and its value. node-powershell begins with
   * `-NoLogo`, unless that is false.
   */
  readonly executableOptions: Readonly<Record<string, string | boolean>>;
  /** What the bridge connects to before anything else. */
  readonly computer?: RemoteComputer | undefined;
  /** What messages call the host. */
  readonly hostName: string;
  /** What to do when there is no session to be had. */
  readonly remedy: string;
}

/**
 * No profile, so that nobody's functions replace ours, and no questions. The execution policy is
 * left alone: it is about script files, and there are none.
 */
const POWERSHELL_OPTIONS = ["-NoProfile", "-NonInteractive", "-EncodedCommand"] as const;

/** Fixed options come as one word each, because node-powershell keeps one value for each name. */
const SSH_OPTIONS = [
  "-T",
  "-x",
  "-a",
  "-oBatchMode=yes",
  "-oClearAllForwardings=yes",
  "-oServerAliveInterval=15",
  "-oServerAliveCountMax=4",
] as const;

/**
 * Works out what to start.
 *
 * @param transport as configured
 * @param platform that of this machine
 * @throws InvalidInput for a name that `ssh` or a shell could take for something else; Internal
 *   when a script of this package is missing
 */
export function planLaunch(
  transport: HostTransport,
  platform: NodeJS.Platform = process.platform,
): ShellLaunch {
  switch (transport.kind) {
    case "local":
      return {
        ...planPowerShell(transport.executable, platform),
        hostName: "this machine",
        remedy:
          "Install PowerShell, or set vhd:executable to the full path of powershell.exe or pwsh.",
      };
    case "ssh":
      return planSsh(transport, platform);
    case "winrm":
      return {
        ...planPowerShell(transport.executable, platform),
        computer: transport,
        hostName: transport.computerName,
        remedy:
          `Check that \`New-CimSession -ComputerName ${transport.computerName}\` works in ` +
          "PowerShell on this machine.",
      };
  }
}

/** The full path on Windows, where a bare name is looked for in the working directory first. */
function defaultPowerShell(platform: NodeJS.Platform): string {
  return platform === "win32"
    ? String.raw`C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`
    : "pwsh";
}

function planPowerShell(
  executable: string | undefined,
  platform: NodeJS.Platform,
): Pick<ShellLaunch, "executable" | "executableOptions"> {
  const [noProfile, nonInteractive, command] = POWERSHELL_OPTIONS;
  return {
    executable: executable ?? defaultPowerShell(platform),
    executableOptions: { [noProfile]: true, [nonInteractive]: true, [command]: encodeLoader() },
  };
}

function planSsh(transport: SshTransport, platform: NodeJS.Platform): ShellLaunch {
  const { host, user, identityFile, configFile, remoteExecutable = "powershell" } = transport;
  assertPlain("host", host, /^[\w.:%[\]-]+$/);
  assertPlain("user", user, /^[\w.@\\$-]+$/);
  assertPlain("remoteExecutable", remoteExecutable, /^[\w.:\\/-]+$/);
  assertPlain("identityFile", identityFile, /^[^\0]+$/);
  assertPlain("sshConfigFile", configFile, /^[^\0]+$/);
  const options: Record<string, string | boolean> = { "-NoLogo": false };
  for (const option of SSH_OPTIONS) {
    options[option] = true;
  }
  options[`-oStrictHostKeyChecking=${transport.hostKeyChecking ?? "yes"}`] = true;
  addOption(options, "-F", configFile);
  addOption(options, "-i", identityFile);
  addOption(options, "-p", transport.port?.toString());
  addOption(options, "-l", user);
  options["--"] = host;
  const command = [remoteExecutable, "-NoLogo", ...POWERSHELL_OPTIONS, encodeLoader()].join(" ");
  options[command] = true;
  return {
    executable:
      transport.executable ??
      (platform === "win32" ? String.raw`C:\Windows\System32\OpenSSH\ssh.exe` : "ssh"),
    executableOptions: options,
    hostName: host,
    remedy:
      `Check that \`ssh -oBatchMode=yes ${host} ${remoteExecutable} -Command 1\` works here ` +
      "without a prompt: the host key is known, the login needs no password, and the host has " +
      "PowerShell.",
  };
}

function addOption(
  options: Record<string, string | boolean>,
  name: string,
  value: string | undefined,
): void {
  if (value !== undefined) {
    options[name] = value;
  }
}

/** A value that begins with a dash would be an option, whatever was meant. */
function assertPlain(key: string, value: string | undefined, pattern: RegExp): void {
  if (value !== undefined && (value.startsWith("-") || !pattern.test(value))) {
    throw new DiskError("InvalidInput", {
      what: `the ${key} of the SSH transport contains characters that ssh could misinterpret`,
      subject: JSON.stringify(value),
      remedy: `Set vhd:${key} to a plain name.`,
    });
  }
}
