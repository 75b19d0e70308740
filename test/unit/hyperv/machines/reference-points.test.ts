import { createHypervBackend } from "../../../../provider/hyperv/hyperv-backend";
import { createReferencePointService } from "../../../../provider/hyperv/machines/reference-points";
import { collectRanges } from "../../../contract/contract-host";
import { failureOf } from "../../../support/failure-of";
import { InstantClock } from "../../../support/instant-clock";
import { createSimulatedHost } from "../../../support/simulated-host";
import { MACHINE, useMachines } from "../../../support/simulated-host/use-machines";
import { useTempFolder } from "../../../support/temp-folder";

const makeHost = useMachines();
const inTemp = useTempFolder();

describe("a reference point", () => {
  it("gives each disk of a machine a limit id, by which its changes can be asked for", async () => {
    const { host, points, disks } = await makeHost();
    const backend = createHypervBackend(host.session(), { clock: new InstantClock() });

    const point = await points.create({
      machine: { name: MACHINE.name },
      consistency: "application",
    });
    await host.writeContent("C:\\data.vhdx", 4096, new Uint8Array(512));
    const baseline = { kind: "limitId", limitId: point.disks[1]?.limitId ?? "" } as const;
    const stream = await backend.queryChanges({ path: "C:\\data.vhdx", baseline });

    expect(point).toMatchObject({
      machineId: MACHINE.id.toLowerCase(),
      consistency: "application",
    });
    expect(point.disks.map((disk) => disk.path)).toEqual(disks);
    expect(point.disks.map((disk) => disk.diskId)).toEqual([
      expect.any(String),
      expect.any(String),
    ]);
    expect(await collectRanges(stream)).toEqual([{ offsetBytes: 4096, lengthBytes: 512 }]);
    expect(host.countCheckpoints()).toBe(0);
  });

  it("is read again by its id", async () => {
    const { points } = await makeHost();
    const point = await points.create({
      machine: { id: MACHINE.id.toLowerCase() },
      consistency: "crash",
    });

    const read = await points.read(point.id);

    expect(read).toEqual(point);
  });

  it("is removed, once however often that is asked", async () => {
    const { points } = await makeHost();
    const point = await points.create({ machine: MACHINE, consistency: "crash" });

    await points.destroy(point.id);
    await points.destroy(point.id);

    expect((await failureOf(points.read(point.id))).code).toBe("NotFound");
  });

  it("comes about on a host that does its work before it answers", async () => {
    const { points } = await makeHost({ replies: "at once" });

    const point = await points.create({ machine: MACHINE, consistency: "crash" });

    expect(point.disks).toHaveLength(2);
  });

  it.each(["CreateSnapshot", "ConvertToReferencePoint"])(
    "survives a job of %s that disappears when it is done",
    async (at) => {
      const { host, points } = await makeHost();
      host.inject({ at, how: { kind: "job vanishes", done: true } });

      const point = await points.create({ machine: MACHINE, consistency: "crash" });

      expect(point.disks).toHaveLength(2);
      expect(host.countCheckpoints()).toBe(0);
    },
  );

  it.each(["CreateSnapshot", "ConvertToReferencePoint"])(
    "survives a connection that breaks when %s is done",
    async (at) => {
      const { host, points } = await makeHost();
      host.inject({ at, how: { kind: "drops", done: true } });

      const point = await points.create({ machine: MACHINE, consistency: "crash" });

      expect(point.disks).toHaveLength(2);
      expect(host.countCheckpoints()).toBe(0);
    },
  );

  it("leaves no checkpoint behind when the host cannot convert it", async () => {
    const { host, points } = await makeHost();
    host.inject({ at: "ConvertToReferencePoint", how: { kind: "job fails", hresult: 0x8007052f } });

    const error = await failureOf(points.create({ machine: MACHINE, consistency: "crash" }));

    expect(error.code).toBe("AccessDenied");
    expect(host.countCheckpoints()).toBe(0);
  });

  it("names the checkpoint that could be neither converted nor removed", async () => {
    const { host, points } = await makeHost();
    host.inject(
      { at: "ConvertToReferencePoint", how: { kind: "job fails", hresult: 0x8007052f } },
      { at: "DestroySnapshot", how: { kind: "job fails", hresult: 0x80070020 } },
    );

    const error = await failureOf(points.create({ machine: MACHINE, consistency: "crash" }));

    expect(error.code).toBe("PartialCreate");
    expect(error.message).toContain("Remove-VMSnapshot");
  });

  it("is not believed in when the host claims success and does nothing", async () => {
    const { host, points } = await makeHost();
    host.inject({ at: "CreateSnapshot", how: { kind: "is" } });

    const error = await failureOf(points.create({ machine: MACHINE, consistency: "crash" }));

    expect(error.code).toBe("JobFailed");
  });

  it("is refused for a machine that does not exist", async () => {
    const { points } = await makeHost();

    const error = await failureOf(
      points.create({ machine: { name: "nobody" }, consistency: "crash" }),
    );

    expect(error.code).toBe("NotFound");
  });

  it("is refused for a name that two machines have", async () => {
    const { host, points } = await makeHost();
    host.makeMachine({ id: "4C4C4544-0035-4D10-8030-B1C04F4A3233", name: MACHINE.name, disks: [] });

    const error = await failureOf(
      points.create({ machine: { name: MACHINE.name }, consistency: "crash" }),
    );

    expect(error.code).toBe("InvalidInput");
    expect(error.message).toContain("4c4c4544-0035-4d10-8030-b1c04f4a3233");
  });

  it.each([["read"], ["destroy"]] as const)(
    "is not taken for gone by %s when the account is shown nothing",
    async (method) => {
      const { host, points } = await makeHost();
      const point = await points.create({ machine: MACHINE, consistency: "crash" });
      const filtered = createSimulatedHost({ ...host.options, isElevated: false });

      const error = await failureOf(
        createReferencePointService(filtered.session())[method](point.id),
      );

      expect(error.code).toBe("AccessDenied");
    },
  );

  it("is not supported by hosts before 2016", async () => {
    const host = createSimulatedHost({ folder: inTemp("old"), generation: "2012R2" });
    host.makeMachine({ ...MACHINE, disks: [] });
    const points = createReferencePointService(host.session(), { clock: new InstantClock() });

    const error = await failureOf(points.create({ machine: MACHINE, consistency: "crash" }));

    expect(error.code).toBe("NotSupported");
    expect(host.requests.filter((request) => request.startsWith("invoke"))).toEqual([]);
    expect(host.countCheckpoints()).toBe(0);
  });
});
