import { ZERO_GUID } from "../../../../provider/disk/guid";
import { MIB } from "../../../../provider/image/bytes";
import { readLogReplay } from "../../../../provider/image/vhdx/log";
import { descriptorOffset, serializeLogEntry } from "../../../../provider/image/vhdx/log-entry";
import { ReplayedFile } from "../../../../provider/image/vhdx/replayed-file";
import { failureOf } from "../../../support/failure-of";
import type { MemoryFile } from "../../../support/memory-file";
import { FIXED_IDS } from "../../../support/vhdx-image";
import {
  LOG_FILE_SIZE as FILE_SIZE,
  LOG_HEADER as HEADER,
  LARGE_LOG_HEADER,
  LOG_ID,
  LOG_SECTOR as SECTOR,
  LOG_TARGET as TARGET,
  buildEntry,
  buildLog,
  buildZeroingLog,
  edited,
  zeroing,
} from "../../../support/vhdx-log";

/** The first byte of each sector from {@link TARGET} on, as seen through the log. */
async function replayedValues(file: MemoryFile, count = 1): Promise<number[]> {
  const replay = await readLogReplay(file, HEADER);
  const bytes = new Uint8Array(count * SECTOR);
  await new ReplayedFile(file, replay!).read(TARGET, bytes);
  return Array.from({ length: count }, (_, index) => bytes[index * SECTOR]!);
}

