import { openChangeQuery } from "../../../../provider/hyperv/disks/change-query";
import { MIB } from "../../../../provider/image/bytes";
import {
  BASELINE,
  DISK,
  answerOf,
  noAnswer,
  query,
  serviceThat,
} from "../../../support/change-service";
import { failureOf } from "../../../support/failure-of";

describe("an answer that cannot be trusted", () => {
  it.each([
    ["makes no progress", answerOf(0, [])],
    ["does not tell its progress", noAnswer],
    ["claims more progress than was asked for", answerOf(64 * MIB, [])],
    ["has more offsets than lengths", { ...answerOf(MIB, [[0, 512]]), lengthsBytes: [] }],
    ["has lengths without offsets", { ...answerOf(MIB, [[0, 512]]), offsetsBytes: undefined }],
    ["says of a change before what was asked for", answerOf(MIB, [[0, 512]])],
    ["says of a change behind what it covers", answerOf(MIB, [[4 * MIB, 512]])],
    [
      "names a byte beyond 2^53",
      { ...answerOf(MIB, []), offsetsBytes: [2n ** 53n], lengthsBytes: [512n] },
    ],
    [
      "names a length beyond 2^53",
      { ...answerOf(MIB, []), offsetsBytes: [0n], lengthsBytes: [2n ** 64n - 1n] },
    ],
  ])("is an error when it %s", async (_, answer) => {
    const service = serviceThat(() => answer);

    const error = await failureOf(query(service, { offsetBytes: 2 * MIB, lengthBytes: MIB }));

    expect(error.code).toBe("Internal");
    expect(error.message).toContain("full copy");
  });

  it("is an error also when it is not the first", async () => {
    const service = serviceThat(({ offsetBytes }) =>
      offsetBytes === 0 ? answerOf(MIB, []) : answerOf(0, []),
    );

    const error = await failureOf(query(service));

    expect(error.code).toBe("Internal");
  });
});

describe("a change query that makes no sense", () => {
  const service = serviceThat(({ lengthBytes }) => answerOf(lengthBytes, []));

  it.each([
    { offsetBytes: -1 },
    { offsetBytes: DISK.sizeBytes + 1 },
    { lengthBytes: DISK.sizeBytes + 1 },
    { lengthBytes: -1 },
  ])("is refused for the window %j", async (window) => {
    const error = await failureOf(query(service, window));

    expect(error.code).toBe("OutOfRange");
  });

  it("is refused without a limit id", async () => {
    const baseline = { kind: "limitId", limitId: " " } as const;

    const error = await failureOf(
      openChangeQuery(service, DISK, { path: DISK.path, baseline }, MIB),
    );

    expect(error.code).toBe("InvalidInput");
  });

  it("is refused when it names a target snapshot and is not about a VHD set", async () => {
    const baseline = { ...BASELINE, targetSnapshotId: "5d7d9a42-0000-4000-8000-000000000000" };

    const error = await failureOf(
      openChangeQuery(service, DISK, { path: DISK.path, baseline }, MIB),
    );

    expect(error.code).toBe("InvalidInput");
  });
});
