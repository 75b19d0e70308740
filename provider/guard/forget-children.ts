import type { DiskHost } from "../disk/host";
import { SingleFlight } from "../disk/sync/single-flight";
import type { PlaceLocks } from "./place-locks";

/**
 * Takes back what is recorded of children at their parents. Those that go at the same time are
 * forgotten in one step, however many they are.
 */
export class ForgottenChildren {
  readonly #queues = new Map<string, string[]>();
  readonly #steps = new SingleFlight<void>();

  constructor(
    private readonly host: Pick<DiskHost, "forgetChildren">,
    private readonly locks: PlaceLocks,
  ) {}

  /**
   * Forgets a child that is gone, or has another parent. The caller holds no lock: a parent that
   * moves is locked together with its children.
   *
   * @param parentPath where the parent is, or was; one that is gone is fine
   */
  forget(parentPath: string, childPath: string): Promise<void> {
    const queue = this.#queues.get(parentPath) ?? [];
    queue.push(childPath);
    this.#queues.set(parentPath, queue);
    return this.#steps.share(parentPath, async () => {
      this.#queues.delete(parentPath);
      await this.locks.run([parentPath], () => this.host.forgetChildren(parentPath, queue));
    });
  }
}
