import { collectRanges } from "../../../contract/contract-host";
import { openVirtualDisk } from "../../../../provider/functions/open-virtual-disk";
import { failureOf } from "../../../support/failure-of";
import {
  MACHINE,
  type TestMachine,
  useMachines,
} from "../../../support/simulated-host/use-machines";

const makeHost = useMachines();
const REQUEST = { machine: MACHINE, consistency: "application" } as const;
const DATA = "C:\\data.vhdx";

/** What a backup program copies from a disk. */
async function readFirstBytes({ host }: TestMachine, path: string): Promise<number[]> {
  const disk = await openVirtualDisk(host.toLocal(path));
  try {
    return [...(await disk.read(0, 4))];
  } finally {
    await disk.close();
  }
}

describe("a reference point that holds its content", () => {
  it("shows the disks as they were, whatever the machine writes meanwhile", async () => {
    const machine = await makeHost();
    await machine.host.writeContent(DATA, 0, new Uint8Array(512).fill(1));

    const held = await machine.points.create({ ...REQUEST, hold: true });
    await machine.host.writeContent(DATA, 0, new Uint8Array(512).fill(2));

    expect(held.isHeld).toBe(true);
    expect(held.disks.map(({ path }) => path)).toEqual(machine.disks);
    expect(
      held.disks.every(({ limitId, diskId }) => limitId === undefined && diskId !== undefined),
    ).toBe(true);
    expect(await readFirstBytes(machine, DATA)).toEqual([1, 1, 1, 1]);
    expect(await machine.points.read(held.id)).toEqual(held);
  });

  it("is a baseline for the next backup once it is completed, and nothing that was written is lost", async () => {
    const machine = await makeHost();
    const held = await machine.points.create({ ...REQUEST, hold: true });
    await machine.host.writeContent(DATA, 0, new Uint8Array(512).fill(2));

    const point = await machine.points.complete(held.id);
    const limitId = point.disks.find(({ path }) => path === DATA)?.limitId ?? "";
    const baseline = { kind: "limitId", limitId } as const;
    const ranges = await collectRanges(
      await machine.backend.queryChanges({ path: DATA, baseline }),
    );

    expect(point.isHeld).toBe(false);
    expect(machine.host.countCheckpoints()).toBe(0);
    expect(await readFirstBytes(machine, DATA)).toEqual([2, 2, 2, 2]);
    expect(ranges).toEqual([{ offsetBytes: 0, lengthBytes: 512 }]);
  });

  it("says what has changed since the former backup and does not change while it is copied", async () => {
    const machine = await makeHost();
    const former = await machine.points.create(REQUEST);
    await machine.host.writeContent(DATA, 4096, new Uint8Array(512).fill(1));
    const held = await machine.points.create({ ...REQUEST, hold: true });
    await machine.host.writeContent(DATA, 8192, new Uint8Array(512).fill(2));
    const diskId = held.disks[1]?.diskId;

    const limitId = former.disks.find((disk) => disk.diskId === diskId)?.limitId ?? "";
    const stream = await machine.backend.queryChanges({
      path: DATA,
      baseline: { kind: "limitId", limitId },
    });

    expect(await collectRanges(stream)).toEqual([{ offsetBytes: 4096, lengthBytes: 512 }]);
  });

  it("gives up its content when it is removed", async () => {
    const machine = await makeHost();
    const held = await machine.points.create({ ...REQUEST, hold: true });
    await machine.host.writeContent(DATA, 0, new Uint8Array(512).fill(2));

    await machine.points.destroy(held.id);
    await machine.points.destroy(held.id);

    expect(machine.host.countCheckpoints()).toBe(0);
    expect(machine.host.countReferencePoints()).toBe(0);
    expect(await readFirstBytes(machine, DATA)).toEqual([2, 2, 2, 2]);
  });

  it("stays held when it cannot be completed", async () => {
    const machine = await makeHost();
    const held = await machine.points.create({ ...REQUEST, hold: true });
    machine.host.inject({
      at: "ConvertToReferencePoint",
      how: { kind: "job fails", hresult: 0x8007052f },
    });

    const error = await failureOf(machine.points.complete(held.id));
    const point = await machine.points.complete(held.id);

    expect(error.code).toBe("AccessDenied");
    expect(point.disks).toHaveLength(2);
  });

  it("is completed once", async () => {
    const machine = await makeHost();
    const held = await machine.points.create({ ...REQUEST, hold: true });
    await machine.points.complete(held.id);

    const error = await failureOf(machine.points.complete(held.id));

    expect(error.code).toBe("NotFound");
  });

  it("keeps its disks from being deleted, and the machine is named", async () => {
    const machine = await makeHost();
    const { path, identity } = await machine.backend.inspectDisk(DATA);
    await machine.points.create({ ...REQUEST, hold: true });

    const error = await failureOf(machine.backend.deleteDisk({ path, identity }));

    expect(error.code).toBe("InUse");
    expect(error.message).toContain("mail's server");
  });
});
