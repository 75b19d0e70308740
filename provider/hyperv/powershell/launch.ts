import type { ChildProcess } from "node:child_process";
import { PowerShell } from "node-powershell";
import { createUnreachableError } from "./bridge-errors";
import type { ShellExit, ShellProcess } from "./bridge-process";
import type { ShellLaunch } from "./transports";

/**
 * Starts exactly what it is told to: node-powershell would prefer whatever NODE_POWERSHELL names,
 * and adds options by which PowerShell reads commands from standard input, where our requests are.
 */
class ExactShell extends PowerShell {
  /** Comes first of all, so that what is taken out here reaches no command line. */
  protected override setExecutable({ executable, executableOptions = {} }: ShellOptions): string {
    delete executableOptions["-NoExit"];
    delete executableOptions["-Command"];
    return executable ?? "";
  }
}

type ShellOptions = NonNullable<ConstructorParameters<typeof PowerShell>[0]>;

/**
 * What node-powershell keeps to itself. It is pinned to one version, and the tests run through it.
 */
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

/**
 * Starts the PowerShell of a plan, and ends it when this program ends.
 *
 * @throws HostUnreachable
 */
export function launchShell(plan: ShellLaunch): ShellProcess {
  try {
    const shell = adaptShell(
      new ExactShell({
        executable: plan.executable,
        executableOptions: { ...plan.executableOptions },
      }),
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
    throw createUnreachableError(plan, {
      what: "the process cannot be started",
      error: error as Error,
    });
  }
}

/**
 * How long after its end what a process wrote may still arrive: its descendants can hold the
 * streams open.
 */
const DRAIN_TIMEOUT_MS = 1000;

function adaptShell(shell: PowerShell): ShellProcess {
  const { process: child, exitPromise } = shell as unknown as ShellInternals;
  const { stdin, stdout, stderr } = shell.streams;
  // Without this, a missing executable would be an unhandled rejection.
  exitPromise.catch(() => undefined);
  // node-powershell reads the first chunks of standard error and then pauses it, which would stop
  // the process for good.
  stderr.on("pause", () => stderr.resume());
  const exit = new Promise<ShellExit>((resolve) => {
    child.once("error", (error) => resolve({ error }));
    child.once("exit", (exitCode, signal) => {
      const tell = (): void =>
        resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined });
      const timer = setTimeout(tell, DRAIN_TIMEOUT_MS);
      child.once("close", () => {
        clearTimeout(timer);
        tell();
      });
    });
  });
  return {
    stdin,
    stdout,
    stderr,
    onExit: (listener) => void exit.then(listener),
    kill: () => void child.kill("SIGKILL"),
    setKeepAlive: (keepAlive) => {
      for (const handle of [child, stdin, stdout, stderr] as Partial<
        Record<"ref" | "unref", () => void>
      >[]) {
        handle[keepAlive ? "ref" : "unref"]?.();
      }
    },
  };
}
