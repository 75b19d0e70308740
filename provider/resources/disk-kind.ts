import type { CreateDiskRequest, DiskBackend, DiskTarget } from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import type { PathStyle } from "../disk/host-path";
import type { ParentChange } from "./disk-diff";
import type { DiskState } from "./disk-state";
import type { Declared, FailureList, ParsedInputs } from "./inputs";
import type { Properties, StepContext } from "./resource";

/** Inputs that every disk has. */
export interface DiskInputs {
  readonly path: string;
  readonly sizeBytes?: number | undefined;
  readonly blockSizeBytes?: number | undefined;
  readonly type?: "dynamic" | "fixed" | undefined;
  readonly logicalSectorSizeBytes?: 512 | 4096 | undefined;
  readonly physicalSectorSizeBytes?: 512 | 4096 | undefined;
  readonly adopt?: boolean | undefined;
  readonly createFolder?: boolean | undefined;
  readonly allowDataLoss?: boolean | undefined;
}

/** The names of inputs whose values a disk shows. */
export type DeclarableName =
  "type" | "sizeBytes" | "blockSizeBytes" | "logicalSectorSizeBytes" | "physicalSectorSizeBytes";

/** What one type of disk adds to the flows of disk-lifecycle.ts and disk-check.ts. */
export interface DiskKind<Inputs extends DiskInputs> {
  /** Validates inputs, some of which may be unknown. */
  parseDeclared(style: PathStyle, news: Properties): ParsedInputs<Inputs>;
  /** Reads inputs that were checked before and are all known. @throws InvalidInput */
  parse(style: PathStyle, inputs: Properties): Inputs;
  /** The names of inputs that may be left out and whose values the disk shows. */
  readonly optionalNames: readonly DeclarableName[];
  /** The names of inputs that replace the disk when they change. */
  readonly fixedNames: readonly DeclarableName[];

  /** Adds what is wrong with the inputs, as far as they say by themselves. */
  checkTogether(list: FailureList, values: Partial<Inputs>): void;
  /** Adds what a preview can see to be wrong with the parent. */
  checkParent(list: FailureList, backend: DiskBackend, check: ParentCheck<Inputs>): Promise<void>;

  /** What to ask the backend for. */
  toRequest(inputs: Inputs): CreateDiskRequest;
  /**
   * In which ways a disk that exists is not the declared one, as clauses; none when it is exactly
   * that.
   */
  listDifferences(
    backend: DiskBackend,
    inputs: Inputs,
    disk: VirtualDiskInfo,
    extent: "whole" | "without parent",
  ): Promise<string[]>;

  /** Reads a disk with everything that it needs to be whole. */
  observe(backend: DiskBackend, path: string): Promise<VirtualDiskInfo>;
  /** What to keep of the parent of a disk that was observed now. */
  recordParent(
    backend: DiskBackend,
    disk: VirtualDiskInfo,
    kept: Partial<DiskState>,
  ): Promise<Partial<DiskState>>;
  /** The inputs that cannot be left out, with the values observed. */
  requiredInputs(state: DiskState): Properties;

  /** Compares the recorded parent with the declared one. */
  compareParents(
    backend: DiskBackend,
    state: DiskState,
    news: DeclaredDisk<Inputs>,
  ): Promise<ParentChange>;
  /** Steps of an update besides moving and growing. @returns whether anything was done */
  bringUpToDate(
    backend: DiskBackend,
    target: DiskTarget,
    state: DiskState,
    inputs: Inputs,
  ): Promise<boolean>;
}

/** Declared inputs together with what the SDK adds to them. */
export interface DeclaredDisk<Inputs> extends Declared<Inputs> {
  /**
   * The reference to the resource that is the parent; `unknown` where that resource is new or
   * replaced.
   */
  readonly parentReference: { readonly text: string } | "unknown" | undefined;
  readonly context: StepContext;
}

/** What the check of a parent looks at. */
export interface ParentCheck<Inputs> extends DeclaredDisk<Inputs> {
  /** The inputs before; empty for a new resource. */
  readonly olds: Properties;
}
