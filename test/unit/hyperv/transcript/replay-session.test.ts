import type { CimInstance, CimQuery } from "../../../../provider/hyperv/cim/cim-session";
import { isMissingClass } from "../../../../provider/hyperv/cim/cim-failure";
import { recordSession } from "../../../../provider/hyperv/transcript/record-session";
import { replaySession } from "../../../../provider/hyperv/transcript/replay-session";
import { failureOf } from "../../../support/failure-of";
import { JOB, inTurn, jobInState, refusal, stubSession } from "../../../support/stub-session";

const LIMIT = { timeoutMs: 1000 };
const QUERY: CimQuery = { namespace: "root", className: "File", where: { Size: 2n ** 60n } };

describe("a transcript", () => {
  it("answers as the host did, integers of 64 bits among it", async () => {
    const instance = {
      className: "File",
      properties: { Size: { type: "uint64", value: 2n ** 64n - 1n } },
    } as const;
    const { session, exchanges } = recordSession(stubSession({ query: async () => [instance] }));
    await session.query(QUERY, LIMIT);

    const answer = await replaySession({ exchanges }).query(QUERY, LIMIT);

    expect(answer).toEqual([instance]);
  });

  it("answers one equal request after another, and stays with the last answer", async () => {
    const steps = inTurn(jobInState(4), jobInState(7));
    const { session, exchanges } = recordSession(stubSession({ get: steps }));
    await session.get(JOB, LIMIT);
    await session.get(JOB, LIMIT);

    const replay = replaySession({ exchanges });
    const answers = [
      await replay.get(JOB, LIMIT),
      await replay.get(JOB, LIMIT),
      await replay.get(JOB, LIMIT),
    ];

    expect(answers).toEqual([jobInState(4), jobInState(7), jobInState(7)]);
  });

  it("refuses what the host refused, by its numbers", async () => {
    const get = inTurn<CimInstance>(refusal({ hresult: 0x80041002 }));
    const { session, exchanges } = recordSession(stubSession({ get }));
    await failureOf(session.get(JOB, LIMIT));

    const failure = await failureOf(replaySession({ exchanges }).get(JOB, LIMIT));

    expect(isMissingClass(failure)).toBe(true);
  });

  it("says so when it is asked something else", async () => {
    const failure = await failureOf(replaySession({ exchanges: [] }).get(JOB, LIMIT));

    expect(failure.message).toContain("the transcript has no such request");
  });
});
