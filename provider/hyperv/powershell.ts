import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PowerShell } from "node-powershell";
import { DiskError } from "../disk/errors";
import type { CallRequest } from "./bridge/bridge-call";
import { BridgeChannel } from "./bridge/bridge-channel";
import { createUnreachableError } from "./bridge/bridge-errors";
import type { ShellExit, ShellProcess } from "./bridge/bridge-process";
import { type CimCallOptions, type CimSession, cimFailureOf } from "./cim";
import { decodeInstance, decodeInstances, decodeMethodResult } from "./bridge/cim-answers";
import type { BridgeOperation } from "./bridge/cim-protocol";
import { type HostTransport, type ShellLaunch, planLaunch } from "./transports";

/** How to open a session. */
export interface PowerShellSessionOptions {
  readonly transport: HostTransport;
  /** How long a process may take until it can be asked; a minute where absent. */
  readonly startTimeoutMs?: number | undefined;
  /** The longest answer that is taken, in characters of base64; 64 Mi where absent. */
  readonly maxAnswerChars?: number | undefined;
  /** The most reading calls that travel as one batch; 100 where absent. */
  readonly maxBatchCalls?: number | undefined;
}

/**
 * Opens a session with a Hyper-V host through one PowerShell process.
 *
 * The process starts with the first call, starts again after it was lost, and serves all calls of this session. It does
 * not keep the program from ending: when the program ends, in whatever way, its standard input ends and so does the
 * process.
 *
 * node-powershell only launches it. Calls are lines of ASCII on its streams (cim-protocol.ts); `invoke` of that package
 * is never used, because it hangs on CRLF, takes `exit 0` for success and runs what timed out later.
 *
 * @throws InvalidInput for a transport that cannot be (at once; everything else fails the calls)
 */
export function openPowerShellCimSession(options: PowerShellSessionOptions): CimSession {
  const plan = planLaunch(options.transport);
  const channel = new BridgeChannel({
    hostName: plan.hostName,
    remedy: plan.remedy,
    script: readBridgeScript(),
    computer: plan.computer,
    startTimeoutMs: options.startTimeoutMs ?? 60_000,
    maxAnswerChars: options.maxAnswerChars ?? 64 * 1024 * 1024,
    maxBatchCalls: options.maxBatchCalls ?? 100,
    launch: () => launchShell(plan),
  });
  return createSession(
    (request) => channel.request(request),
    () => channel.close(),
  );
}

/** The bridge lies beside this file in the sources and in the package. */
function readBridgeScript(): string {
  const path = join(__dirname, "cim-bridge.ps1");
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new DiskError("Internal", {
      what: "a file of this package is missing",
      subject: path,
      remedy: "Install pulumi-vhd again.",
      cause,
    });
  }
}

type Ask = <T>(request: CallRequest<T>) => Promise<T>;

function createSession(ask: Ask, close: () => Promise<void>): CimSession {
  const read = <T>(operation: BridgeOperation, options: CimCallOptions, decode: (value: unknown) => T): Promise<T> =>
    ask({ operation, readOnly: true, options, decode });
  return {
    get: (target, options) => read({ operation: "get", target }, options, decodeInstance),
    query: (query, options) => read({ operation: "query", query }, options, decodeInstances),
    associated: (query, options) => read({ operation: "associated", query }, options, decodeInstances),
    invoke: (call, options) =>
      ask({ operation: { operation: "invoke", call }, readOnly: call.readOnly, options, decode: decodeMethodResult }),
    hasClass: (namespace, className, options) =>
      read({ operation: "class", target: { namespace, className } }, options, () => true).catch(falseWhenMissing),
    close,
  };
}

/** WBEM_E_NOT_FOUND, WBEM_E_INVALID_NAMESPACE, WBEM_E_INVALID_CLASS: nothing else proves that there is no class. */
const MISSING_CLASS_CODES: ReadonlySet<number | undefined> = new Set([0x80041002, 0x8004100e, 0x80041010]);

function falseWhenMissing(error: unknown): false {
  if (MISSING_CLASS_CODES.has(cimFailureOf(error)?.hresult)) {
    return false;
  }
  throw error;
}

/** Starts exactly what it is told to: node-powershell would prefer whatever NODE_POWERSHELL names. */
class ExactShell extends PowerShell {
  protected override setExecutable({ executable }: { executable?: string }): string {
    return executable ?? "";
  }
}

/** What node-powershell keeps to itself. It is pinned to one version, and the tests run through it. */
interface ShellInternals {
  readonly process: ChildProcess;
  readonly exitPromise: Promise<unknown>;
}

/** Processes to end when this program ends without closing its sessions. */
const liveShells = new Set<ShellProcess>();

function killLiveShells(): void {
  for (const shell of liveShells) {
    shell.kill();
  }
}

function launchShell(plan: ShellLaunch): ShellProcess {
  try {
    const shell = adaptShell(
      new ExactShell({ executable: plan.executable, executableOptions: { ...plan.executableOptions } }),
    );
    if (liveShells.size === 0) {
      process.on("exit", killLiveShells);
    }
    liveShells.add(shell);
    shell.onExit(() => {
      liveShells.delete(shell);
      if (liveShells.size === 0) {
        process.removeListener("exit", killLiveShells);
      }
    });
    return shell;
  } catch (error) {
    throw createUnreachableError(plan, { what: "the process cannot be started", error: error as Error });
  }
}

/** How long after its end what a process wrote may still arrive: its descendants can hold the streams open. */
const DRAIN_TIMEOUT_MS = 1000;

function adaptShell(shell: PowerShell): ShellProcess {
  const { process: child, exitPromise } = shell as unknown as ShellInternals;
  const { stdin, stdout, stderr } = shell.streams;
  // Without this, a missing executable would be an unhandled rejection.
  exitPromise.catch(() => undefined);
  // node-powershell reads the first chunks of standard error and then pauses it, which would stop the process for good.
  stderr.on("pause", () => stderr.resume());
  const exit = new Promise<ShellExit>((resolve) => {
    child.once("error", (error) => resolve({ error }));
    child.once("exit", (exitCode, signal) => {
      const tell = (): void => resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined });
      child.once("close", tell);
      setTimeout(tell, DRAIN_TIMEOUT_MS);
    });
  });
  return {
    stdin,
    stdout,
    stderr,
    onExit: (listener) => void exit.then(listener),
    kill: () => void child.kill("SIGKILL"),
    setKeepAlive: (keepAlive) => {
      for (const handle of [child, stdin, stdout, stderr] as Partial<Record<"ref" | "unref", () => void>>[]) {
        handle[keepAlive ? "ref" : "unref"]?.();
      }
    },
  };
}
