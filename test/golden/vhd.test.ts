import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MIB } from "../../provider/image/bytes";
import { type CreateVhdRequest, createVhd } from "../../provider/image/vhd/create";
import { dumpHex } from "../support/hex-dump";
import { MemoryFile } from "../support/memory-file";
import { BASE_ID, CHILD_ID, CREATED_AT } from "../support/vhd-image";

const REQUESTS: Readonly<Record<string, CreateVhdRequest>> = {
  dynamic: { type: "dynamic", sizeBytes: 127 * MIB, uniqueId: BASE_ID, createdAt: CREATED_AT },
  fixed: { type: "fixed", sizeBytes: 4 * MIB, uniqueId: BASE_ID, createdAt: CREATED_AT },
  differencing: {
    type: "differencing",
    sizeBytes: 127 * MIB,
    uniqueId: CHILD_ID,
    createdAt: CREATED_AT,
    parent: {
      uniqueId: BASE_ID,
      absolutePath: "C:\\disks\\golden\\base.vhd",
      relativePath: "..\\golden\\base.vhd",
    },
  },
};

describe("the bytes of a new VHD", () => {
  it.each(Object.entries(REQUESTS))("of type %s are what they always were", async (type, request) => {
    const file = new MemoryFile();

    await createVhd(file, request);

    expect(dumpHex(file.toBytes())).toBe(readFileSync(join(__dirname, `vhd-${type}.txt`), "utf8"));
  });
});
