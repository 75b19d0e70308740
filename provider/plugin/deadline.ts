import { DiskError } from "../disk/errors";

/**
 * Waits for work no longer than a program's `customTimeouts` allow.
 *
 * @param seconds as the engine sends it; 0 for no limit
 * @param what was asked for: `create`, `update`, `delete`
 * @throws Timeout; the work itself goes on, for nothing on a disk can be stopped half way
 */
export async function withDeadline<T>(
  seconds: number,
  what: "create" | "update" | "delete",
  urn: string,
  work: Promise<T>,
): Promise<T> {
  if (seconds <= 0) {
    return work;
  }
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timedOut(seconds, what, urn)), seconds * 1000);
  });
  // The loser of the race may still fail; the race has been answered by then.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function timedOut(seconds: number, what: string, urn: string): DiskError {
  return new DiskError("Timeout", {
    what: `the resource took longer to ${what} than its customTimeouts allow`,
    subject: urn.split("::").at(-1),
    facts: { seconds },
    remedy:
      "It may still finish. Run `pulumi refresh`, then `pulumi up` again, with a longer timeout " +
      "if necessary.",
  });
}
