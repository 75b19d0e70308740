import { existsSync, readFileSync } from "node:fs";
import type {
  ChangeBaseline,
  ChangeStream,
  CreateBaseRequest,
  CreateDifferencingRequest,
  DiskBackend,
  DiskTarget,
} from "../../provider/disk/backend";
import type { DiskFormat, VirtualDiskInfo } from "../../provider/disk/disk";
import { type ChangedRange, normalizeRanges } from "../../provider/disk/ranges";

/**
 * A host on which the contract of `DiskBackend` is proven, and the hands to do there what Pulumi
 * does not do.
 */
export interface ContractHost {
  readonly backend: DiskBackend;
  /** The full path of a file or folder, in the host's style. */
  path(...names: string[]): string;
  /** Where that file is on the machine that runs the tests. */
  toLocal(path: string): string;
  makeFolder(path: string): void;
  /** Writes into a disk as a machine does that uses it. */
  writeContent(path: string, offsetBytes: number, bytes: Uint8Array): Promise<void>;
  /** Lets another program hold a disk, until the returned function is called. */
  hold(path: string): Promise<() => Promise<void>>;
  /**
   * Takes the present as the baseline for the changes of a differencing disk that nobody has
   * written to yet.
   */
  takeBaseline(path: string): Promise<ChangeBaseline>;
  /** A baseline that does not exist. */
  readonly strangeBaseline: ChangeBaseline;
}

/** What tests can do on a host. */
export interface TestAbilities {
  /** Whether changes can be asked for. */
  readonly hasBaselines: boolean;
  /** Whether another program can hold a disk so that the host says so. */
  readonly canHold: boolean;
}

/** Makes a host for the tests of one file; called once, before the first test. */
export type MakeContractHost = () => ContractHost | Promise<ContractHost>;

export const MIB = 1024 * 1024;

/** The formats, and what differs between them. */
export const FORMATS: readonly DiskFormat[] = ["vhd", "vhdx"];

/**
 * The files of one test: a folder of its own, and short names for what tests do again and again.
 */
export class TestDisks {
  constructor(
    readonly host: ContractHost,
    readonly format: DiskFormat,
    private readonly folder: string,
  ) {
    host.makeFolder(host.path(folder));
  }

  /** The path of a disk of the test's format; the name goes without extension. */
  at(...names: string[]): string {
    return `${this.host.path(this.folder, ...names)}.${this.format}`;
  }

  get backend(): DiskBackend {
    return this.host.backend;
  }

  makeBase(name: string, request: Partial<CreateBaseRequest> = {}): Promise<VirtualDiskInfo> {
    const sizeBytes = 16 * MIB;
    return this.backend.createDisk({
      type: "dynamic",
      format: this.format,
      path: this.at(name),
      sizeBytes,
      ...request,
    });
  }

  makeChild(
    name: string,
    parentPath: string,
    request: Partial<CreateDifferencingRequest> = {},
  ): Promise<VirtualDiskInfo> {
    const { format } = this;
    return this.backend.createDisk({
      type: "differencing",
      format,
      path: this.at(name),
      parentPath,
      ...request,
    });
  }

  exists(path: string): boolean {
    return existsSync(this.host.toLocal(path));
  }

  readBytes(path: string): Buffer {
    return readFileSync(this.host.toLocal(path));
  }
}

/** A disk as the state of a stack records it. */
export function targetOf(disk: VirtualDiskInfo): DiskTarget {
  return { path: disk.path, identity: disk.identity };
}

/**
 * All ranges of an answer in the form of every answer; the promises about batches are checked on
 * the way.
 */
export async function collectRanges(stream: ChangeStream): Promise<ChangedRange[]> {
  const ranges: ChangedRange[] = [];
  let processedToBytes = stream.window.offsetBytes;
  for await (const batch of stream.batches) {
    expect(batch.processedToBytes).toBeGreaterThanOrEqual(processedToBytes);
    expect(normalizeRanges(batch.ranges)).toEqual(batch.ranges);
    processedToBytes = batch.processedToBytes;
    ranges.push(...batch.ranges);
  }
  expect(processedToBytes).toBe(stream.window.offsetBytes + stream.window.lengthBytes);
  expect(ranges).toEqual(ranges.toSorted((left, right) => left.offsetBytes - right.offsetBytes));
  return normalizeRanges(ranges);
}
