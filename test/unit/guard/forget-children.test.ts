import { ForgottenChildren } from "../../../provider/guard/forget-children";
import { PlaceLocks } from "../../../provider/guard/place-locks";

/** A host that remembers what it was asked to forget, one list a request. */
function createHost() {
  const requests: string[][] = [];
  return {
    requests,
    placeKey: async (path: string) => path,
    lock: async () => async () => undefined,
    forgetChildren: async (_parentPath: string, childPaths: readonly string[]) => {
      requests.push([...childPaths]);
    },
  };
}

describe("children that go at the same time", () => {
  it("are all forgotten, in fewer requests than there are children", async () => {
    const host = createHost();
    const forgotten = new ForgottenChildren(host, new PlaceLocks(host));
    const children = Array.from({ length: 100 }, (_, index) => `/disks/${index}.vhdx`);

    await Promise.all(children.map((path) => forgotten.forget("/golden/base.vhdx", path)));

    expect(host.requests.flat()).toEqual(children);
    expect(host.requests.length).toBeLessThanOrEqual(2);
  });

  it("wait for whoever works on the parent", async () => {
    const host = createHost();
    const locks = new PlaceLocks(host);
    const forgotten = new ForgottenChildren(host, locks);
    let seenMeanwhile: unknown;

    const work = locks.run(["/golden/base.vhdx"], async () => {
      await new Promise(setImmediate);
      seenMeanwhile = [...host.requests];
    });
    await Promise.all([work, forgotten.forget("/golden/base.vhdx", "/disks/a.vhdx")]);

    expect(seenMeanwhile).toEqual([]);
    expect(host.requests).toEqual([["/disks/a.vhdx"]]);
  });
});
