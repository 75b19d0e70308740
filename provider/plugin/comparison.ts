import { type PathStyle, isSamePath } from "../disk/host-path";
import type { DiffResult, Properties } from "../resources/resource";
import { isUnknown } from "../resources/unknown";

/** How one input differs from what the state holds. */
export interface InputChange {
  readonly name: string;
  /** `add` where the state holds no value. */
  readonly kind: "add" | "update";
  /** Whether the resource is replaced because of it. */
  readonly replaces: boolean;
}

/** What there is to compare. */
export interface Comparison {
  /** What the lifecycle decided. */
  readonly diff: DiffResult;
  /** The outputs in the state. */
  readonly olds: Properties;
  /** The inputs in the state, for those that are not among the outputs. */
  readonly oldInputs: Properties;
  readonly news: Properties;
  readonly pathStyle: PathStyle;
}

/**
 * Lists the inputs behind a decision of a lifecycle: those that make it replace the resource first.
 *
 * An input that the program no longer gives stays as it is, and is no change.
 */
export function listInputChanges({
  diff,
  olds,
  oldInputs,
  news,
  pathStyle,
}: Comparison): InputChange[] {
  if (!diff.changes) {
    return [];
  }
  const oldValueOf = (name: string): unknown => olds[name] ?? oldInputs[name];
  const changed = Object.keys(news).filter(
    (name) => !name.startsWith("__") && isChanged(name, oldValueOf(name), news[name], pathStyle),
  );
  return [...new Set([...diff.replaces, ...changed])].map((name) => ({
    name,
    kind: oldValueOf(name) === undefined ? "add" : "update",
    replaces: diff.replaces.includes(name),
  }));
}

/** The outputs that an update in place leaves as they are; none when the resource is replaced. */
export function listStableOutputs(
  { diff, olds }: Comparison,
  changes: readonly InputChange[],
): string[] {
  const changedNames = changes.map(({ name }) => name);
  return diff.replaces.length > 0
    ? []
    : Object.keys(olds).filter((name) => !name.startsWith("__") && !changedNames.includes(name));
}

function isChanged(
  name: string,
  oldValue: unknown,
  newValue: unknown,
  pathStyle: PathStyle,
): boolean {
  if (newValue === undefined) {
    return false;
  }
  if (isUnknown(newValue)) {
    return true;
  }
  if (/path$/i.test(name) && typeof oldValue === "string" && typeof newValue === "string") {
    return !isSamePath(pathStyle, oldValue, newValue);
  }
  return JSON.stringify(oldValue) !== JSON.stringify(newValue);
}
