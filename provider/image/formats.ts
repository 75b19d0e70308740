import type { DiskFormat } from "../disk/formats";
import type { FormatDriver } from "./driver";
import { vhdDriver } from "./vhd/driver";
import { vhdxDriver } from "./vhdx/driver";

/** The driver of each format. Files are recognised in this order. */
export const FORMAT_DRIVERS: Readonly<Record<DiskFormat, FormatDriver>> = {
  vhdx: vhdxDriver,
  vhd: vhdDriver,
};
