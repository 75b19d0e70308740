import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MIB } from "../../provider/image/bytes";
import type { CreateImageRequest } from "../../provider/image/driver";
import { type VhdIds, createVhd } from "../../provider/image/vhd/create";
import { dumpHex } from "../support/hex-dump";
import { MemoryFile } from "../support/memory-file";
import { BASE_ID, CHILD_ID, CREATED_AT } from "../support/vhd-image";

const REQUESTS: Readonly<Record<string, CreateImageRequest>> = {
  dynamic: { type: "dynamic", sizeBytes: 127 * MIB },
  fixed: { type: "fixed", sizeBytes: 4 * MIB },
  differencing: {
    type: "differencing",
    sizeBytes: 127 * MIB,
    parent: {
      linkageId: BASE_ID,
      diskId: BASE_ID,
      absolutePath: "C:\\disks\\golden\\base.vhd",
      relativePath: "..\\golden\\base.vhd",
    },
  },
};

describe("the bytes of a new VHD", () => {
  it.each(Object.entries(REQUESTS))(
    "of type %s are what they always were",
    async (type, request) => {
      const file = new MemoryFile();
      const ids: VhdIds = {
        uniqueId: type === "differencing" ? CHILD_ID : BASE_ID,
        createdAt: CREATED_AT,
      };

      await createVhd(file, request, ids);

      expect(dumpHex(file.toBytes())).toBe(
        readFileSync(join(__dirname, `vhd-${type}.txt`), "utf8"),
      );
    },
  );
});
