import {
  PARENT_REFERENCE_INPUT,
  createParentReference,
} from "../../provider/resources/parent-reference";
import { PartiallyDoneError } from "../../provider/resources/partially-done";
import type { Properties, ResourceLifecycle } from "../../provider/resources/resource";
import { UNKNOWN_VALUE } from "../../provider/resources/unknown";
import { differencingDiskLifecycle } from "../../provider/resources/differencing-disk";
import { virtualDiskLifecycle } from "../../provider/resources/virtual-disk";
import type { FakeBackend } from "./fake-backend";
import { nextRun } from "./next-run";

/** A disk as a program declares it. */
export interface DeclaredDisk {
  readonly name: string;
  /** Without the path of a parent that is a resource. */
  readonly inputs: Properties;
  /** The name of the resource whose `path` is the `parentPath`. */
  readonly parent?: string | undefined;
}

/**
 * What an operation did, or would do: `create base`, in order; the last one is `fail name` where it
 * failed, and `fail to delete name` where a disk could not be deleted.
 */
export type Operations = readonly string[];

interface KeptResource {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly disk: DeclaredDisk;
}

/**
 * As much of Pulumi's engine as decides what is done to a resource: check, diff, the check again of
 * a replacement, dependents that are deleted before their parent is replaced, and deletions at the
 * end, children first.
 */
export class ModelEngine {
  readonly #backend: FakeBackend;
  readonly #state = new Map<string, KeptResource>();

  constructor(backend: FakeBackend) {
    this.#backend = backend;
  }

