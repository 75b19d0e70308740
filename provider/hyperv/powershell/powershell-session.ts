import type { CallRequest } from "./bridge-call";
import { BridgeChannel } from "./bridge-channel";
import { readBridgeScript } from "./bridge-scripts";
import { isMissingClass } from "../cim/cim-failure";
import { launchShell } from "./launch";
import type { CimCallOptions, CimClassName, CimSession } from "../cim/cim-session";
import {
  type BridgeGreeting,
  decodeInstance,
  decodeInstances,
  decodeMethodResult,
  decodeNames,
} from "./bridge-answers";
import type { BridgeOperation } from "./bridge-protocol";
import { type HostTransport, planLaunch } from "./transports";

/** How to open a session. */
export interface PowerShellSessionOptions {
  readonly transport: HostTransport;
  /** How long a process may take until it can be asked; a minute where absent. */
  readonly startTimeoutMs?: number | undefined;
  /** The longest answer that is taken, in characters of base64; 64 Mi where absent. */
  readonly maxAnswerChars?: number | undefined;
  /** Told what each PowerShell says of itself when it is ready. */
  readonly onGreeting?: ((greeting: BridgeGreeting) => void) | undefined;
  /** The most reading calls that travel as one batch; 1,000 where absent. */
  readonly maxBatchCalls?: number | undefined;
}

/** PowerShell holds a line several times over while it reads it. */
const MAX_BATCH_CHARS = 1024 * 1024;

/**
 * Opens a session with a Hyper-V host through one PowerShell process.
 *
 * The process starts with the first call, starts again after it was lost, and serves all calls of
 * this session. It does not keep the program from ending: when the program ends, in whatever way,
 * its standard input ends and so does the process.
 *
 * node-powershell only launches it. Calls are lines of ASCII on its streams (bridge-protocol.ts);
 * `invoke` of that package is never used, because it hangs on CRLF, takes `exit 0` for success and
 * runs what timed out later.
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
    maxBatchCalls: options.maxBatchCalls ?? 1000,
    maxBatchChars: MAX_BATCH_CHARS,
    onGreeting: options.onGreeting,
    launch: () => launchShell(plan),
  });
  return createSession(
    (request) => channel.request(request),
    () => channel.close(),
  );
}

type Ask = <T>(request: CallRequest<T>) => Promise<T>;

function createSession(ask: Ask, close: () => Promise<void>): CimSession {
  const read = <T>(
    operation: BridgeOperation,
    options: CimCallOptions,
    { namespace }: CimClassName,
    decode: (value: unknown, namespace: string) => T,
  ): Promise<T> =>
    ask({ operation, readOnly: true, options, decode: (value) => decode(value, namespace) });
  return {
    get: (target, options) => read({ operation: "get", target }, options, target, decodeInstance),
    query: (query, options) => read({ operation: "query", query }, options, query, decodeInstances),
    associated: (query, options) =>
      read({ operation: "associated", query }, options, query.source, decodeInstances),
    invoke: (call, options) =>
      ask({
        operation: { operation: "invoke", call },
        readOnly: call.readOnly,
        options,
        decode: (value) => decodeMethodResult(value, call.target.namespace),
      }),
    hasClass: (namespace, className, options) => {
      const target = { namespace, className };
      return read({ operation: "class", target }, options, target, () => true).catch(
        falseWhenMissing,
      );
    },
    listMethods: (namespace, className, options) => {
      const target = { namespace, className };
      return read({ operation: "class", target }, options, target, decodeNames);
    },
    close,
  };
}

function falseWhenMissing(error: unknown): false {
  if (isMissingClass(error)) {
    return false;
  }
  throw error;
}
