import { DiskError } from "../../disk/errors";
import type { CimReference } from "../cim/cim-session";
import { hasClass, queryInstances } from "./ask-host";
import type { ImageService } from "./image-service";
import { ImageServiceV2 } from "./image-service";
import { ImageServiceV1 } from "./image-service-v1";
import type { JobHost } from "./job-host";

/** Where Windows Server 2012 and later keep everything about Hyper-V. */
export const NAMESPACE_V2 = "root\\virtualization\\v2";
const NAMESPACE_V1 = "root\\virtualization";
const IMAGE_SERVICE = "Msvm_ImageManagementService";

/**
 * Finds the image management service of a host: the newer generation, and the older one only where
 * the newer does not exist. What is merely denied, hidden or out of reach never leads to the older
 * one.
 *
 * @throws AccessDenied when the host hides the service from this account; NotSupported when the
 *   host has neither generation; HostUnreachable and others as the session
 */
export async function openImageService(host: JobHost): Promise<ImageService> {
  if (await hasClass(host, NAMESPACE_V2, IMAGE_SERVICE)) {
    return new ImageServiceV2(host, await findService(host, NAMESPACE_V2, IMAGE_SERVICE));
  }
  if (await hasClass(host, NAMESPACE_V1, IMAGE_SERVICE)) {
    return new ImageServiceV1(host, await findService(host, NAMESPACE_V1, IMAGE_SERVICE));
  }
  throw new DiskError("NotSupported", {
    what: "the host has no image management service",
    facts: { namespaces: `${NAMESPACE_V2}, ${NAMESPACE_V1}` },
    remedy: "Install the Hyper-V role on the host, or choose another host.",
  });
}

/**
 * Finds the one instance of a service.
 *
 * @throws AccessDenied when there is none to be seen: the class is there, so the instance is as
 *   well
 */
export async function findService(
  host: JobHost,
  namespace: string,
  className: string,
): Promise<CimReference> {
  const [instance] = await queryInstances(host, { namespace, className }, className);
  if (instance?.reference !== undefined) {
    return instance.reference;
  }
  throw new DiskError("AccessDenied", {
    what: "the host shows no instance of its service to this account",
    subject: `${namespace}:${className}`,
    remedy:
      "Use an elevated session of an account in the group Hyper-V Administrators. If it is one, " +
      "check that the Hyper-V role is installed and that the vmms service is running.",
  });
}
