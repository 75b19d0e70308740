import { environmentName, invalidConfig, toTransport } from "./config-host";
import { CONFIG_KEYS, type Config, configSchema, findSimilarKey } from "./config-keys";
import type { DiskBackend } from "./disk/backend";
import { DiskError } from "./disk/errors";
import type { ReferencePointService } from "./disk/reference-point";
import type * as Embedded from "./embedded/embedded-backend";
import type * as Hyperv from "./hyperv";
import type { CimSession } from "./hyperv/cim/cim-session";
import type { HypervBackendOptions } from "./hyperv/hyperv-backend";
import type { JobProgress } from "./hyperv/service/job-host";
import type { BridgeGreeting } from "./hyperv/powershell/bridge-answers";
import type { HostTransport } from "./hyperv/powershell/transports";

/**
 * Where configuration comes from: given a key such as `backend`, the text set for `vhd:backend`, if
 * any. docs/configuration.md lists the keys.
 */
export interface ConfigSource {
  (key: string): string | undefined;
  /** The keys that are set, where the source can list them: so that a misspelled one is found. */
  readonly keys?: readonly string[] | undefined;
}

/** Makes a source of values by key, as `backend`, that are all known. */
export function createConfigSource(
  values: Readonly<Record<string, string | undefined>>,
): ConfigSource {
  const keys = Object.keys(values).filter((key) => values[key] !== undefined);
  return Object.assign((key: string) => values[key], { keys });
}

export { CONFIG_KEYS };

/**
 * What to do about a key that there is not.
 *
 * @param prefix of keys where they are written; @param otherwise what to do where no key is like it
 */
export function describeStrangeKey(
  strange: string,
  { prefix = "", otherwise = "" }: { readonly prefix?: string; readonly otherwise?: string } = {},
): string {
  const similar = findSimilarKey(strange);
  return similar === undefined
    ? `The keys are ${CONFIG_KEYS.join(", ")}.${otherwise}`
    : `Write ${prefix}${similar}.`;
}

/** The keys whose values nobody may see in clear text. */
export const SECRET_CONFIG_KEYS: readonly string[] = ["password"];

/**
 * What is opened for one configuration, and shared by all resources and data sources of a process
 * that have it.
 */
interface Place {
  readonly backend: DiskBackend;
  /** Only a Hyper-V host has reference points. */
  readonly referencePoints?: ReferencePointService;
}

const places = new Map<string, Place>();
let cancellation = new AbortController();

/**
 * Gives the backend for a configuration; the same one for the same configuration, for as long as
 * the process lives.
 *
 * @param source is asked first; the environment second (`vhd:searchFolders` is
 *   `VHD_SEARCH_FOLDERS`)
 * @throws InvalidInput naming the key
 */
export function openBackend(source: ConfigSource): DiskBackend {
  return openPlace(source).backend;
}

/**
 * Gives the reference points for a configuration, as {@link openBackend} gives the backend.
 *
 * @throws InvalidInput naming the key; NotSupported for a backend that has none
 */
export function openReferencePoints(source: ConfigSource): ReferencePointService {
  const { referencePoints } = openPlace(source);
  if (referencePoints === undefined) {
    throw new DiskError("NotSupported", {
      what: "plain files have no reference points: only a Hyper-V host has them",
      subject: "vhd:backend",
      facts: { backend: "embedded" },
      remedy:
        "Set vhd:backend to hyperv. For plain files, query the changes since a parent instead.",
    });
  }
  return referencePoints;
}

/** A configuration value that cannot be used. */
export interface ConfigProblem {
  readonly key: string;
  /**
   * A clause about the value, such as `must be "embedded" or "hyperv"`; it never repeats the value.
   */
  readonly problem: string;
}

/**
 * Checks a configuration without opening anything.
 *
 * @param source as for {@link openBackend}
 * @param unknownKeys keys whose values are not known yet, which are left out
 */
export function listConfigProblems(
  source: ConfigSource,
  unknownKeys: readonly string[] = [],
): ConfigProblem[] {
  const result = configSchema.safeParse(readEntries(source));
  const problems = (result.error?.issues ?? []).map((issue) => toProblem(issue));
  return problems.filter(({ key }) => !unknownKeys.includes(key));
}

/** A host as configured, for who asks it and nothing else. */
export interface ConfiguredHost {
  readonly session: CimSession;
  /** `this machine`, or what `vhd:host` says. */
  readonly name: string;
  readonly transport: HostTransport["kind"];
  /** What PowerShell says of itself, once it is ready. */
  readonly greeting: () => BridgeGreeting | undefined;
}

/**
 * Opens a session with the Hyper-V host of a configuration, which the caller closes.
 *
 * @param source as for {@link openBackend}
 * @throws InvalidInput naming the key
 */
