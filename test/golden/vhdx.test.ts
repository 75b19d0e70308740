import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MIB } from "../../provider/image/bytes";
import type { CreateImageRequest } from "../../provider/image/driver";
import { createVhdx } from "../../provider/image/vhdx/create";
import { dumpHex } from "../support/hex-dump";
import { MemoryFile } from "../support/memory-file";
import { FIXED_IDS } from "../support/vhdx-image";

const REQUESTS: Readonly<Record<string, CreateImageRequest>> = {
  dynamic: { type: "dynamic", sizeBytes: 127 * MIB },
  fixed: { type: "fixed", sizeBytes: 4 * MIB },
  differencing: {
    type: "differencing",
    sizeBytes: 127 * MIB,
    logicalSectorSizeBytes: 512,
    physicalSectorSizeBytes: 4096,
    parent: {
      linkageId: FIXED_IDS.dataWriteId,
      diskId: FIXED_IDS.diskId,
      absolutePath: "C:\\disks\\golden\\base.vhdx",
      relativePath: "..\\golden\\base.vhdx",
    },
  },
};

describe("the bytes of a new VHDX", () => {
  it.each(Object.entries(REQUESTS))(
    "of type %s are what they always were",
    async (type, request) => {
      const file = new MemoryFile();

      await createVhdx(file, request, FIXED_IDS);

      expect(dumpHex(file.toBytes())).toBe(
        readFileSync(join(__dirname, `vhdx-${type}.txt`), "utf8"),
      );
    },
  );
});
