import { ZERO_GUID } from "../../../../provider/disk/guid";
import { KIB, MIB } from "../../../../provider/image/bytes";
import {
  HEADER_OFFSETS,
  type VhdxHeader,
  isLogDirty,
  readCurrentHeader,
  serializeHeader,
} from "../../../../provider/image/vhdx/header";
import { failureOf } from "../../../support/failure-of";
import { MemoryFile } from "../../../support/memory-file";
import { FIXED_IDS, editHeaders } from "../../../support/vhdx-image";

const HEADER: VhdxHeader = {
  sequenceNumber: 7n,
  fileWriteId: FIXED_IDS.fileWriteId,
  dataWriteId: FIXED_IDS.dataWriteId,
  logId: ZERO_GUID,
  logOffsetBytes: MIB,
  logLengthBytes: MIB,
};

/** A file of 4 MiB with two headers; one is left out where it is undefined. */
async function buildHeaders(
  first: Partial<VhdxHeader> | undefined,
  second: Partial<VhdxHeader> | undefined,
): Promise<MemoryFile> {
  const file = new MemoryFile();
  await file.resize(4 * MIB);
  for (const [slot, changes] of [first, second].entries()) {
    if (changes !== undefined) {
      file.writeNow(HEADER_OFFSETS[slot]!, serializeHeader({ ...HEADER, ...changes }));
    }
  }
  return file;
}

describe("the headers", () => {
  it("give back what was written", async () => {
    const written = {
      ...HEADER,
      sequenceNumber: 2n ** 64n - 1n,
      logId: FIXED_IDS.diskId,
      logLengthBytes: 2 * MIB,
    };
    const file = await buildHeaders(written, undefined);

    const current = await readCurrentHeader(file);

    expect(current).toEqual({ header: written, slot: 0 });
  });

  it.each([
    [8n, 9n, 1],
    [9n, 8n, 0],
    [2n ** 63n, 2n ** 63n - 1n, 0],
  ])(
    "with the sequence numbers %p and %p: the greater one is current",
    async (first, second, slot) => {
      const file = await buildHeaders({ sequenceNumber: first }, { sequenceNumber: second });

      const current = await readCurrentHeader(file);

      expect(current.slot).toBe(slot);
    },
  );

  it.each([0, 1])("are read from the other one when number %p is damaged", async (damaged) => {
    const file = await buildHeaders({ sequenceNumber: 8n }, { sequenceNumber: 9n });
    file.writeNow(HEADER_OFFSETS[damaged]! + 20, Uint8Array.of(1, 2, 3));

    const current = await readCurrentHeader(file);

    expect(current.slot).toBe(damaged === 0 ? 1 : 0);
  });

  it("are checked over all of their 4 KiB", async () => {
    const file = await buildHeaders({ sequenceNumber: 8n }, { sequenceNumber: 9n });
    file.writeNow(HEADER_OFFSETS[1] + 4095, Uint8Array.of(1));

    const current = await readCurrentHeader(file);

    expect(current.slot).toBe(0);
  });

  it("are accepted with equal sequence numbers when they are the same, as Disk2vhd writes them", async () => {
    const file = await buildHeaders({}, {});

    const current = await readCurrentHeader(file);

    expect(current.header).toEqual(HEADER);
  });

  it("are refused with equal sequence numbers when they differ, because nobody knows which one counts", async () => {
    const file = await buildHeaders({}, { dataWriteId: FIXED_IDS.diskId });

    const error = await failureOf(readCurrentHeader(file));

    expect(error.code).toBe("CorruptImage");
    expect(error.message).toContain("sequence number 7");
  });

  it("are refused when neither is valid", async () => {
    const file = await buildHeaders(undefined, undefined);

    const error = await failureOf(readCurrentHeader(file));

    expect(error).toMatchObject({
      code: "CorruptImage",
      details: { facts: { structure: "header", offset: 64 * KIB } },
    });
  });

  it("are refused when they have another version", async () => {
    const file = await buildHeaders({}, {});
    editHeaders(file, (view) => view.setUint16(66, 2, true));

    const error = await failureOf(readCurrentHeader(file));

    expect(error.code).toBe("UnsupportedImage");
    expect(error.message).toContain("version 2");
  });

  it("are refused when the log to replay has another version", async () => {
    const file = await buildHeaders({ logId: FIXED_IDS.diskId }, { logId: FIXED_IDS.diskId });
    editHeaders(file, (view) => view.setUint16(64, 1, true));

    const error = await failureOf(readCurrentHeader(file));

    expect(error.code).toBe("UnsupportedImage");
  });

  it("are accepted when a log of another version holds nothing", async () => {
    const file = await buildHeaders({}, {});
    editHeaders(file, (view) => view.setUint16(64, 1, true));

    const { header } = await readCurrentHeader(file);

    expect(isLogDirty(header)).toBe(false);
  });

  it.each([
    ["is not aligned", { logOffsetBytes: MIB + 4096 }],
    ["has a length that is not aligned", { logLengthBytes: MIB + 1 }],
    ["is in the header section", { logOffsetBytes: 0 }],
    ["ends behind the file", { logOffsetBytes: 4 * MIB }],
    ["begins where no file ends", { logOffsetBytes: 2 ** 60 }],
  ])("are refused when the log %s", async (_, changes) => {
    const file = await buildHeaders(changes, changes);

    const error = await failureOf(readCurrentHeader(file));

    expect(error.code).toBe("CorruptImage");
  });

  it("may say that there is no log at all", async () => {
    const none = { logOffsetBytes: 0, logLengthBytes: 0 };
    const file = await buildHeaders(none, none);

    const { header } = await readCurrentHeader(file);

    expect(header).toMatchObject(none);
  });
});
