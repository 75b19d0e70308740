import { DiskError } from "../../disk/errors";
import { createRefusedError } from "../cim/cim-failure";
import type { CimSession } from "../cim/cim-session";
import {
  EXCHANGE_METHODS,
  type Exchange,
  type ExchangeMethod,
  type Transcript,
  fromPlain,
  toPlain,
} from "./transcript";

/**
 * Opens a session that answers as a host once did.
 *
 * Equal requests are answered in the order of the transcript, and the last answer stays.
 *
 * @throws in all methods Internal for a request that is not in the transcript
 */
export function replaySession({ exchanges }: Transcript): CimSession {
  const byRequest = new Map<string, Exchange["outcome"][]>();
  for (const { method, request, outcome } of exchanges) {
    const key = keyOf(method, request);
    byRequest.set(key, [...(byRequest.get(key) ?? []), outcome]);
  }
  const answer =
    (method: ExchangeMethod) =>
    async (...args: unknown[]): Promise<unknown> => {
      const outcomes = byRequest.get(keyOf(method, args.slice(0, -1)));
      const outcome =
        outcomes !== undefined && outcomes.length > 1 ? outcomes.shift() : outcomes?.[0];
      return play(outcome, method);
    };
  const methods = Object.fromEntries(EXCHANGE_METHODS.map((method) => [method, answer(method)]));
  return { ...methods, close: () => Promise.resolve() } as unknown as CimSession;
}

function play(outcome: Exchange["outcome"] | undefined, method: ExchangeMethod): unknown {
  if (outcome === undefined) {
    throw new DiskError("Internal", {
      what: "the transcript has no such request",
      subject: method,
    });
  }
  if ("answer" in outcome) {
    return fromPlain(outcome.answer);
  }
  throw "failure" in outcome
    ? createRefusedError(outcome.failure, method)
    : new DiskError(outcome.error, { what: "the host gave no answer", subject: method });
}

function keyOf(method: ExchangeMethod, request: readonly unknown[]): string {
  return JSON.stringify([method, ...request.map(toPlain)]);
}
