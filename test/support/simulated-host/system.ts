import type { CimInstance } from "../../../provider/hyperv/cim/cim-session";
import { CIMV2, instanceAt, referTo } from "./cim-objects";
import type { HostGeneration, SimulatedHostOptions } from "./options";
import { cimString, cimUint32 } from "./values";

const SYSTEMS: Readonly<Record<HostGeneration, readonly [caption: string, version: string]>> = {
  "2008R2": ["Microsoft Windows Server 2008 R2 Standard", "6.1.7601"],
  "2012": ["Microsoft Windows Server 2012 Standard", "6.2.9200"],
  "2012R2": ["Microsoft Windows Server 2012 R2 Standard", "6.3.9600"],
  "2016": ["Microsoft Windows Server 2016 Standard", "10.0.14393"],
};

/** The one instance of `Win32_OperatingSystem`. */
export function describeSystem(options: SimulatedHostOptions, localTime: string): CimInstance {
  const [caption, version] = SYSTEMS[options.generation ?? "2016"];
  return instanceAt(referTo(CIMV2, "Win32_OperatingSystem", "Name", caption), {
    Caption: cimString(caption),
    Version: cimString(version),
    BuildNumber: cimString(version.slice(version.lastIndexOf(".") + 1)),
    CSName: cimString("HV7"),
    SystemDrive: cimString("C:"),
    ProductType: cimUint32(3),
    LocalDateTime: { type: "datetime", value: localTime },
  });
}