  preview(program: readonly DeclaredDisk[]): Promise<Operations> {
    return new Run(nextRun(this.#backend), new Map(this.#state), true).perform(program);
  }

  async update(program: readonly DeclaredDisk[]): Promise<Operations> {
    const run = new Run(nextRun(this.#backend), this.#state, false);
    return run.perform(program);
  }

  /** Loses what was recorded of a disk, as when the engine is killed before it records it. */
  forget(path: string): void {
    for (const [name, { inputs }] of this.#state) {
      if (inputs["path"] === path) {
        this.#state.delete(name);
      }
    }
  }

  /** Drops the resources from the state whose disks are gone. */
  async refresh(): Promise<void> {
    for (const [name, { id, outputs, disk }] of this.#state) {
      const observed = await lifecycleOf(disk).read(this.#backend, id, outputs);
      if (observed === undefined) {
        this.#state.delete(name);
      }
    }
  }
}

class Run {
  readonly #operations: string[] = [];
  /** Resources whose id a preview does not know: they are new, or replaced. */
  readonly #unknown = new Set<string>();
  readonly #deletedFirst = new Set<string>();
  /** What was replaced at another path goes at the end. */
  readonly #replaced: KeptResource[] = [];
  #isDeleting = false;

  constructor(
    readonly backend: FakeBackend,
    readonly state: Map<string, KeptResource>,
    readonly isPreview: boolean,
  ) {}

  async perform(program: readonly DeclaredDisk[]): Promise<Operations> {
    for (const disk of program) {
      try {
        await this.#bring(disk, program);
      } catch {
        return [...this.#operations, this.#describeFailure(disk.name)];
      }
    }
    const names = new Set(program.map(({ name }) => name));
    const gone = [...this.state.values()].filter(({ disk }) => !names.has(disk.name));
    for (const resource of [...this.#replaced, ...gone].toSorted(
      (left, right) => depthOf(right) - depthOf(left),
    )) {
      const { name } = resource.disk;
      try {
        await this.#deleteResource(resource);
      } catch {
        return [...this.#operations, this.#describeFailure(name)];
      }
      if (gone.includes(resource)) {
        this.state.delete(name);
        this.#operations.push(`delete ${name}`);
      }
    }
    return this.#operations;
  }

  async #bring(disk: DeclaredDisk, program: readonly DeclaredDisk[]): Promise<void> {
    const old = this.state.get(disk.name);
    const lifecycle = lifecycleOf(disk);
    const news = this.#declare(disk, program);
    await this.#check(disk, old?.inputs ?? {}, news);
    if (old === undefined) {
      await this.#create(disk, news, this.#deletedFirst.has(disk.name) ? "replace" : "create");
      return;
    }
    const diff = await lifecycle.diff(this.backend, old.outputs, news, { preview: this.isPreview });
    if (diff.replaces.length > 0) {
      await this.#check(disk, {}, news);
      if (diff.deleteBeforeReplace) {
        await this.#deleteWithDependents(disk.name);
        await this.#create(disk, news, "replace");
      } else {
        await this.#create(disk, news, "replace");
        this.#replaced.push(old);
      }
    } else if (diff.changes) {
      const outputs = this.isPreview ? old.outputs : await this.#update(old, news, disk);
      this.state.set(disk.name, { ...old, inputs: news, outputs, disk });
      this.#operations.push(`update ${disk.name}`);
    } else {
      this.state.set(disk.name, { ...old, inputs: news, disk });
      this.#operations.push(`same ${disk.name}`);
    }
  }

  /** What was done of an update that failed half-way is recorded, as the engine does. */
  async #update(old: KeptResource, news: Properties, disk: DeclaredDisk): Promise<Properties> {
    try {
      return (await lifecycleOf(disk).update(this.backend, old.id, old.outputs, news)).outputs;
    } catch (error) {
      if (error instanceof PartiallyDoneError) {
        const { outputs } = error.resource;
        this.state.set(disk.name, { ...old, inputs: news, outputs, disk });
      }
      throw error;
    }
  }

  #declare({ inputs, parent }: DeclaredDisk, program: readonly DeclaredDisk[]): Properties {
    const base = program.find((disk) => disk.name === parent);
    if (base === undefined) {
      return inputs;
    }
    const id = this.state.get(base.name)?.id ?? "";
    const isUnknown = this.isPreview && this.#unknown.has(base.name);
    const reference = isUnknown ? UNKNOWN_VALUE : createParentReference(base.name, id);
    return { ...inputs, parentPath: base.inputs["path"], [PARENT_REFERENCE_INPUT]: reference };
  }

  async #check(disk: DeclaredDisk, olds: Properties, news: Properties): Promise<void> {
    const context = { preview: this.isPreview, owner: disk.name };
    const { failures } = await lifecycleOf(disk).check(this.backend, olds, news, context);
    if (failures.length > 0) {
      throw new Error(failures.map(({ reason }) => reason).join(" "));
    }
  }

  async #create(disk: DeclaredDisk, inputs: Properties, operation: string): Promise<void> {
    this.#unknown.add(disk.name);
    const made = this.isPreview
      ? { id: String(inputs["path"]), outputs: {} }
      : await lifecycleOf(disk).create(this.backend, inputs, { owner: disk.name });
    this.state.set(disk.name, { id: made.id, inputs, outputs: made.outputs, disk });
    this.#operations.push(`${operation} ${disk.name}`);
  }

  async #deleteWithDependents(name: string): Promise<void> {
    for (const [dependentName, dependent] of this.state) {
      if (dependent.disk.parent === name && dependentName !== name) {
        const news = {
          ...dependent.inputs,
          parentPath: UNKNOWN_VALUE,
          [PARENT_REFERENCE_INPUT]: UNKNOWN_VALUE,
        };
        await lifecycleOf(dependent.disk).diff(this.backend, dependent.outputs, news, {
          preview: this.isPreview,
        });
        await this.#deleteWithDependents(dependentName);
        this.#deletedFirst.add(dependentName);
      }
    }
    await this.#delete(name);
  }

  async #delete(name: string): Promise<void> {
    await this.#deleteResource(this.state.get(name)!);
    this.state.delete(name);
  }

  async #deleteResource({ id, outputs, disk }: KeptResource): Promise<void> {
    if (!this.isPreview) {
      this.#isDeleting = true;
      await lifecycleOf(disk).delete(this.backend, id, outputs);
      this.#isDeleting = false;
    }
  }

  #describeFailure(name: string): string {
    return `${this.#isDeleting ? "fail to delete" : "fail"} ${name}`;
  }
}

/** Children are deleted before their parents. */
function depthOf({ disk }: KeptResource): number {
  return disk.parent === undefined ? 0 : 1;
}

function lifecycleOf({ inputs, parent }: DeclaredDisk): ResourceLifecycle {
  return parent === undefined && inputs["parentPath"] === undefined
    ? virtualDiskLifecycle
    : differencingDiskLifecycle;
}
