/**
 * The command `pulumi-vhd`, for what is asked before there is a stack or where one fails.
 *
 * check-host.ts is the one subcommand. The folder reads arguments and writes texts; what is asked
 * of a host is in hyperv/check/.
 */
import { parseArgs } from "node:util";
import { type ConfigSource, createConfigSource } from "../config";
import { DiskError, isDiskError } from "../disk/errors";
import { checkHost } from "./check-host";

/** Where a command writes. */
export interface Output {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

/** The keys that say where a host is. A password would be there for all to read. */
const FLAGS = [
  "host",
  "transport",
  "user",
  "port",
  "useSsl",
  "identityFile",
  "sshConfigFile",
  "hostKeyChecking",
  "executable",
  "remoteExecutable",
];

const HELP = `pulumi-vhd check-host [--json] [--transcript FILE] [--KEY VALUE …]

Reports what works on a Hyper-V host. It only reads. The exit code is 0 if disks can be managed,
1 if they cannot, and 2 if the arguments are wrong.

  --KEY VALUE        where the host is, in the keys of the configuration:
                     ${FLAGS.slice(0, 4).join(", ")},
                     ${FLAGS.slice(4).join(", ")}.
                     Keys that are not given are read from the environment (VHD_HOST,
                     VHD_TRANSPORT, …); a password is read only from VHD_PASSWORD
  --json             writes JSON
  --transcript FILE  writes the requests and the answers to a new file, without the names of hosts,
                     people, machines and files, to attach to a report
`;

/**
 * Runs one command.
 *
 * @param words what follows the name of the program
 * @returns the exit code
 */
export async function runCommand(words: readonly string[], output: Output): Promise<number> {
  try {
    const { command, flags, config } = readWords(words);
    if (command === undefined || flags.help) {
      output.out(HELP);
      return command === undefined && !flags.help ? 2 : 0;
    }
    return await checkHost(config, flags, output);
  } catch (error) {
    output.error(`${isDiskError(error) ? error.message : String(error)}\n`);
    return 2;
  }
}

interface Flags {
  readonly help: boolean;
  readonly json: boolean;
  readonly transcript: string | undefined;
}

function readWords(words: readonly string[]): {
  command: string | undefined;
  flags: Flags;
  config: ConfigSource;
} {
  const { values, positionals } = parseWords(words);
  const [command, ...others] = positionals;
  if (command !== undefined && (command !== "check-host" || others.length > 0)) {
    throw wrongWords(`unknown command ${JSON.stringify(positionals.join(" "))}`);
  }
  const { help, json, transcript, ...keys } = values;
  return {
    command,
    flags: {
      help: help === true,
      json: json === true,
      transcript: typeof transcript === "string" ? transcript : undefined,
    },
    config: createConfigSource({ ...(keys as Record<string, string>), backend: "hyperv" }),
  };
}

function parseWords(words: readonly string[]): {
  values: Record<string, string | boolean | undefined>;
  positionals: readonly string[];
} {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        json: { type: "boolean" },
        transcript: text,
        ...Object.fromEntries(FLAGS.map((key) => [key, text])),
      },
    });
  } catch (error) {
    throw wrongWords((error as Error).message);
  }
}

function wrongWords(what: string): DiskError {
  return new DiskError("InvalidInput", { what, remedy: "`pulumi-vhd --help` lists the options." });
}
