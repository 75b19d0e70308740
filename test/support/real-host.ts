import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { win32 } from "node:path";
import type { HostTransport } from "../../provider/hyperv/powershell/transports";

/**
 * A real Hyper-V host that a contributor or CI lends to the tests. Its files must be reachable from
 * this machine.
 */
export interface RealHost {
  readonly name: string;
  readonly transport: HostTransport;
  /** The configuration that means the same to a stack. */
  readonly config: Readonly<Record<string, string>>;
  /** A folder of the host for the tests to work in, emptied at the end. */
  path(...names: string[]): string;
  /** The way from this machine to a file of that folder. */
  toLocal(path: string): string;
}

/**
 * The host that the environment names: `VHD_TEST_HOST` (`this machine`, or a name),
 * `VHD_TEST_TRANSPORT` (`local`, `ssh` or `winrm`), `VHD_TEST_FOLDER` (`C:\\vhd-tests` by default),
 * `VHD_TEST_SHARE` (the way to that folder from here, such as `\\\\hv7\\c$\\vhd-tests`, for another
 * machine), `VHD_TEST_EXECUTABLE`, `VHD_TEST_REMOTE_EXECUTABLE`, `VHD_TEST_USER`.
 *
 * @returns `undefined` where none is named
 */
export function findRealHost(): RealHost | undefined {
  const { env } = process;
  const name = env["VHD_TEST_HOST"];
  if (name === undefined || name === "") {
    return undefined;
  }
  const folder = win32.join(env["VHD_TEST_FOLDER"] ?? "C:\\vhd-tests", `run${process.pid}`);
  const share =
    env["VHD_TEST_SHARE"] === undefined
      ? folder
      : win32.join(env["VHD_TEST_SHARE"], win32.basename(folder));
  const transport = toTransport(name);
  const toLocal = (path: string): string => win32.join(share, win32.relative(folder, path));
  mkdirSync(toLocal(folder), { recursive: true });
  return {
    name,
    transport,
    config: toConfig(name, transport),
    path: (...names) => win32.join(folder, ...names),
    toLocal,
  };
}

/** Removes what the tests left. */
export function clearRealHost(host: RealHost): void {
  rmSync(host.toLocal(host.path()), { recursive: true, force: true });
}

/** Opens a file for itself alone, as a program does that works on it. @returns lets it go */
export async function holdFile(path: string): Promise<() => Promise<void>> {
  const script =
    `$f = [IO.File]::Open('${path.replaceAll("'", "''")}', 'Open', 'ReadWrite', 'None'); 'held'; ` +
    "[void] [Console]::In.ReadLine(); $f.Dispose()";
  const holder = spawn("powershell.exe", ["-NoProfile", "-Command", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  return async () => {
    const exited = once(holder, "exit");
    holder.stdin.end("\n");
    await exited;
  };
}

function toTransport(host: string): HostTransport {
  const { env } = process;
  const executable = env["VHD_TEST_EXECUTABLE"];
  const user = env["VHD_TEST_USER"];
  switch (env["VHD_TEST_TRANSPORT"] ?? "local") {
    case "local":
      return { kind: "local", executable };
    case "ssh":
      return { kind: "ssh", host, user, remoteExecutable: env["VHD_TEST_REMOTE_EXECUTABLE"] };
    case "winrm":
      return { kind: "winrm", computerName: host, user, executable };
    default:
      throw new Error(
        `VHD_TEST_TRANSPORT is ${env["VHD_TEST_TRANSPORT"]}: it must be local, ssh or winrm`,
      );
  }
}

function toConfig(host: string, transport: HostTransport): Record<string, string> {
  const { env } = process;
  const entries: [string, string | undefined][] = [
    ["vhd:backend", "hyperv"],
    ["vhd:transport", transport.kind],
    ["vhd:host", transport.kind === "local" ? undefined : host],
    ["vhd:user", env["VHD_TEST_USER"]],
    ["vhd:executable", transport.kind === "ssh" ? undefined : env["VHD_TEST_EXECUTABLE"]],
    ["vhd:remoteExecutable", env["VHD_TEST_REMOTE_EXECUTABLE"]],
  ];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
