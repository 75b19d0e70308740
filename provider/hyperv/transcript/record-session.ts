import { isDiskError } from "../../disk/errors";
import { cimFailureOf } from "../cim/cim-failure";
import type { CimSession } from "../cim/cim-session";
import { EXCHANGE_METHODS, type Exchange, type ExchangeMethod, toPlain } from "./transcript";

/**
 * Writes down all that a session is asked and answers.
 *
 * A password never comes here: the transport below opens the connection.
 *
 * @param session answers; closing the new one closes it
 * @returns the session to use, and what was said so far
 */
export function recordSession(session: CimSession): {
  readonly session: CimSession;
  readonly exchanges: readonly Exchange[];
} {
  const exchanges: Exchange[] = [];
  const record =
    (method: ExchangeMethod) =>
    async (...args: unknown[]): Promise<unknown> => {
      const request = args.slice(0, -1).map(toPlain);
      try {
        const answer = await (session[method] as (...all: unknown[]) => Promise<unknown>)(...args);
        exchanges.push({ method, request, outcome: { answer: toPlain(answer) } });
        return answer;
      } catch (error) {
        exchanges.push({ method, request, outcome: describeError(error) });
        throw error;
      }
    };
  const methods = Object.fromEntries(EXCHANGE_METHODS.map((method) => [method, record(method)]));
  return {
    session: { ...methods, close: () => session.close() } as unknown as CimSession,
    exchanges,
  };
}

function describeError(error: unknown): Exchange["outcome"] {
  const failure = cimFailureOf(error);
  if (failure !== undefined) {
    return { failure };
  }
  return { error: isDiskError(error) ? error.code : "Internal" };
}
