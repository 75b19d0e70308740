import type { VirtualDiskInfo } from "../../../provider/disk/disk";
import type { DiskHost } from "../../../provider/disk/host";
import { NewChildren } from "../../../provider/guard/new-children";
import { PlaceLocks } from "../../../provider/guard/place-locks";

const PARENT = {
  path: "/golden/base.vhdx",
  linkageId: "1",
  identity: { fileId: "7" },
} as VirtualDiskInfo;

/** A host that writes down what was asked of it, one line a request. */
function createHost(identity: Partial<VirtualDiskInfo> = {}) {
  const steps: string[] = [];
  const host: Partial<DiskHost> = {
    placeKey: async (path) => path,
    lock: async () => {
      steps.push("lock");
      return async () => void steps.push("release");
    },
    identify: async () => ({ ...PARENT, ...identity }) as never,
    recordChildren: async (_parent, paths) => void steps.push(`record ${paths.join(" ")}`),
  };
  const fullHost = host as DiskHost;
  return { steps, children: new NewChildren(fullHost, new PlaceLocks(fullHost)) };
}

describe("children of one parent that appear at the same time", () => {
  it("are recorded in one step before any of them appears, while the parent is locked", async () => {
    const { steps, children } = createHost();

    await Promise.all(
      ["/a", "/b"].map((path) =>
        children.publish(PARENT, path, async () => void steps.push(`publish ${path}`)),
      ),
    );

    expect(steps.slice(0, 4)).toEqual(["lock", "record /a /b", "publish /a", "publish /b"]);
  });

  it("appear without one whose own publishing fails", async () => {
    const { steps, children } = createHost();

    const outcomes = await Promise.allSettled([
      children.publish(PARENT, "/a", () => Promise.reject(new Error("taken"))),
      children.publish(PARENT, "/b", async () => void steps.push("publish /b")),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(steps).toContain("publish /b");
  });

  it("do not appear when the parent is another disk by now", async () => {
    const { steps, children } = createHost({ linkageId: "2" });
    const publish = jest.fn();

    const outcomes = await Promise.allSettled(
      ["/a", "/b"].map((path) => children.publish(PARENT, path, publish)),
    );

    expect(outcomes).toMatchObject(
      ["/a", "/b"].map(() => ({ status: "rejected", reason: { code: "InUse" } })),
    );
    expect(publish).not.toHaveBeenCalled();
    expect(steps).toEqual(["lock", "release"]);
  });

  it("share nothing with those that know the parent as another disk", async () => {
    const { steps, children } = createHost();
    const other = { ...PARENT, linkageId: "2" };

    const outcomes = await Promise.allSettled([
      children.publish(PARENT, "/a", async () => void steps.push("publish /a")),
      children.publish(other, "/b", async () => void steps.push("publish /b")),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(steps).toContain("publish /a");
    expect(steps).not.toContain("publish /b");
  });
});
