import { pathKey } from "../../disk/host-path";
import type { SingleFlight } from "../../disk/sync/single-flight";
import type { ImageService } from "../service/image-service";
import type { JobHost } from "../service/job-host";
import type { MachineDisk } from "../service/machine-disks";
import type { HostFiles } from "./host-files";
import type { HostAnswers, ObservedDisk } from "./observe-disk";

/** One host, as the parts of this folder share it. */
export interface HostDisks {
  readonly host: JobHost;
  readonly files: HostFiles;
  /** The image service, found when it is first needed. @throws the codes of `openImageService` */
  readonly openService: () => Promise<ImageService>;
  /** The disks of all machines; callers at the same time share one answer. */
  readonly listMachineDisks: () => Promise<readonly MachineDisk[]>;
  /** What was seen of disks just now. */
  readonly recent: Recently<ObservedDisk>;
  /** Lets those who look at one disk at the same time share what is seen: nearly always a parent. */
  readonly looks: SingleFlight<HostAnswers>;
}

/**
 * For how long what was seen of a disk may be used again. The steps of one change follow each other
 * faster than this; and whatever deletes, moves or changes a disk reads its ids once more, whatever
 * is remembered.
 */
const RECENT_MS = 2000;

/** Remembers what was found out about paths, for moments, and only while a change is under way. */
export class Recently<T> {
  readonly #values = new Map<string, { readonly value: T; readonly at: number }>();
  #changes = 0;

  /** @param now returns the time in milliseconds */
  constructor(private readonly now: () => number) {}

  /** Says that a change begins. @returns says that it has ended; idempotent */
  begin(): () => void {
    this.#changes += 1;
    let isOver = false;
    return () => {
      this.#changes -= isOver ? 0 : 1;
      isOver = true;
      if (this.#changes === 0) {
        this.#values.clear();
      }
    };
  }

  remember(path: string, value: T): void {
    if (this.#changes > 0) {
      this.#values.set(pathKey("win32", path), { value, at: this.now() });
    }
  }

  /** @returns `undefined` where nothing was found out just now */
  recall(path: string): T | undefined {
    const known = this.#values.get(pathKey("win32", path));
    return known === undefined || this.now() - known.at > RECENT_MS ? undefined : known.value;
  }

  /** As {@link recall}, once. */
  take(path: string): T | undefined {
    const value = this.recall(path);
    this.forget(path);
    return value;
  }

  forget(path: string): void {
    this.#values.delete(pathKey("win32", path));
  }
}
