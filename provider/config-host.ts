import type { Config } from "./config-keys";
import { DiskError } from "./disk/errors";
import type { HostTransport } from "./hyperv/powershell/transports";

/*
 * How the host of a configuration is reached, and how a value is refused.
 */

/**
 * A host without a transport is reached over SSH; no host at all is this machine.
 *
 * @throws InvalidInput naming the key
 */
export function toTransport(config: Config): HostTransport {
  const { host, port, user, password, executable } = config;
  const kind = config.transport ?? (host === undefined ? "local" : "ssh");
  if (kind === "local") {
    return { kind, executable };
  }
  if (host === undefined) {
    throw invalidConfig("host", `is missing, but the transport ${kind} needs it`);
  }
  if (kind === "winrm") {
    return { kind, computerName: host, port, user, password, useSsl: config.useSsl, executable };
  }
  if (password !== undefined) {
    throw invalidConfig(
      "password",
      "is set, but the transport ssh accepts only keys: remove it, or set vhd:identityFile",
    );
  }
  const { identityFile, sshConfigFile: configFile, hostKeyChecking, remoteExecutable } = config;
  return {
    kind,
    host,
    port,
    user,
    identityFile,
    configFile,
    hostKeyChecking,
    executable,
    remoteExecutable,
  };
}

/** The error of a value that cannot be used. @param problem a clause about it, without the value */
export function invalidConfig(key: string, problem: string): DiskError {
  return new DiskError("InvalidInput", {
    what: `the configuration value ${problem}`,
    subject: `vhd:${key}`,
    remedy:
      `Set it with \`pulumi config set vhd:${key} …\`, or with ${environmentName(key)} in the ` +
      "environment.",
  });
}

/** `searchFolders` is `VHD_SEARCH_FOLDERS` in the environment. */
export function environmentName(key: string): string {
  return `VHD_${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
