import type { DiskBackend } from "../disk/backend";

/** Properties as they travel between Pulumi and the provider: plain JSON values. */
export type Properties = Readonly<Record<string, unknown>>;

/** A problem with one input, shown by Pulumi beside the resource before anything happens. */
export interface CheckFailure {
  readonly property: string;
  /** One or more full sentences. */
  readonly reason: string;
}

/** What a check found, and the inputs to go on with. */
export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
}

/** What will have to be done so that a resource becomes what is declared. */
export interface DiffResult {
  /** Whether anything has to be done. */
  readonly changes: boolean;
  /** The inputs whose change cannot be brought about in place. */
  readonly replaces: readonly string[];
  /**
   * Whether the old resource must go before the new one comes, because both want the same place.
   */
  readonly deleteBeforeReplace: boolean;
}

/** A resource as it was observed. */
export interface ObservedResource {
  readonly id: string;
  /** Everything the state keeps. */
  readonly outputs: Properties;
  /** The declared inputs with the values observed, so that drift shows. */
  readonly inputs: Properties;
}

/** What a door knows of the operation that a step belongs to. */
export interface StepContext {
  /** Whether nothing that the program declares before this resource has been made yet. */
  readonly preview?: boolean | undefined;
  /**
   * Who the resource is, as a string that is the same whenever the same resource is checked or
   * made, and different for any other resource. Absent where the door does not know.
   */
  readonly owner?: string | undefined;
  /**
   * Whether something that this package knows nothing about may prepare the place of the resource
   * first: then a preview does not complain about what is missing.
   */
  readonly isPrepared?: boolean | undefined;
  /** Whether it is decided that the resource is not replaced. */
  readonly isInPlace?: boolean | undefined;
  /** Shows a message to the user. */
  readonly warn?: ((message: string) => void) | undefined;
}

/**
 * The life of one type of resource. Every step can be repeated, and none relies on the state being
 * true.
 *
 * `Host` is the port behind which the resource lives.
 *
 * Properties whose names begin with `__` belong to this package; Pulumi hides them.
 */
export interface ResourceLifecycle<Host = DiskBackend> {
  /**
   * Validates inputs, some of which may be unknown. `olds` are the inputs before, empty for a new
   * resource.
   */
  check(
    host: Host,
    olds: Properties,
    news: Properties,
    context?: StepContext,
  ): Promise<CheckResult>;

  /** Compares the outputs kept in the state with the declared inputs. */
  diff(host: Host, olds: Properties, news: Properties, context?: StepContext): Promise<DiffResult>;

  /** Makes the resource. */
  create(host: Host, inputs: Properties, context?: StepContext): Promise<ObservedResource>;

  /** Observes the resource; `undefined` when it is proven to be gone. */
  read(host: Host, id: string, recorded: Properties): Promise<ObservedResource | undefined>;

  /** Brings the resource to what is declared, in place. */
  update(host: Host, id: string, olds: Properties, news: Properties): Promise<ObservedResource>;

  /** Removes the resource; one that is gone already counts as removed. */
  delete(host: Host, id: string, recorded: Properties, context?: StepContext): Promise<void>;
}
