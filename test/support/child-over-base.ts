import { GIB } from "../../provider/image/bytes";
import { differencingDiskLifecycle } from "../../provider/resources/differencing-disk";
import type { Properties } from "../../provider/resources/resource";
import { FakeBackend } from "./fake-backend";
import { nextRun } from "./next-run";

/** Where the base is. */
export const BASE = "/golden/base.vhdx";

/** Where the child is, or is to be. */
export const CHILD = "/disks/child.vhdx";

/** What a program declares of the child. */
export const DECLARED: Properties = { path: CHILD, parentPath: BASE };

/** A backend on which only the base exists: 1 GiB, dynamic. */
export function backendWithBase(): FakeBackend {
  const backend = new FakeBackend();
  backend.put({ type: "dynamic", format: "vhdx", path: BASE, sizeBytes: GIB });
  return backend;
}

/** A base and a child that an earlier run made, and what the state keeps of the child. */
export async function created(
  inputs: Properties = DECLARED,
  earlier = backendWithBase(),
): Promise<{ backend: FakeBackend; state: Properties }> {
  const { outputs } = await differencingDiskLifecycle.create(earlier, inputs);
  earlier.calls.length = 0;
  return { backend: nextRun(earlier), state: outputs };
}
