import type { ChangeQuery } from "../../provider/disk/backend";
import type { ChangedRange } from "../../provider/disk/ranges";
import { openChangeQuery } from "../../provider/hyperv/disks/change-query";
import type {
  ChangesAnswer,
  ChangesRequest,
  ImageService,
} from "../../provider/hyperv/service/image-service";
import { MIB } from "../../provider/image/bytes";
import { collectRanges } from "../contract/contract-host";

/** A disk of 64 MiB on a host. */
export const DISK = {
  path: "C:\\a.vhdx",
  sizeBytes: 64 * MIB,
  sectorSizeBytes: 512,
  identityText: "a",
};

/** The point in time from which changes are counted. */
export const BASELINE = { kind: "limitId", limitId: "rct:1" } as const;

/** A service that answers change queries by a function, and keeps what it was asked. */
export function serviceThat(
  answer: (request: ChangesRequest) => ChangesAnswer,
): ImageService & { readonly asked: ChangesRequest[] } {
  const asked: ChangesRequest[] = [];
  const getVirtualDiskChanges = (request: ChangesRequest): Promise<ChangesAnswer> => {
    asked.push(request);
    return Promise.resolve(answer(request));
  };
  return { asked, getVirtualDiskChanges } as Partial<ImageService> as ImageService & {
    asked: ChangesRequest[];
  };
}

/** An answer that covers some bytes and lists ranges as offset and length. */
export function answerOf(
  processedBytes: number | bigint,
  ranges: readonly (readonly [number, number])[],
): ChangesAnswer {
  return {
    processedBytes: BigInt(processedBytes),
    offsetsBytes: ranges.map(([offset]) => BigInt(offset)),
    lengthsBytes: ranges.map(([, length]) => BigInt(length)),
  };
}

/** An answer without progress and without lists. */
export const noAnswer: ChangesAnswer = {
  processedBytes: undefined,
  offsetsBytes: undefined,
  lengthsBytes: undefined,
};

/** All changed ranges that a query through a service comes to. */
export async function query(
  service: ImageService,
  window: Partial<ChangeQuery> = {},
  chunkSizeBytes = 1024 * MIB,
): Promise<ChangedRange[]> {
  const given = { path: DISK.path, baseline: BASELINE, ...window } as const;
  return collectRanges(
    await openChangeQuery(
      service,
      DISK,
      given as typeof given & { baseline: typeof BASELINE },
      chunkSizeBytes,
    ),
  );
}
