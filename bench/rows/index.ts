import type { Row } from "../support/row";
import { calls } from "./calls";
import { chain } from "./chain";
import { contentChain, contentFull } from "./content";
import { cpu } from "./cpu";
import { folder } from "./folder";
import { hyperv } from "./hyperv";
import { memory } from "./memory";
import { opening } from "./opening";
import { packageSize } from "./package";
import { pulumiAlone, pulumiRow } from "./pulumi";
import { ranges } from "./ranges";
import { start } from "./start";

/** All comparisons, in the order of the report. */
export const ROWS: readonly Row[] = [
  pulumiRow,
  pulumiAlone,
  cpu,
  calls,
  folder,
  contentFull,
  contentChain,
  opening,
  ranges,
  chain,
  memory,
  hyperv,
  start,
  packageSize,
];
