import { failureOf } from "../../../support/failure-of";
import { MACHINE, useMachines } from "../../../support/simulated-host/use-machines";

const makeHost = useMachines();
const REQUEST = { machine: MACHINE, consistency: "crash" } as const;

describe("a reference point that fails", () => {
  it.each([1, 2, 3, 4, 5, 6])(
    "is explained by the service's own table: it returned %i",
    async (value) => {
      const { host, points } = await makeHost();
      host.inject({ at: "CreateSnapshot", how: { kind: "returns", value } });

      const error = await failureOf(points.create(REQUEST));

      const codes = [
        "NotSupported",
        "JobFailed",
        "Timeout",
        "InvalidInput",
        "InUse",
        "InvalidInput",
      ];
      expect(error.code).toBe(codes[value - 1]);
      expect(error.message).toContain(`return value ${value}`);
    },
  );

  it.each([
    [
      "it cannot be converted",
      { at: "ConvertToReferencePoint", how: { kind: "returns", value: 2 } },
    ],
    [
      "its job fails",
      { at: "ConvertToReferencePoint", how: { kind: "job fails", hresult: 0x8007052f } },
    ],
    [
      "the connection breaks before",
      { at: "ConvertToReferencePoint", how: { kind: "drops", done: false } },
    ],
    [
      "its job disappears before",
      { at: "ConvertToReferencePoint", how: { kind: "job vanishes", done: false } },
    ],
    [
      "its disks cannot be described",
      {
        at: "query:Msvm_StorageAllocationSettingData",
        how: { kind: "refuses", hresult: 0x80041003 },
      },
    ],
  ] as const)("leaves neither a checkpoint nor a point behind: %s", async (_, fault) => {
    const { host, points } = await makeHost();
    host.inject(fault);

    await failureOf(points.create(REQUEST));

    expect(host.countCheckpoints()).toBe(0);
    expect(host.countReferencePoints()).toBe(0);
  });

  it("leaves the checkpoint of another backup program alone", async () => {
    const { host, points } = await makeHost();
    const other = await points.create({ ...REQUEST, hold: true });
    host.inject({ at: "ConvertToReferencePoint", how: { kind: "job fails", hresult: 0x8007052f } });

    await failureOf(points.create(REQUEST));

    expect(host.countCheckpoints()).toBe(1);
    expect((await points.read(other.id)).isHeld).toBe(true);
  });
});

describe("a reference point that another backup program makes at the same moment", () => {
  it("is not taken for ours, which the job names", async () => {
    const { host, points } = await makeHost();
    host.before("invoke ConvertToReferencePoint", () => host.makeReferencePoint(MACHINE.id));

    const point = await points.create(REQUEST);
    await points.destroy(point.id);

    expect(point.disks).toHaveLength(2);
    expect(host.countReferencePoints()).toBe(1);
  });

  it("is not taken for ours when the connection broke, and both are named", async () => {
    const { host, points } = await makeHost();
    host.before("invoke ConvertToReferencePoint", () => host.makeReferencePoint(MACHINE.id));
    host.inject({ at: "ConvertToReferencePoint", how: { kind: "drops", done: true } });

    const error = await failureOf(points.create(REQUEST));

    expect(error.code).toBe("PartialCreate");
    expect(error.message).toContain("cannot be told apart");
    expect(host.countCheckpoints()).toBe(0);
    expect(host.countReferencePoints()).toBe(2);
  });
});
