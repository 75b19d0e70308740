import { DiskError } from "../../../provider/disk/errors";
import type {
  CreateReferencePointRequest,
  ReferencePoint,
  ReferencePointService,
} from "../../../provider/disk/reference-point";
import { referencePointLifecycle } from "../../../provider/resources/reference-point";
import type { Properties } from "../../../provider/resources/resource";
import { UNKNOWN_VALUE } from "../../../provider/resources/unknown";

const MACHINE_ID = "0092eae7-9384-4e95-8102-030405060708";
const DECLARED: Properties = { machineName: "web" };

/** A host that keeps reference points in memory. */
class FakeReferencePoints implements ReferencePointService {
  readonly points = new Map<string, ReferencePoint>();
  readonly requests: CreateReferencePointRequest[] = [];

  create(request: CreateReferencePointRequest): Promise<ReferencePoint> {
    this.requests.push(request);
    const id = `point-${this.points.size + 1}`;
    const disks = [{ limitId: `rct-${id}`, path: "C:\\vm\\web.vhdx" }];
    const isHeld = request.hold === true;
    const frozen = disks.map(({ path }) => ({ path, diskId: "d1" }));
    const moment = { id, machineId: MACHINE_ID, consistency: request.consistency, isHeld };
    const point: ReferencePoint = { ...moment, disks: isHeld ? frozen : disks };
    this.points.set(id, point);
    return Promise.resolve(point);
  }

  complete(id: string): Promise<ReferencePoint> {
    const held = this.points.get(id);
    if (held?.isHeld !== true) {
      return Promise.reject(new DiskError("NotFound", { what: "nothing is held", subject: id }));
    }
    this.points.delete(id);
    return this.create({
      machine: { id: held.machineId },
      consistency: held.consistency ?? "crash",
    });
  }

  read(id: string): Promise<ReferencePoint> {
    const point = this.points.get(id);
    return point === undefined
      ? Promise.reject(new DiskError("NotFound", { what: "no such point", subject: id }))
      : Promise.resolve(point);
  }

