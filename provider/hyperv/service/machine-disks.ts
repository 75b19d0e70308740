import { DiskError } from "../../disk/errors";
import { tryParseGuid } from "../../disk/guid";
import { textOf, textsOf } from "../cim/cim-values";
import { queryInstances } from "./ask-host";
import type { JobHost } from "./job-host";
import { NAMESPACE_V2 } from "./open-service";

/** A disk image that a machine is configured with, whether the machine runs or not. */
export interface MachineDisk {
  /** As the settings spell it. */
  readonly path: string;
  /** The GUID of the settings, which are those of a machine or of one of its checkpoints. */
  readonly settingsId: string;
}

/**
 * Lists the images of all machines: those of their present settings and those of all their
 * checkpoints.
 *
 * A machine that is off or saved holds no handle on its disks, so its settings are the only trace
 * of it.
 *
 * @param namespace of the image service, whose instance this account was shown: so an empty list
 *   means that there are none
 * @see Msvm_StorageAllocationSettingData.HostResource, of which only the first element counts;
 *   before Windows Server 2012 Msvm_ResourceAllocationSettingData.Connection
 */
export async function listMachineDisks(
  host: JobHost,
  namespace: string,
): Promise<readonly MachineDisk[]> {
  const [className, property] =
    namespace === NAMESPACE_V2
      ? (["Msvm_StorageAllocationSettingData", "HostResource"] as const)
      : (["Msvm_ResourceAllocationSettingData", "Connection"] as const);
  const query = { namespace, className, properties: ["InstanceID", property] };
  const instances = await queryInstances(host, query, className);
  return instances.flatMap(({ properties }) => {
    const path = textsOf(properties, property)?.[0];
    const settingsId = settingsIdOf(textOf(properties, "InstanceID") ?? "");
    return path === undefined || path === "" || settingsId === undefined
      ? []
      : [{ path, settingsId }];
  });
}

/**
 * Names the machine behind some settings, for messages.
 *
 * @param settingsId as in {@link MachineDisk}
 * @returns such as `machine "web"` or `a checkpoint of machine "web"`
 * @see Msvm_VirtualSystemSettingData
 */
export async function describeSettings(
  host: JobHost,
  namespace: string,
  settingsId: string,
): Promise<string> {
  const settings = await findSettings(host, namespace, settingsId);
  const machineId = tryParseGuid(settings?.machineId ?? "");
  if (settings === undefined || machineId === undefined || machineId === settingsId) {
    return `machine ${JSON.stringify(settings?.name ?? settingsId)}`;
  }
  const machine = await findSettings(host, namespace, machineId);
  return `a checkpoint of machine ${JSON.stringify(machine?.name ?? machineId)}`;
}

async function findSettings(
  host: JobHost,
  namespace: string,
  settingsId: string,
): Promise<{ name: string | undefined; machineId: string | undefined } | undefined> {
  const className = "Msvm_VirtualSystemSettingData";
  const where = { InstanceID: `Microsoft:${settingsId}` };
  const owner = namespace === NAMESPACE_V2 ? "VirtualSystemIdentifier" : "SystemName";
  const query = { namespace, className, where, properties: ["InstanceID", "ElementName", owner] };
  try {
    const [found] = await queryInstances(host, query, settingsId);
    const { properties } = found ?? {};
    return (
      properties && {
        name: textOf(properties, "ElementName"),
        machineId: textOf(properties, owner),
      }
    );
  } catch (error) {
    if (error instanceof DiskError) {
      return undefined;
    }
    throw error;
  }
}

/**
 * `Microsoft:GUID\…` names the settings that the disk belongs to; `Microsoft:Definition\…` is a
 * template.
 */
function settingsIdOf(instanceId: string): string | undefined {
  return tryParseGuid(/^Microsoft:([^\\]+)/i.exec(instanceId)?.[1] ?? "");
}
