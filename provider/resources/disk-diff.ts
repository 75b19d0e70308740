import type { DiskBackend } from "../disk/backend";
import type { DiskFormat } from "../disk/disk";
import { assertCanGrow, findGrowthProblem } from "../disk/rules/growth";
import { formatOfPath, isSamePath } from "../disk/host-path";
import type { FailureList } from "./inputs";
import type { DiffResult, Properties } from "./resource";
import { isUnknown } from "./unknown";

/** What the comparison of a disk's parent or other special inputs found. */
export interface SpecialChanges {
  readonly changes: boolean;
  readonly replaces: readonly string[];
}

/**
 * Compares what all disks have: place, size and the values fixed for life.
 *
 * @param fixedNames inputs that cannot change in place; one that is left out stays as it is
 * @param special what was found about inputs of one type of disk
 * @throws OutOfRange when the disk would have to shrink; NotSupported when a VHD would have to grow
 */
export function diffDisk(
  backend: DiskBackend,
  olds: Properties,
  news: Properties,
  fixedNames: readonly string[],
  special: SpecialChanges = { changes: false, replaces: [] },
): DiffResult {
  const replaces = [...special.replaces, ...fixedNames.filter((name) => isDeclaredDifferently(olds, news, name))];
  const place = comparePlaces(backend, olds, news);
  if (place === "another format") {
    replaces.push("path");
  }
  if (replaces.length > 0) {
    return { changes: true, replaces, deleteBeforeReplace: place === "same" || place === "unknown" };
  }
  const grows = mustGrow(olds, news);
  return { changes: special.changes || grows || place !== "same", replaces: [], deleteBeforeReplace: false };
}

/**
 * Adds what can be said about a changed size from the inputs alone, so that it shows beside the input.
 *
 * @param olds the inputs before
 */
export function checkSizeChange(
  list: FailureList,
  olds: Properties,
  sizeBytes: number | undefined,
  path: unknown,
): void {
  const oldSizeBytes = olds["sizeBytes"];
  if (typeof oldSizeBytes !== "number" || sizeBytes === undefined || olds["path"] !== path) {
    return;
  }
  if (typeof path === "string") {
    const format = formatOfPath(path) ?? "vhdx";
    list.addProblem(findGrowthProblem({ format, sizeBytes: oldSizeBytes }, sizeBytes));
  }
}

function isDeclaredDifferently(olds: Properties, news: Properties, name: string): boolean {
  return news[name] !== undefined && news[name] !== olds[name];
}

type PlaceChange = "same" | "moved" | "another format" | "unknown";

function comparePlaces(backend: DiskBackend, olds: Properties, news: Properties): PlaceChange {
  const oldPath = String(olds["path"]);
  const newPath = news["path"];
  if (isUnknown(newPath) || typeof newPath !== "string") {
    return "unknown";
  }
  if (isSamePath(backend.pathStyle, oldPath, newPath)) {
    return "same";
  }
  return formatOfPath(oldPath) === formatOfPath(newPath) ? "moved" : "another format";
}

function mustGrow(olds: Properties, news: Properties): boolean {
  const { sizeBytes } = news;
  const presentSizeBytes = olds["sizeBytes"];
  if (isUnknown(sizeBytes)) {
    return true;
  }
  if (typeof sizeBytes !== "number" || typeof presentSizeBytes !== "number" || sizeBytes === presentSizeBytes) {
    return false;
  }
  assertCanGrow(
    { path: String(olds["path"]), format: olds["format"] as DiskFormat, sizeBytes: presentSizeBytes },
    sizeBytes,
  );
  return true;
}
