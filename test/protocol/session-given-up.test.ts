import { isOutcomeUnknown } from "../../provider/hyperv/cim/cim-failure";
import { failureOf } from "../support/failure-of";
import { CHANGE, LIMIT, READ, SHORT_LIMIT } from "../support/fake-powershell/calls";
import { describeOnPosix, useFakeSessions } from "../support/fake-powershell/use-fake-sessions";
import { until } from "../support/until";

describeOnPosix("when nobody waits any more", () => {
  const openSession = useFakeSessions();

  it("a call that was not sent yet is never sent", async () => {
    const { session, fake } = openSession();
    const controller = new AbortController();

    const call = failureOf(session.invoke(CHANGE, { ...LIMIT, signal: controller.signal }));
    controller.abort();
    const failure = await call;
    await session.invoke(READ, LIMIT);

    expect(isOutcomeUnknown(failure)).toBe(false);
    expect(fake.readEvents()).toContainEqual(expect.objectContaining({ requests: ["Read"] }));
    expect(fake.countLines()).toBe(1);
  });

  it("a call with a signal that was given long ago is never sent", async () => {
    const { session, fake } = openSession();

    await failureOf(session.invoke(CHANGE, { ...LIMIT, signal: AbortSignal.abort() }));

    expect(fake.countStarts()).toBe(0);
  });

  it("a change that the host has begun may still be carried out", async () => {
    const { session, fake } = openSession({ misdeeds: [{ at: "Change", how: "hang" }] });
    const controller = new AbortController();

    const call = failureOf(session.invoke(CHANGE, { ...SHORT_LIMIT, signal: controller.signal }));
    await until(() => fake.countLines() > 0);
    controller.abort();
    const failure = await call;

    expect(isOutcomeUnknown(failure)).toBe(true);
  });

  it("closing fails the calls under way and ends the process, twice as well as once", async () => {
    const { session, fake } = openSession({ misdeeds: [{ at: "Change", how: "hang" }] });
    const sent = failureOf(session.invoke(CHANGE, LIMIT));
    await until(() => fake.countLines() > 0);
    const waiting = failureOf(session.invoke(CHANGE, LIMIT));

    await Promise.all([session.close(), session.close()]);
    const late = failureOf(session.invoke(CHANGE, LIMIT));

    const failures = await Promise.all([sent, waiting, late]);
    expect(failures.map(({ code }) => code)).toEqual([
      "SessionDropped",
      "SessionDropped",
      "SessionDropped",
    ]);
    expect(failures.map((failure) => isOutcomeUnknown(failure))).toEqual([true, false, false]);
    expect(fake.countStarts()).toBe(1);
  });
});
