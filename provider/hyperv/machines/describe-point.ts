import { DiskError, isDiskError } from "../../disk/errors";
import { tryParseGuid } from "../../disk/guid";
import { formatOfPath } from "../../disk/host-path";
import type { ReferencePoint, ReferencePointDisk } from "../../disk/reference-point";
import type { CimInstance } from "../cim/cim-session";
import { numberOf, textOf, textsOf } from "../cim/cim-values";
import { listAssociated, queryInstances } from "../service/ask-host";
import type { ImageService } from "../service/image-service";
import type { JobHost } from "../service/job-host";
import { NAMESPACE_V2, openImageService } from "../service/open-service";
import { CONSISTENCY, idOf } from "./checkpoints";

const ALLOCATION = "Msvm_StorageAllocationSettingData";

/** @param point an instance of `Msvm_VirtualSystemReferencePoint` */
export async function describePoint(host: JobHost, point: CimInstance): Promise<ReferencePoint> {
  const { properties } = point;
  const diskIds = textsOf(properties, "VirtualDiskIdentifiers") ?? [];
  const limitIds = textsOf(properties, "ResilientChangeTrackingIdentifiers") ?? [];
  if (diskIds.length !== limitIds.length) {
    throw new DiskError("Internal", {
      what: "the host does not report which limit id belongs to which disk",
      subject: idOf(point),
      facts: { disks: diskIds.length, "limit ids": limitIds.length },
      remedy:
        "Take another reference point. Report this together with the Windows version of the host.",
    });
  }
  const service = await openImageService(host);
  const disks = limitIds.map(async (limitId, index): Promise<ReferencePointDisk> => {
    const path = await findPath(host, diskIds[index] ?? "");
    return { limitId, ...(path === undefined ? {} : await describeDisk(service, path)) };
  });
  return { ...describeMoment(point), isHeld: false, disks: await Promise.all(disks) };
}

/**
 * Describes a recovery checkpoint that holds its content. The disks in its settings are those that
 * do not change any more.
 *
 * @param checkpoint an instance of `Msvm_VirtualSystemSettingData`
 */
export async function describeHeld(
  host: JobHost,
  checkpoint: CimInstance,
): Promise<ReferencePoint> {
  const service = await openImageService(host);
  const source = checkpoint.reference;
  const query = source && { source, resultClassName: ALLOCATION };
  const allocations =
    query === undefined ? [] : await listAssociated(host, query, idOf(checkpoint));
  const paths = allocations.flatMap(
    ({ properties }) => textsOf(properties, "HostResource")?.slice(0, 1) ?? [],
  );
  const disks = paths
    .filter((path) => formatOfPath(path) !== undefined)
    .map((path) => describeDisk(service, path));
  return { ...describeMoment(checkpoint), isHeld: true, disks: await Promise.all(disks) };
}

function describeMoment(
  instance: CimInstance,
): Pick<ReferencePoint, "id" | "machineId" | "consistency"> {
  const { properties } = instance;
  const level = numberOf(properties, "ConsistencyLevel");
  const consistency = (["application", "crash"] as const).find(
    (name) => CONSISTENCY[name] === level,
  );
  return {
    id: idOf(instance),
    machineId: tryParseGuid(textOf(properties, "VirtualSystemIdentifier") ?? "") ?? "",
    ...(consistency === undefined ? {} : { consistency }),
  };
}

/** @param allocationId names the place of the disk in the machine's settings, not the disk */
async function findPath(host: JobHost, allocationId: string): Promise<string | undefined> {
  const query = {
    namespace: NAMESPACE_V2,
    className: ALLOCATION,
    where: { InstanceID: allocationId },
  };
  const [allocation] = await queryInstances(host, query, allocationId);
  return allocation === undefined ? undefined : textsOf(allocation.properties, "HostResource")?.[0];
}

/**
 * A disk that is busy or gone has no id to be read, and what else is known of it is good all the
 * same.
 */
async function describeDisk(
  service: ImageService,
  path: string,
): Promise<Pick<ReferencePointDisk, "path" | "diskId">> {
  try {
    const { diskId } = await service.getVirtualHardDiskSettingData(path);
    return { path, ...(diskId === undefined ? {} : { diskId }) };
  } catch (error) {
    if ((["InUse", "NotFound", "AccessDenied"] as const).some((code) => isDiskError(error, code))) {
      return { path };
    }
    throw error;
  }
}
