import { utcTextOf } from "../cim/cim-datetime";
import { textOf } from "../cim/cim-values";
import { queryInstances } from "../service/ask-host";
import type { JobHost } from "../service/job-host";

/** How far the times of a file system and of its host may be apart. */
const TOLERANCE_MS = 2000;

/**
 * Whether a file was created after a moment, both by the clock of the host.
 *
 * A file that takes the name of one deleted just before gets the creation time of that one, so the
 * answer may be no without reason, and never yes without reason.
 *
 * @param createdAt the creation time of the file, as `SeenFile.fileId`
 * @param since the moment, in the time of `host.clock`
 * @see Win32_OperatingSystem.LocalDateTime
 */
export async function wasCreatedSince(
  host: JobHost,
  createdAt: string | undefined,
  since: number,
): Promise<boolean> {
  const className = "Win32_OperatingSystem";
  const query = { namespace: "root\\cimv2", className, properties: ["LocalDateTime"] };
  const [system] = await queryInstances(host, query, className);
  const now = Date.parse(utcTextOf(textOf(system?.properties ?? {}, "LocalDateTime") ?? "") ?? "");
  const elapsedMs = host.clock.now() - since;
  return Date.parse(createdAt ?? "") >= now - elapsedMs - TOLERANCE_MS;
}
