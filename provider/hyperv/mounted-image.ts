import type { CimReference } from "./cim";
import { explainRefusal } from "./host-failure";
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
  try {
    const [mounted] = await host.session.query(query, { timeoutMs: host.callTimeoutMs, signal: host.signal });
    return mounted?.reference;
  } catch (error) {
    throw explainRefusal(error, path);
  }
}
