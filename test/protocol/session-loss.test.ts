import { isOutcomeUnknown } from "../../provider/hyperv/cim/cim-failure";
import { failureOf } from "../support/failure-of";
import type { FakeMisdeed } from "../support/fake-powershell/behaviour";
import { CHANGE, LIMIT, READ, SHORT_LIMIT } from "../support/fake-powershell/calls";
import { callOf } from "../support/fake-powershell/fake-host";
import { describeOnPosix, useFakeSessions } from "../support/fake-powershell/use-fake-sessions";

describeOnPosix("when the process exits during a request", () => {
  const openSession = useFakeSessions();

  it.each(["exit 0", "exit 3"] as const)(
    "a change that met %s fails with an unknown outcome",
    async (how) => {
      const { session, fake } = openSession({ misdeeds: [{ at: "Change", how }] });

      const failure = await failureOf(session.invoke(CHANGE, LIMIT));

      expect(failure.code).toBe("SessionDropped");
      expect(failure.message).toContain(`exit code ${how.slice(-1)}`);
      expect(failure.message).toContain("check the disk before you repeat it");
      expect(isOutcomeUnknown(failure)).toBe(true);
      expect(fake.countStarts()).toBe(1);
    },
  );

  it("a change is never sent twice, even when the host carried it out", async () => {
    const { session, fake } = openSession({
      misdeeds: [{ at: "Change", how: "exit 0", after: true }],
    });

    await failureOf(session.invoke(CHANGE, LIMIT));
    await session.invoke(READ, LIMIT);

    const requests = fake
      .readEvents()
      .flatMap((entry) => (entry.event === "line" ? entry.requests : []));
    expect(requests).toEqual(["Change", "Read"]);
  });

  it("a call that only reads is sent to a new process once more", async () => {
    const { session, fake } = openSession({ misdeeds: [{ at: "Read", how: "exit 3", times: 1 }] });

    const result = await session.invoke(READ, LIMIT);

    expect(result.returnValue).toBe(4096);
    expect(fake.countStarts()).toBe(2);
  });

  it("a call that only reads fails when the second process exits too, and its outcome does not matter", async () => {
    const { session, fake } = openSession({ misdeeds: [{ at: "Read", how: "exit 3" }] });

    const failure = await failureOf(session.invoke(READ, LIMIT));

    expect(failure.code).toBe("SessionDropped");
    expect(isOutcomeUnknown(failure)).toBe(false);
    expect(fake.countStarts()).toBe(2);
  });

  it("the other calls go on with a new process", async () => {
    const { session, fake } = openSession({
      misdeeds: [{ at: "Change", how: "exit 3", times: 1 }],
    });

    const [lost, ...others] = await Promise.allSettled([
      session.invoke(CHANGE, LIMIT),
      session.invoke(READ, LIMIT),
      session.invoke(callOf("OtherChange", {}, false), LIMIT),
    ]);

    expect(lost.status).toBe("rejected");
    expect(others.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    expect(fake.countStarts()).toBe(2);
  });

  it("the error shows the last lines the process wrote, without escape sequences", async () => {
    const { session } = openSession({
      noise: { stdout: "", stderr: "\u001b[31mThe term 'x' is not recognized\u001b[0m\r\n" },
      misdeeds: [{ at: "Change", how: "exit 3" }],
    });

    const failure = await failureOf(session.invoke(CHANGE, LIMIT));

    expect(failure.message).toContain(`last output "The term 'x' is not recognized"`);
  });

  it("processes that end one after another are given up, and tried again by later calls", async () => {
    const misdeed: FakeMisdeed = { at: "Change", how: "exit 3", times: 5 };
    const { session, fake } = openSession({ misdeeds: [misdeed] });

    const calls = await Promise.all(
      Array.from({ length: 8 }, () => failureOf(session.invoke(CHANGE, LIMIT))),
    );
    const result = await session.invoke(CHANGE, LIMIT);

    const codes = calls.map(({ code }) => code);
    expect(codes.toSorted()).toEqual([
      ...Array(3).fill("HostUnreachable"),
      ...Array(5).fill("SessionDropped"),
    ]);
    expect(calls.filter((failure) => isOutcomeUnknown(failure))).toHaveLength(5);
    expect([fake.countStarts(), result.returnValue]).toEqual([6, 4096]);
  });
});

describeOnPosix("when a request takes longer than it may", () => {
  const openSession = useFakeSessions();

  it("a change fails with an unknown outcome, and its process is ended", async () => {
    const { session, fake } = openSession({ misdeeds: [{ at: "Change", how: "hang" }] });

    const failure = await failureOf(session.invoke(CHANGE, SHORT_LIMIT));
    await session.invoke(READ, LIMIT);

    expect(failure.message).toContain("[Timeout]");
    expect(failure.message).toContain("Msvm_ImageManagementService.Change");
    expect(isOutcomeUnknown(failure)).toBe(true);
    expect(fake.countStarts()).toBe(2);
  });

  it("the calls of its batch that were not answered yet go to a new process", async () => {
    const { session, fake } = openSession({ misdeeds: [{ at: "Slow", how: "hang" }] });

    const [before, slow, after] = await Promise.allSettled([
      session.invoke(READ, LIMIT),
      session.invoke(callOf("Slow"), SHORT_LIMIT),
      session.invoke(READ, LIMIT),
    ]);

    expect([before.status, slow.status, after.status]).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    expect(fake.countStarts()).toBe(2);
  });

  it("calls behind several that take too long are answered all the same", async () => {
    const { session, fake } = openSession({ misdeeds: [{ at: "Slow", how: "hang" }] });

    const [first, second, behind] = await Promise.allSettled([
      session.invoke(callOf("Slow"), SHORT_LIMIT),
      session.invoke(callOf("Slow"), SHORT_LIMIT),
      session.invoke(READ, LIMIT),
    ]);

    expect([first.status, second.status, behind.status]).toEqual([
      "rejected",
      "rejected",
      "fulfilled",
    ]);
    expect(fake.countStarts()).toBe(3);
  });

  it("a call that waits for its turn does not use up its own time", async () => {
    const { session, fake } = openSession({ misdeeds: [{ at: "Slow", how: "hang", times: 1 }] });

    const [slow, waiting] = await Promise.allSettled([
      session.invoke(callOf("Slow", {}, false), { timeoutMs: 1100 }),
      session.invoke(CHANGE, { timeoutMs: 1000 }),
    ]);

    expect([slow.status, waiting.status]).toEqual(["rejected", "fulfilled"]);
    expect(fake.countStarts()).toBe(2);
  });
});

describeOnPosix("when the host does not follow the protocol", () => {
  const openSession = useFakeSessions();

  it.each(["answer an unknown request", "answer twice", "answer garbage"] as const)(
    "it is not believed any more after %s",
    async (how) => {
      const { session, fake } = openSession({ misdeeds: [{ at: "First", how, times: 1 }] });

      await session.invoke(callOf("First", {}, false), LIMIT).catch(() => undefined);
      const result = await session.invoke(READ, LIMIT);

      expect(result.returnValue).toBe(4096);
      expect(fake.countStarts()).toBe(2);
    },
  );

  it("an answer that cannot be read fails its call, and the outcome of a change is unknown", async () => {
    const { session } = openSession({ misdeeds: [{ at: "Change", how: "answer nonsense" }] });

    const failure = await failureOf(session.invoke(CHANGE, LIMIT));

    expect(failure.code).toBe("SessionDropped");
    expect(isOutcomeUnknown(failure)).toBe(true);
  });
});
