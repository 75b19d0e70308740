import type { BridgeCall } from "./bridge-call";

/** How much goes into one line of requests. */
export interface BatchLimits {
  /** The most calls. */
  readonly maxBatchCalls: number;
  /** The most characters of their operations; a single call may have more. */
  readonly maxBatchChars: number;
}

/**
 * Chooses what goes to a host next: the call that has waited longest, alone if it changes
 * something, else together with all others that only read, as far as the limits allow.
 *
 * @param waiting the oldest first
 */
export function chooseBatch<Call extends Pick<BridgeCall, "readOnly" | "lengthChars">>(
  waiting: readonly Call[],
  { maxBatchCalls, maxBatchChars }: BatchLimits,
): readonly Call[] {
  const [first] = waiting;
  if (first?.readOnly !== true) {
    return waiting.slice(0, 1);
  }
  const reads = waiting.filter((call) => call.readOnly).slice(0, maxBatchCalls);
  let chars = 0;
  const end = reads.findIndex((call) => {
    chars += call.lengthChars;
    return chars > maxBatchChars;
  });
  return end === -1 ? reads : reads.slice(0, Math.max(1, end));
}
