import { booleanOf, numberOf, cimString, cimUint16, cimUint64, textOf, embed } from "./values";
import type { CimProperties } from "../../../provider/hyperv/cim/cim-session";
import { DiskError } from "../../../provider/disk/errors";
import { extensionOf } from "../../../provider/disk/host-path";

import type { Disks } from "./disks";
import { HRESULT, HostException } from "./failure";
import { changing, reading } from "./image-methods";
import type { HostMethod } from "./replies";

const TYPES = { fixed: 2, dynamic: 3, differencing: 4 } as const;

/**
 * The methods of the image management service of Windows Server 2008 R2. It knows nothing but
 * `.vhd`.
 */
export function imageMethodsV1(disks: Disks): Readonly<Record<string, HostMethod>> {
  const base = (type: "dynamic" | "fixed"): HostMethod =>
    changing((args) =>
      disks.create({
        type,
        format: "vhd",
        path: vhdPathOf(args, "Path"),
        sizeBytes: numberOf(args, "MaxInternalSize") ?? 0,
      }),
    );
  return {
    CreateDynamicVirtualHardDisk: base("dynamic"),
    CreateFixedVirtualHardDisk: base("fixed"),
    CreateDifferencingVirtualHardDisk: changing((args) => {
      const parentPath = vhdPathOf(args, "ParentPath");
      return disks.create({
        type: "differencing",
        format: "vhd",
        path: vhdPathOf(args, "Path"),
        parentPath,
      });
    }),
    ReconnectParentVirtualHardDisk: changing((args) => {
      if (booleanOf(args, "Force") === true) {
        throw new DiskError("Internal", { what: "a child must never be put over another disk" });
      }
      return disks.setParent(vhdPathOf(args, "ChildPath"), vhdPathOf(args, "ParentPath"));
    }),
    ValidateVirtualHardDisk: changing(async (args) =>
      (await disks.openChain(vhdPathOf(args, "Path"))).close(),
    ),
    GetVirtualHardDiskInfo: reading(async (args) => {
      const path = vhdPathOf(args, "Path");
      const image = await disks.openImage(path);
      await image.close();
      const parentPath =
        image.properties.type === "differencing" ? await disks.findParentPath(path, image) : "";
      const text = embed("Msvm_VirtualHardDiskInfo", {
        Type: cimUint16(TYPES[image.properties.type]),
        FileSize: cimUint64(disks.sizeOfFile(path)),
        MaxInternalSize: cimUint64(image.properties.sizeBytes),
        ParentPath: cimString(parentPath),
      });
      return { Info: cimString(text) };
    }),
  };
}

function vhdPathOf(args: CimProperties, name: string): string {
  const path = textOf(args, name) ?? "";
  if (extensionOf(path) !== ".vhd") {
    throw new HostException(HRESULT.notVirtualDisk);
  }
  return path;
}
