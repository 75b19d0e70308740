import type { CimReference } from "../cim/cim-session";
import { queryInstances } from "./ask-host";
import type { JobHost } from "./job-host";

/**
 * Finds a disk that the host has mounted, on hosts whose service has no method for it: before 2016.
 *
 * @param namespace of the service
 * @see Msvm_MountedStorageImage, whose Name is the path of the image
 */
export async function findMountedImage(
  host: JobHost,
  namespace: string,
  path: string,
): Promise<CimReference | undefined> {
  const query = { namespace, className: "Msvm_MountedStorageImage", where: { Name: path } };
  const [mounted] = await queryInstances(host, query, path);
  return mounted?.reference;
}
