import fc from "fast-check";
import { type DeclaredDisk, ModelEngine, type Operations } from "../support/model-engine";
import { ModelBackend } from "../support/model-backend";
import { soakRuns } from "../support/soak";

const MIB = 1024 * 1024;

/** Few paths and sizes, so that edits meet: moves, swaps, replacements, parents that change. */
const bases = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom("base-1", "base-2"),
    path: fc.constantFrom("/golden/a.vhdx", "/golden/b.vhdx", "/golden/c.vhdx", "/far/a.vhdx"),
    sizeBytes: fc.constantFrom(16 * MIB, 32 * MIB),
    blockSizeBytes: fc.constantFrom(undefined, 2 * MIB, 4 * MIB),
    adopt: fc.constantFrom(undefined, undefined, true),
  }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 2 },
);

const children = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom("child-1", "child-2", "child-3"),
    path: fc.constantFrom("/disks/1.vhdx", "/disks/2.vhdx", "/disks/3.vhdx"),
    parent: fc.nat(1),
    sizeBytes: fc.constantFrom(undefined, undefined, 64 * MIB),
    blockSizeBytes: fc.constantFrom(undefined, undefined, 1 * MIB),
  }),
  { selector: ({ name }) => name, maxLength: 3 },
);

const program = fc
  .tuple(bases, children)
  .map(([declaredBases, declaredChildren]): readonly DeclaredDisk[] => [
    ...declaredBases.map(({ name, ...inputs }) => ({ name, inputs: defined(inputs) })),
    ...declaredChildren.map(({ name, parent, ...inputs }) => ({
      name,
      inputs: defined(inputs),
      parent: declaredBases[parent % declaredBases.length]?.name,
    })),
  ]);

/**
 * Between two operations of Pulumi, somebody may write to a disk, lose a file or put one there, or
 * the engine may be killed before it recorded what was made.
 */
const incident = fc.option(
  fc.record({
    kind: fc.constantFrom("write" as const, "remove" as const, "put" as const, "forget" as const),
    path: fc.constantFrom("/golden/a.vhdx", "/golden/b.vhdx", "/disks/1.vhdx", "/disks/2.vhdx"),
  }),
  { freq: 4 },
);

const story = fc.array(fc.record({ program, incident, refresh: fc.boolean() }), {
  minLength: 2,
  maxLength: 5,
});

function defined(inputs: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
}

describe("a preview", () => {
  it("says what the update that follows does, whatever the program was and becomes", async () => {
    await fc.assert(
      fc.asyncProperty(story, async (steps) => {
        const backend = new ModelBackend();
        const engine = new ModelEngine(backend);
        for (const step of steps) {
          happen(step.incident, backend, engine);
          // A refresh that finds a broken chain stops Pulumi, and the user with it.
          if (step.refresh && !(await refresh(engine))) {
            return;
          }
          const preview = await engine.preview(step.program);
          const update = await engine.update(step.program);
          assertForetold(preview, update);
        }
      }),
      { numRuns: soakRuns(500) },
    );
  });
});

interface Incident {
  readonly kind: "write" | "remove" | "put" | "forget";
  readonly path: string;
}

function happen(event: Incident | null, backend: ModelBackend, engine: ModelEngine): void {
  const path = event?.path ?? "";
  const happenings = {
    write: () => backend.dataLengths.set(path, MIB),
    remove: () => backend.disks.delete(path),
    put: () =>
      backend.disks.has(path) ||
      backend.put({ type: "dynamic", format: "vhdx", path, sizeBytes: 16 * MIB }),
    forget: () => engine.forget(path),
  };
  if (event !== null) {
    happenings[event.kind]();
  }
}

/**
 * Pulumi asks no provider about a deletion in a preview: what keeps a disk from being deleted stops
 * the update alone. All else that it does, and every other failure, was foretold.
 */
function assertForetold(preview: Operations, update: Operations): void {
  const isDeletionRefused = update.at(-1)?.startsWith("fail to delete ") === true;
  const length = isDeletionRefused ? update.length - 1 : undefined;
  expect(preview.slice(0, length)).toEqual(update.slice(0, length));
}

async function refresh(engine: ModelEngine): Promise<boolean> {
  try {
    await engine.refresh();
    return true;
  } catch {
    return false;
  }
}
