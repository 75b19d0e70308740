import { MIB } from "../../../../provider/image/bytes";
import { readLogReplay } from "../../../../provider/image/vhdx/log";
import { descriptorOffset } from "../../../../provider/image/vhdx/log-entry";
import { failureOf } from "../../../support/failure-of";
import {
  LOG_FILE_SIZE as FILE_SIZE,
  LOG_HEADER as HEADER,
  LARGE_LOG_HEADER,
  LOG_ID,
  LOG_SECTOR as SECTOR,
  buildEntry,
  buildLog,
  buildZeroingLog,
  edited,
  zeroing,
} from "../../../support/vhdx-log";

describe("a log that cannot be replayed", () => {
  it("is told as damage of the image, naming the log, when no entry is valid", async () => {
    const entry = buildEntry();
    entry[200] = 1;

    const error = await failureOf(readLogReplay(buildLog({ 0: entry }), HEADER));

    expect(error).toMatchObject({
      code: "CorruptImage",
      details: { facts: { structure: "log", offset: MIB } },
    });
    expect(error.message).toContain("C:\\disks\\dirty.vhdx");
  });

  it("is refused when the tail of its last entry is gone", async () => {
    const file = buildLog({ 0: buildEntry({ tail: 8 * SECTOR }) });

    const error = await failureOf(readLogReplay(file, HEADER));

    expect(error.message).toContain("no valid sequence");
  });

  it("is refused when the file was cut since", async () => {
    const file = buildLog({ 0: buildEntry({ flushedFileOffset: 5 * MIB }) });

    const error = await failureOf(readLogReplay(file, HEADER));

    expect(error.code).toBe("CorruptImage");
    expect(error.message).toContain(`truncated to ${FILE_SIZE} bytes`);
  });

  it.each([
    ["a length that is not aligned", 8, SECTOR + 512],
    ["a length beyond the log", 8, 2 * MIB],
    ["a length of zero", 8, 0],
    ["a tail that is not aligned", 12, 512],
    ["a tail beyond the log", 12, MIB],
    ["more descriptors than it has room for", 24, 100_000],
  ])("is refused when its only entry has %s", async (_, at, value) => {
    const file = buildLog({ 0: edited(buildEntry(), (view) => view.setUint32(at, value, true)) });

    const error = await failureOf(readLogReplay(file, HEADER));

    expect(error.code).toBe("CorruptImage");
  });

  it("is refused when its only entry has the sequence number zero", async () => {
    const error = await failureOf(
      readLogReplay(buildLog({ 0: buildEntry({ sequenceNumber: 0n }) }), HEADER),
    );

    expect(error.code).toBe("CorruptImage");
  });

  const descriptor = descriptorOffset(0);
  it.each([
    ["is neither to zero nor to write", (view: DataView) => view.setUint32(descriptor, 0, true)],
    ["belongs to another entry", (view: DataView) => view.setBigUint64(descriptor + 24, 4n, true)],
    [
      "is not aligned",
      (view: DataView) => view.setBigUint64(descriptor + 16, 3n * 1048576n + 512n, true),
    ],
    [
      "is where no file ends",
      (view: DataView) => view.setBigUint64(descriptor + 16, 2n ** 64n - 4096n, true),
    ],
    ["would change a header", (view: DataView) => view.setBigUint64(descriptor + 16, 65536n, true)],
    [
      "would change the log",
      (view: DataView) => view.setBigUint64(descriptor + 16, 1048576n, true),
    ],
    ["has no data sector", (view: DataView) => view.setUint32(SECTOR, 0, true)],
    [
      "has the data sector of another entry",
      (view: DataView) => view.setUint32(2 * SECTOR - 4, 4, true),
    ],
    ["would zero what is not aligned", zeroing(0, 100)],
    ["would zero over the log", zeroingFrom(MIB - SECTOR, 2 * SECTOR)],
  ])(
    "is refused, and no change left out, when a descriptor with a right checksum %s",
    async (_, edit) => {
      const older = buildEntry({ sequenceNumber: 4n, value: 4 });
      const faulty = edited(buildEntry({ sequenceNumber: 5n }), edit);
      const file = buildLog({ 0: older, [older.length]: faulty });

      const error = await failureOf(readLogReplay(file, HEADER));

      expect(error).toMatchObject({
        code: "CorruptImage",
        details: { facts: { structure: "log" } },
      });
    },
  );

  it("is refused when it orders more changes than memory should hold", async () => {
    const file = buildZeroingLog(65_537, SECTOR);

    const error = await failureOf(readLogReplay(file, LARGE_LOG_HEADER));

    expect(error.code).toBe("UnsupportedImage");
  });

  it("is not read again and again when it is full of false entries", async () => {
    const file = buildLog({});
    const entry = edited(buildEntry(), (view) => view.setUint32(8, MIB, true));
    for (let offset = 0; offset < MIB; offset += SECTOR) {
      file.writeNow(MIB + offset, entry.subarray(0, SECTOR));
    }
    file.bytesRead = 0;

    const error = await failureOf(readLogReplay(file, HEADER));

    expect(error.code).toBe("CorruptImage");
    expect(file.bytesRead).toBeLessThan(3 * MIB);
  });

  it("is refused when it is larger than any software makes it", async () => {
    const error = await failureOf(
      readLogReplay(buildLog({}), { ...HEADER, logLengthBytes: 2048 * MIB }),
    );

    expect(error.code).toBe("UnsupportedImage");
  });
});

describe("a log without entries whose header says that it holds changes", () => {
  it("is refused with the cause and the way out", async () => {
    const error = await failureOf(readLogReplay(buildLog({}), HEADER));

    expect(error.code).toBe("CorruptImage");
    expect(error.message).toContain("QEMU leaves this state when it is killed");
    expect(error.message).toContain("qemu-img convert");
    expect(error.details.facts).toMatchObject({ structure: "log", LogGuid: LOG_ID });
  });
});

function zeroingFrom(offsetBytes: number, lengthBytes: number): (view: DataView) => void {
  return (view) => {
    zeroing(0, lengthBytes)(view);
    view.setBigUint64(descriptorOffset(0) + 16, BigInt(offsetBytes), true);
  };
}