export function openHost(source: ConfigSource): ConfiguredHost {
  const config = parseConfig(source);
  const transport = toTransport(config);
  let greeting: BridgeGreeting | undefined;
  const onGreeting = (said: BridgeGreeting): void => {
    greeting = said;
  };
  return {
    session: loadHyperv().openPowerShellCimSession({ transport, onGreeting }),
    greeting: () => greeting,
    name: config.host ?? "this machine",
    transport: transport.kind,
  };
}

/** The values of a configuration that nobody may see in clear text. */
export function listSecretValues(source: ConfigSource): string[] {
  const entries = readEntries(source);
  return SECRET_CONFIG_KEYS.flatMap((key) => entries[key] ?? []).filter((value) => value !== "");
}

/**
 * What a configuration says about files of this machine whose content is to be read.
 *
 * @returns `undefined` where its disks are on another machine
 * @throws InvalidInput
 */
export function readContentOptions(
  source: ConfigSource,
): { readonly allowedFolders: readonly string[] | undefined } | undefined {
  const { backend, host, transport, allowedFolders } = parseConfig(source);
  const isLocal = host === undefined && (transport === undefined || transport === "local");
  return backend === "embedded" || isLocal ? { allowedFolders } : undefined;
}

/** Ends the jobs that run on hosts. What they left is removed; all other work runs to its end. */
export function cancelWork(): void {
  cancellation.abort();
  cancellation = new AbortController();
}

/** Ends what is open for all configurations of this process. */
export async function closeBackends(): Promise<void> {
  const open = [...places.values()];
  places.clear();
  await Promise.allSettled(open.map(({ backend }) => backend.close()));
  await Promise.allSettled(
    open.map(({ referencePoints }) => referencePoints?.close() ?? Promise.resolve()),
  );
}

/**
 * Sends the progress of long jobs somewhere else than to the output of this process, where Pulumi
 * shows what a dynamic provider prints.
 */
export function onProgress(listener: (line: string) => void): void {
  showProgress = listener;
}

let showProgress = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function openPlace(source: ConfigSource): Place {
  const config = parseConfig(source);
  const key = JSON.stringify(config);
  const place = places.get(key) ?? createPlace(config);
  places.set(key, place);
  return place;
}

function createPlace(config: Config): Place {
  if (config.backend === "embedded") {
    const { searchFolders, allowedFolders } = config;
    const options = { searchFolders, allowedFolders };
    return { backend: loadEmbedded().createEmbeddedBackend(options) };
  }
  const hyperv = loadHyperv();
  const session: CimSession = hyperv.openPowerShellCimSession({ transport: toTransport(config) });
  const { searchFolders, callTimeoutMs, jobTimeoutMs, onJobTimeout, changeChunkBytes } = config;
  const options: HypervBackendOptions = {
    searchFolders,
    callTimeoutMs,
    jobTimeoutMs,
    onJobTimeout,
    changeChunkBytes,
    signal: cancellation.signal,
    onJobProgress: reportProgress,
  };
  return {
    backend: hyperv.createHypervBackend(session, options),
    referencePoints: hyperv.createReferencePointService(session, options),
  };
}

/*
 * A process loads only the backend that it is configured with, and only when it asks for it: Pulumi
 * starts the provider with each command, whether there is something to do or not.
 */

function loadEmbedded(): typeof Embedded {
  // oxlint-disable-next-line typescript/no-require-imports -- callers cannot wait for an import
  return require("./embedded/embedded-backend") as typeof Embedded;
}

function loadHyperv(): typeof Hyperv {
  // oxlint-disable-next-line typescript/no-require-imports -- callers cannot wait for an import
  return require("./hyperv") as typeof Hyperv;
}

function reportProgress({ operation, subject, percentComplete }: JobProgress): void {
  showProgress(`${operation} of ${subject}: ${percentComplete}%`);
}

function parseConfig(source: ConfigSource): Config {
  const strange = source.keys?.find((key) => !CONFIG_KEYS.includes(key));
  if (strange !== undefined) {
    throw new DiskError("InvalidInput", {
      what: "this configuration key does not exist",
      subject: `vhd:${strange}`,
      remedy: describeStrangeKey(strange, {
        prefix: "vhd:",
        otherwise: " Remove it with `pulumi config rm`.",
      }),
    });
  }
  const result = configSchema.safeParse(readEntries(source));
  if (result.success) {
    return result.data;
  }
  const [first] = result.error.issues.map((issue) => toProblem(issue));
  throw invalidConfig(first?.key ?? "backend", first?.problem ?? "cannot be used");
}

function readEntries(source: ConfigSource): Record<string, string | undefined> {
  return Object.fromEntries(
    CONFIG_KEYS.map((key) => [key, source(key) ?? process.env[environmentName(key)]]),
  );
}

function toProblem(issue: {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}): ConfigProblem {
  return { key: String(issue.path[0]), problem: issue.message };
}
