import type { VirtualDiskInfo } from "../disk/disk";
import type { DiskHost, HostFile } from "../disk/host";
import { SingleFlight } from "../disk/sync/single-flight";
import { identifyUnchanged } from "./parent";
import type { PlaceLocks } from "./place-locks";

/** A child that is complete but for its name. */
interface NewChild {
  readonly path: string;
  readonly publish: () => Promise<void>;
  published?: Promise<void>;
}

/**
 * Lets new children appear. The parent is locked meanwhile, so that nobody who holds it for a
 * change can miss a child. Children of one parent that are complete at the same time are recorded
 * in one step, however many they are.
 */
export class NewChildren<File extends HostFile> {
  readonly #queues = new Map<string, NewChild[]>();
  readonly #steps = new SingleFlight<void>();

  constructor(
    private readonly host: DiskHost<File>,
    private readonly locks: PlaceLocks,
  ) {}

  /**
   * Records a child at its parent, and publishes it then.
   *
   * @param parent as it was proven before; it must still be the same
   * @param publish lets the child appear under its name
   * @throws InUse when the parent changed; what `DiskHost.recordChildren` and `publish` throw
   */
  async publish(
    parent: VirtualDiskInfo,
    path: string,
    publish: () => Promise<void>,
  ): Promise<void> {
    // Only who knows the parent as the same disk may share the proof that it still is.
    const key = [parent.path, parent.linkageId, parent.identity.fileId].join("\n");
    const queue = this.#queues.get(key) ?? [];
    const child: NewChild = { path, publish };
    queue.push(child);
    this.#queues.set(key, queue);
    await this.#steps.share(key, async () => {
      this.#queues.delete(key);
      await this.locks.run([parent.path], () => this.#publishAll(parent, queue));
    });
    await child.published;
  }

  /** What keeps one child from appearing is no reason for the others. */
  async #publishAll(parent: VirtualDiskInfo, children: readonly NewChild[]): Promise<void> {
    const paths = children.map(({ path }) => path);
    await this.host.recordChildren(await identifyUnchanged(this.host, parent), paths);
    const publishing = children.map((child) => {
      child.published = child.publish();
      return child.published;
    });
    await Promise.allSettled(publishing);
  }
}
