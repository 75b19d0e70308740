import type { DiskTarget } from "../disk/backend";
import { isDiskError } from "../disk/errors";
import type { HostFile } from "../disk/host";
import { assertSameDisk, isSameDisk } from "../disk/identity";
import { createUnprovenAbsenceError, isAbsenceProven } from "./absence";
import type { Guard } from "./guarded-backend";

/** @throws the codes of `DiskBackend.locateDisk` */
export async function locateDisk<File extends HostFile>(
  { host }: Guard<File>,
  { path, identity }: DiskTarget,
): Promise<string | undefined> {
  try {
    assertSameDisk(path, identity, (await host.identify(path)).identity);
    return path;
  } catch (error) {
    if (!isDiskError(error, "NotFound")) {
      throw error;
    }
    const movedPath = await host.findMoved(path);
    if (
      movedPath !== undefined &&
      isSameDisk(identity, (await host.identify(movedPath)).identity)
    ) {
      return movedPath;
    }
    const place = await host.examinePlace(path);
    if (!(await isAbsenceProven(host, identity.folderId, place))) {
      throw createUnprovenAbsenceError(path, place, error);
    }
    return undefined;
  }
}
