import type { DiskBackend } from "../../provider/disk/backend";

/**
 * The same disks behind another backend object: what the next operation of Pulumi, a process of its
 * own, sees.
 */
export function nextRun<Backend extends DiskBackend>(backend: Backend): Backend {
  return new Proxy(backend, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
