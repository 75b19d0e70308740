import { DiskError } from "../../disk/errors";
import { tryParseGuid } from "../../disk/guid";
import type { CreateReferencePointRequest } from "../../disk/reference-point";
import type { CimReference } from "../cim/cim-session";
import { textOf } from "../cim/cim-values";
import { queryInstances } from "../service/ask-host";
import type { JobHost } from "../service/job-host";
import { NAMESPACE_V2, findService } from "../service/open-service";

/** A virtual machine of the host. */
export interface Machine {
  /** Its GUID, lowercase. */
  readonly id: string;
  readonly reference: CimReference;
}

/**
 * Finds a machine.
 *
 * @throws NotFound only where the host shows its services and not the machine; InvalidInput when
 *   several have the name
 */
export async function findMachine(
  host: JobHost,
  wanted: CreateReferencePointRequest["machine"],
): Promise<Machine> {
  const text = "id" in wanted ? wanted.id : wanted.name;
  const where = "id" in wanted ? { Name: wanted.id } : { ElementName: wanted.name };
  const found = await queryInstances(
    host,
    { namespace: NAMESPACE_V2, className: "Msvm_ComputerSystem", where },
    text,
  );
  // The host itself is listed among its machines, by its name.
  const machines = found.flatMap(({ reference, properties }) => {
    const id = tryParseGuid(textOf(properties, "Name") ?? "");
    return id === undefined || reference === undefined ? [] : [{ id, reference }];
  });
  const [machine, another] = machines;
  if (another !== undefined) {
    throw new DiskError("InvalidInput", {
      what: `the host has ${machines.length} machines with this name`,
      subject: text,
      facts: { ids: machines.map(({ id }) => id).join(", ") },
      remedy: "Use machineId instead.",
    });
  }
  if (machine === undefined) {
    await findService(host, NAMESPACE_V2, "Msvm_VirtualSystemSnapshotService");
    throw new DiskError("NotFound", {
      what: "the host has no such machine",
      subject: text,
      remedy:
        "Check the name or id, and that the machine is on this host and not on another node of " +
        "its cluster.",
    });
  }
  return machine;
}
