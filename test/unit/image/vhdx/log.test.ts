import { ZERO_GUID } from "../../../../provider/disk/guid";
import { MIB } from "../../../../provider/image/bytes";
import { readLogReplay } from "../../../../provider/image/vhdx/log";
import { serializeLogEntry } from "../../../../provider/image/vhdx/log-entry";
import { ReplayedFile } from "../../../../provider/image/vhdx/replayed-file";
import type { MemoryFile } from "../../../support/memory-file";
import { FIXED_IDS } from "../../../support/vhdx-image";
import {
  LOG_FILE_SIZE as FILE_SIZE,
  LOG_HEADER as HEADER,
  LOG_ID,
  LOG_SECTOR as SECTOR,
  LOG_TARGET as TARGET,
  buildEntry,
  buildLog,
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
