import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { userInfo } from "node:os";
import { createInterface } from "node:readline";
import type { SshTransport } from "../../provider/hyperv/powershell/transports";

/** Where the OpenSSH server is on the systems that have it. It must be started by its full path. */
const SSHD = "/usr/sbin/sshd";
/**
 * A server that root starts wants this empty folder; the package makes it when the system starts,
 * containers do not.
 */
const PRIVILEGE_SEPARATION_FOLDER = "/run/sshd";

/** An SSH server of its own on the loopback interface. */
export interface SshServer {
  /** How to reach it, with its host key known and a key that it takes. */
  readonly transport: SshTransport;
  /** Writes a client configuration that knows this text as its known hosts. */
  writeClientConfig(name: string, knownHosts: string): string;
  /** The line by which a client knows this server; with another key, if given. */
  knownHostsLine(publicKeyPath?: string): string;
  stop(): Promise<void>;
}

/**
 * `describe` where an OpenSSH server is installed; otherwise the tests are skipped and the reason
 * is printed.
 */
export function describeWithSshServer(name: string, body: () => void): void {
  if (existsSync(SSHD) && spawnSync("ssh", ["-V"]).status === 0) {
    describe(name, body);
    return;
  }
  process.stderr.write(`skipped: ${name} (openssh-server is not installed)\n`);
  describe.skip(name, () => {
    it.todo("needs openssh-server");
  });
}

/**
 * Starts an SSH server that lets the present user in by a key made for it. Nothing of the user's
 * own SSH configuration is read or written.
 *
 * @param inFolder gives paths in a folder that is removed later
 */
export async function startSshServer(inFolder: (name: string) => string): Promise<SshServer> {
  makeKey(inFolder("host-key"));
  makeKey(inFolder("user-key"));
  const port = await findFreePort();
  const options = {
    ListenAddress: `127.0.0.1:${port}`,
    HostKey: inFolder("host-key"),
    AuthorizedKeysFile: inFolder("user-key.pub"),
    PidFile: "none",
    StrictModes: "no",
    UsePAM: "no",
    PasswordAuthentication: "no",
    PermitRootLogin: "yes",
  };
  writeFileSync(inFolder("sshd-config"), formatConfig(options));
  if (userInfo().uid === 0) {
    mkdirSync(PRIVILEGE_SEPARATION_FOLDER, { recursive: true, mode: 0o755 });
  }
  const server = spawn(SSHD, ["-D", "-e", "-f", inFolder("sshd-config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await waitUntilListening(server);

  const knownHostsLine = (publicKeyPath = inFolder("host-key.pub")): string =>
    `[127.0.0.1]:${port} ${readFileSync(publicKeyPath, "utf8")}`;
  const writeClientConfig = (name: string, knownHosts: string): string => {
    writeFileSync(inFolder(`${name}-known-hosts`), knownHosts);
    const client = {
      UserKnownHostsFile: inFolder(`${name}-known-hosts`),
      GlobalKnownHostsFile: "/dev/null",
      IdentitiesOnly: "yes",
    };
    writeFileSync(inFolder(name), formatConfig(client));
    return inFolder(name);
  };
  return {
    transport: {
      kind: "ssh",
      host: "127.0.0.1",
      port,
      user: userInfo().username,
      identityFile: inFolder("user-key"),
      configFile: writeClientConfig("client-config", knownHostsLine()),
    },
    writeClientConfig,
    knownHostsLine,
    stop: async () => {
      server.kill();
      await once(server, "exit");
    },
  };
}

/** Makes a key pair without a passphrase: `path` and `path.pub`. */
export function makeKey(path: string): void {
  const { status, stderr } = spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]);
  if (status !== 0) {
    throw new Error(`ssh-keygen failed: ${stderr.toString()}`);
  }
}

function formatConfig(options: Readonly<Record<string, string>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} ${value}\n`)
    .join("");
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

async function waitUntilListening(server: ChildProcess): Promise<void> {
  if (server.stderr === null) {
    throw new Error("sshd has no standard error");
  }
  let output = "";
  for await (const line of createInterface({ input: server.stderr })) {
    output += `${line}\n`;
    if (line.startsWith("Server listening on")) {
      server.stderr.resume();
      return;
    }
  }
  throw new Error(`sshd did not start: ${output}`);
}