  destroy(id: string): Promise<void> {
    this.points.delete(id);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function failuresOf(news: Properties): Promise<string[]> {
  const { failures } = await referencePointLifecycle.check(new FakeReferencePoints(), {}, news);
  return failures.map(({ property, reason }) => `${property}: ${reason}`);
}

async function replacesOf(olds: Properties, news: Properties): Promise<readonly string[]> {
  return (await referencePointLifecycle.diff(new FakeReferencePoints(), olds, news)).replaces;
}

describe("a ReferencePoint that holds its content", () => {
  const HELD: Properties = { ...DECLARED, holdHours: 2 };

  async function takeHeld() {
    const service = new FakeReferencePoints();
    const taken = await referencePointLifecycle.create(service, HELD);
    return { service, taken, olds: taken.outputs };
  }

  it("says until when, and gives no limit id yet", async () => {
    const { service, olds } = await takeHeld();

    const heldUntil = Date.parse(String(olds["heldUntil"]));

    expect(service.requests).toMatchObject([{ hold: true }]);
    expect(olds).toMatchObject({
      isHeld: true,
      disks: [{ path: "C:\\vm\\web.vhdx", diskId: "d1" }],
    });
    expect(heldUntil - Date.now()).toBeLessThanOrEqual(2 * 3_600_000);
    expect(heldUntil).toBeGreaterThan(Date.now());
  });

  it("is completed in place once it is copied, and keeps its id", async () => {
    const { service, taken, olds } = await takeHeld();
    const news = { ...HELD, copied: true };

    const diff = await referencePointLifecycle.diff(service, olds, news);
    const { id, outputs } = await referencePointLifecycle.update(service, taken.id, olds, news);
    const read = await referencePointLifecycle.read(service, id, outputs);
    await referencePointLifecycle.delete(service, id, outputs);

    expect(diff).toEqual({ changes: true, replaces: [], deleteBeforeReplace: false });
    expect(id).toBe(taken.id);
    expect(outputs).toMatchObject({ isHeld: false, disks: [{ limitId: expect.any(String) }] });
    expect(outputs["heldUntil"]).toBeUndefined();
    expect(read?.outputs).toEqual(outputs);
    expect(service.points.size).toBe(0);
  });

  it("is given up for a new one when it was held for too long", async () => {
    const { service, olds } = await takeHeld();
    const expired = { ...olds, heldUntil: new Date(Date.now() - 1000).toISOString() };

    const diff = await referencePointLifecycle.diff(service, expired, HELD);
    const late = await referencePointLifecycle.diff(service, expired, { ...HELD, copied: true });

    expect(diff).toEqual({ changes: true, replaces: ["holdHours"], deleteBeforeReplace: true });
    expect(late.replaces).toEqual([]);
  });

  it("stays as it is while nothing is declared again", async () => {
    const { service, olds } = await takeHeld();

    const diff = await referencePointLifecycle.diff(service, olds, HELD);

    expect(diff.changes).toBe(false);
  });

  it.each<[Properties, string]>([
    [{ ...DECLARED, copied: true }, "copied: Nothing is held"],
    [{ ...DECLARED, holdHours: 0 }, "holdHours: Must be more than 0"],
    [{ ...DECLARED, holdHours: 1000 }, "holdHours: Must be at most 336"],
  ])("is not declared with %j", async (news, reason) => {
    expect(await failuresOf(news)).toEqual([expect.stringContaining(reason)]);
  });
});

describe("a ReferencePoint", () => {
  it.each<[Properties]>([
    [DECLARED],
    [{ machineId: MACHINE_ID, consistency: "crash", triggers: ["monday", 5] }],
    [{ machineName: UNKNOWN_VALUE, triggers: UNKNOWN_VALUE }],
  ])("is declared with %j", async (news) => {
    expect(await failuresOf(news)).toEqual([]);
  });

  it.each<[string, Properties, RegExp]>([
    ["no machine", {}, /^machineName: Set either/],
    ["two machines", { machineName: "web", machineId: MACHINE_ID }, /^machineName: Set either/],
    ["an id that is no GUID", { machineId: "web" }, /^machineId: Must be the GUID/],
    ["an empty name", { machineName: "" }, /^machineName: Must not be empty/],
    [
      "another consistency",
      { ...DECLARED, consistency: "none" },
      /^consistency: Must be "application" or "crash"/,
    ],
    ["a trigger that is no list", { ...DECLARED, triggers: "monday" }, /^triggers: Must be a list/],
    ["a name it does not know", { ...DECLARED, vm: "web" }, /^vm: This input does not exist/],
  ])("is refused with %s, beside the input", async (_name, news, expected) => {
    expect(await failuresOf(news)).toEqual([expect.stringMatching(expected)]);
  });

  it("is taken, read as it was declared, and removed, once however often it is asked", async () => {
    const service = new FakeReferencePoints();

    const { id, outputs } = await referencePointLifecycle.create(service, {
      ...DECLARED,
      triggers: ["monday"],
    });
    const read = await referencePointLifecycle.read(service, id, outputs);
    await referencePointLifecycle.delete(service, id, outputs);
    await referencePointLifecycle.delete(service, id, outputs);

    expect(service.requests).toEqual([
      { machine: { name: "web" }, consistency: "application", hold: false },
    ]);
    expect(outputs).toMatchObject({
      machineId: MACHINE_ID,
      consistency: "application",
      disks: [{ limitId: "rct-point-1", path: "C:\\vm\\web.vhdx" }],
    });
    expect(read?.outputs).toEqual(outputs);
    expect(service.points.size).toBe(0);
  });

  it("is dropped from the state when the host proves that it is gone, and only then", async () => {
    const service = new FakeReferencePoints();
    const { id, outputs } = await referencePointLifecycle.create(service, DECLARED);
    service.points.clear();

    expect(await referencePointLifecycle.read(service, id, outputs)).toBeUndefined();
    await expect(referencePointLifecycle.read(service, id, {})).rejects.toThrow(/^\[NotFound\]/);
  });

  it("is replaced, the new one before the old, when its machine, consistency or triggers change", async () => {
    const { outputs } = await referencePointLifecycle.create(new FakeReferencePoints(), {
      ...DECLARED,
      triggers: ["monday"],
    });

    expect(await replacesOf(outputs, { ...DECLARED, triggers: ["monday"] })).toEqual([]);
    expect(await replacesOf(outputs, { ...DECLARED, triggers: ["tuesday"] })).toEqual(["triggers"]);
    expect(await replacesOf(outputs, { ...DECLARED, triggers: UNKNOWN_VALUE })).toEqual([
      "triggers",
    ]);
    expect(await replacesOf(outputs, { machineName: "db" })).toEqual(["machineName"]);
    expect(await replacesOf(outputs, { machineId: MACHINE_ID })).toEqual([]);
    expect(await replacesOf(outputs, { ...DECLARED, consistency: "crash" })).toEqual([
      "consistency",
    ]);
  });
});