describe("the log", () => {
  it("orders nothing when the header names no log id, whatever it holds", async () => {
    const file = buildLog({ 0: buildEntry({ logId: ZERO_GUID }) });

    const replay = await readLogReplay(file, { ...HEADER, logId: ZERO_GUID });

    expect(replay).toBeUndefined();
  });

  it("orders to write sectors, with the bytes that its data sectors have no room for", async () => {
    const sector = Uint8Array.from({ length: SECTOR }, (_, index) => (index * 7 + 1) % 251);
    const header = { tail: 0, sequenceNumber: 2n ** 63n + 5n, logId: LOG_ID };
    const sizes = { flushedFileOffset: FILE_SIZE, lastFileOffset: FILE_SIZE };
    const entry = serializeLogEntry({ ...header, ...sizes }, new Map([[TARGET, sector]]));
    const file = buildLog({ 0: entry });
    const replay = await readLogReplay(file, HEADER);

    const bytes = new Uint8Array(SECTOR + 2);
    await new ReplayedFile(file, replay!).read(TARGET - 1, bytes);

    expect(
      Buffer.from(bytes).equals(Buffer.concat([Buffer.of(0xee), sector, Buffer.of(0xee)])),
    ).toBe(true);
  });

  it("leaves the file as it is", async () => {
    const file = buildLog({ 0: buildEntry() });
    const before = file.toBytes();

    await replayedValues(file);

    expect(Buffer.compare(file.toBytes(), before)).toBe(0);
  });

  it("orders to zero ranges", async () => {
    const file = buildLog({ 0: edited(buildEntry(), zeroing(0, 2 * SECTOR)) });

    const values = await replayedValues(file, 3);

    expect(values).toEqual([0, 0, 0xee]);
  });

  it("takes effect in the order of its descriptors and entries", async () => {
    const first = edited(
      buildEntry({ value: 1, targets: [TARGET, TARGET + SECTOR] }),
      zeroing(1, SECTOR),
    );
    const second = buildEntry({ sequenceNumber: 6n, value: 2, targets: [TARGET + SECTOR] });
    const third = edited(buildEntry({ sequenceNumber: 7n, tail: 0 }), zeroing(0, SECTOR));
    const file = buildLog({
      0: first,
      [first.length]: second,
      [first.length + second.length]: third,
    });

    const values = await replayedValues(file, 2);

    expect(values).toEqual([0, 2]);
  });

  it("does not repeat entries before the tail, which have taken effect already", async () => {
    const first = buildEntry({ value: 1 });
    const second = buildEntry({
      sequenceNumber: 6n,
      tail: first.length,
      value: 2,
      targets: [TARGET + SECTOR],
    });
    const file = buildLog({ 0: first, [first.length]: second });

    const values = await replayedValues(file, 2);

    expect(values).toEqual([0xee, 2]);
  });

  it("begins with an entry that orders nothing, as Windows writes it", async () => {
    const empty = buildEntry({ targets: [] });
    const next = buildEntry({ sequenceNumber: 6n, tail: SECTOR, value: 3 });
    const file = buildLog({ 0: empty, [SECTOR]: next });

    const values = await replayedValues(file);

    expect([empty.length, values]).toEqual([SECTOR, [3]]);
  });

  it("counts the newest of several sequences only", async () => {
    const file = buildLog({
      0: buildEntry({ sequenceNumber: 9n, value: 9 }),
      [16 * SECTOR]: buildEntry({ sequenceNumber: 20n, tail: 16 * SECTOR, value: 20 }),
      [32 * SECTOR]: buildEntry({ sequenceNumber: 11n, tail: 32 * SECTOR, value: 11 }),
    });

    const values = await replayedValues(file);

    expect(values).toEqual([20]);
  });

  it("ignores entries of an earlier log id", async () => {
    const file = buildLog({
      0: buildEntry({ sequenceNumber: 5n, value: 5 }),
      [16 * SECTOR]: buildEntry({
        sequenceNumber: 99n,
        tail: 16 * SECTOR,
        value: 99,
        logId: FIXED_IDS.diskId,
      }),
    });

    const values = await replayedValues(file);

    expect(values).toEqual([5]);
  });

  it("ends before an entry that was written only in part", async () => {
    const first = buildEntry({ value: 1 });
    const torn = buildEntry({ sequenceNumber: 6n, value: 2 });
    torn.fill(0, torn.length - 512);
    const file = buildLog({ 0: first, [first.length]: torn });

    const values = await replayedValues(file);

    expect(values).toEqual([1]);
  });

  it("goes around the end of its ring, inside an entry and between entries", async () => {
    const start = HEADER.logLengthBytes - 3 * SECTOR;
    const first = buildEntry({ value: 1, tail: start });
    const second = buildEntry({
      sequenceNumber: 6n,
      value: 2,
      tail: start,
      targets: [TARGET + SECTOR],
    });
    const third = buildEntry({
      sequenceNumber: 7n,
      value: 3,
      tail: start,
      targets: [TARGET + 2 * SECTOR],
    });
    const file = buildLog({ [start]: first, [start + 2 * SECTOR]: second, [SECTOR]: third });

    const values = await replayedValues(file, 3);

    expect(values).toEqual([1, 2, 3]);
  });

  it("may have more descriptors in an entry than its first sector holds", async () => {
    const targets = Array.from({ length: 130 }, (_, index) => TARGET + index * SECTOR);
    const file = buildLog({ 0: buildEntry({ targets, value: 4 }) });

    const values = await replayedValues(file, 131);

    expect(values).toEqual([...targets.map(() => 4), 0xee]);
  });

  it("enlarges the file as far as its last entry says, with zeros", async () => {
    const file = buildLog({ 0: buildEntry({ lastFileOffset: 6 * MIB }) });
    const replayed = new ReplayedFile(file, (await readLogReplay(file, HEADER))!);

    const tail = new Uint8Array(2 * MIB).fill(1);
    const count = await replayed.read(5 * MIB, tail);

    expect([await replayed.readSize(), count, tail[0], tail[MIB - 1]]).toEqual([
      6 * MIB,
      MIB,
      0,
      0,
    ]);
  });

  it("enlarges the file where it orders to write behind its end", async () => {
    const file = buildLog({ 0: buildEntry({ targets: [FILE_SIZE + MIB] }) });

    const replay = await readLogReplay(file, HEADER);

    expect(replay!.fileSizeBytes).toBe(FILE_SIZE + MIB + SECTOR);
  });
});

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
