import type { VirtualDiskInfo } from "../disk/disk";
import { describeBytes } from "../disk/rules/quantities";
import type { DeclarableName } from "./disk-kind";

/** A clause for each declared value that a disk does not have. */
export function listDifferingValues(
  declared: { readonly [Name in DeclarableName]?: VirtualDiskInfo[Name] | undefined },
  disk: VirtualDiskInfo,
): string[] {
  const names = Object.keys(declared) as DeclarableName[];
  return names
    .filter((name) => declared[name] !== undefined && declared[name] !== disk[name])
    .map(
      (name) =>
        `${name} is ${describeValue(disk[name])}, but ${describeValue(declared[name])} is declared`,
    );
}

function describeValue(value: string | number | undefined): string {
  return typeof value === "number" ? describeBytes(value) : String(value);
}
