import { MIB } from "../../../../provider/image/bytes";
import { readLogReplay } from "../../../../provider/image/vhdx/log";
import { ReplayedFile } from "../../../../provider/image/vhdx/replayed-file";
import {
  LARGE_LOG_HEADER,
  LOG_HEADER,
  LOG_SECTOR,
  LOG_TARGET,
  buildEntry,
  buildLog,
  buildZeroingLog,
} from "../../../support/vhdx-log";

describe("reading through a log", () => {
  it("takes no more requests where the log holds 65,536 changes of nothing", async () => {
    const file = buildZeroingLog(65_536, 0);
    const replayed = new ReplayedFile(file, (await readLogReplay(file, LARGE_LOG_HEADER))!);
    file.readCount = 0;

    await replayed.read(0, new Uint8Array(MIB));

    expect(file.readCount).toBe(1);
  });

  it("takes one more request for neighbouring sectors, however often the log changes them", async () => {
    const entries: Record<number, Uint8Array> = {};
    for (let index = 0; index < 20; index += 1) {
      const targets = Array.from({ length: 10 }, (_, sector) => LOG_TARGET + sector * LOG_SECTOR);
      entries[index * 11 * LOG_SECTOR] = buildEntry({
        sequenceNumber: BigInt(index + 1),
        value: index + 1,
        targets,
      });
    }
    const file = buildLog(entries);
    const replayed = new ReplayedFile(file, (await readLogReplay(file, LOG_HEADER))!);
    file.readCount = 0;
    const bytes = new Uint8Array(10 * LOG_SECTOR);

    await replayed.read(LOG_TARGET, bytes);

    expect(bytes.every((byte) => byte === 20)).toBe(true);
    expect(file.readCount).toBe(2);
  });

  it("reads a log of 1 MiB in one request", async () => {
    const file = buildLog({ 0: buildEntry() });
    file.readCount = 0;

    await readLogReplay(file, LOG_HEADER);

    expect(file.readCount).toBe(1);
  });
});
