import { existsSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import {
  type ChangedRange,
  clipRange,
  endOf,
  normalizeRanges,
} from "../../../provider/disk/ranges";
import { HRESULT, HostException } from "./failure";

/** What is in the `.rct` file beside a tracked disk. */
interface TrackingLog {
  /** New with each start of tracking: ids of an earlier one mean nothing any more. */
  readonly epoch: string;
  /** Each write, oldest first. */
  writes: ChangedRange[];
  /** What the disk's file was like after the last write that was tracked. */
  version: string;
}

/** The part of the changes that one answer says. */
export interface ChangesPart {
  readonly ranges: readonly ChangedRange[];
  readonly processedBytes: number;
}

/** The change tracking of one disk; its memory is beside the disk, as on a real host. */
export class Tracking {
  readonly #path: string;

  /** @param localPath of the disk's file */
  constructor(private readonly localPath: string) {
    this.#path = `${localPath}.rct`;
  }

  enable(): void {
    if (!existsSync(this.#path)) {
      this.#write({ epoch: randomUUID(), writes: [], version: this.#readVersion() });
      writeFileSync(`${this.localPath}.mrt`, "");
    }
  }

  disable(): void {
    unlinkSync(this.#path);
    unlinkSync(`${this.localPath}.mrt`);
  }

  get isEnabled(): boolean {
    return existsSync(this.#path);
  }

  /** The id of this moment. */
  takeId(): string {
    const log = this.#read();
    return `rctX:${log.epoch}:${log.writes.length}`;
  }

  recordWrite(range: ChangedRange): void {
    const log = this.#read();
    this.#write({ ...log, writes: [...log.writes, range], version: this.#readVersion() });
  }

  /**
   * @param window what is asked for
   * @param maxRanges how many ranges the answer holds at most
   * @param targetId where to stop; now unless given
   * @throws the numbers with which a host refuses
   */
  listChanges(
    sinceId: string,
    window: ChangedRange,
    maxRanges: number,
    targetId?: string,
  ): ChangesPart {
    if (!this.isEnabled) {
      throw new HostException(HRESULT.trackingDisabled);
    }
    const log = this.#read();
    if (log.version !== this.#readVersion()) {
      throw new HostException(HRESULT.trackingOffline);
    }
    const first = this.#indexOf(log, sinceId);
    const end = targetId === undefined ? log.writes.length : this.#indexOf(log, targetId);
    const changed = normalizeRanges(
      log.writes.slice(first, end).flatMap((range) => clipRange(range, window) ?? []),
    );
    if (changed.length <= maxRanges) {
      return { ranges: changed, processedBytes: window.lengthBytes };
    }
    const ranges = changed.slice(0, maxRanges);
    const last = ranges.at(-1) ?? window;
    return { ranges, processedBytes: endOf(last) - window.offsetBytes };
  }

  #indexOf(log: TrackingLog, id: string): number {
    const match = /^rctX:([0-9a-f-]{36}):(\d+)$/.exec(id);
    if (match === null) {
      throw new HostException(HRESULT.invalidTrackingId);
    }
    if (match[1] !== log.epoch || Number(match[2]) > log.writes.length) {
      throw new HostException(HRESULT.trackingLost);
    }
    return Number(match[2]);
  }

  #read(): TrackingLog {
    return JSON.parse(readFileSync(this.#path, "utf8")) as TrackingLog;
  }

  #write(log: TrackingLog): void {
    writeFileSync(this.#path, JSON.stringify(log));
  }

  #readVersion(): string {
    const file = statSync(this.localPath, { bigint: true });
    return `${file.size}:${file.mtimeNs}`;
  }
}
