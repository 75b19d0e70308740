import type { VirtualDiskInfo } from "../disk/disk";
import type { DiskHost, HostFile } from "../disk/host";
import { SingleFlight } from "../disk/sync/single-flight";
import { identifyUnchanged } from "./parent";
import type { PlaceLocks } from "./place-locks";

/** A child that is complete but for its name. */
interface NewChild {
  readonly path: string;
  /** Lets it appear, and tells whoever waits for it. Never fails. */
  readonly appear: () => Promise<void>;
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
  publish(parent: VirtualDiskInfo, path: string, publish: () => Promise<void>): Promise<void> {
    // Only who knows the parent as the same disk may share the proof that it still is.
    const key = [parent.path, parent.linkageId, parent.identity.fileId].join("\n");
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(key) ?? [];
      queue.push({ path, appear: () => publish().then(resolve, reject) });
      this.#queues.set(key, queue);
      const step = this.#steps.share(key, async () => {
        this.#queues.delete(key);
        await this.locks.run([parent.path], () => this.#publishAll(parent, queue));
      });
      step.catch(reject);
    });
  }

  /**
   * One child appears after the other, since some hosts open the parent for each. What keeps one
   * from appearing is no reason for the others.
   */
  async #publishAll(parent: VirtualDiskInfo, children: readonly NewChild[]): Promise<void> {
    const paths = children.map(({ path }) => path);
    await this.host.recordChildren(await identifyUnchanged(this.host, parent), paths);
    for (const child of children) {
      await child.appear();
    }
  }
}
