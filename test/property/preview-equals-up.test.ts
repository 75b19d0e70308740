import fc from "fast-check";
import { type DeclaredDisk, ModelEngine, type Operations } from "../support/model-engine";
import { ModelBackend } from "../support/model-backend";
import { soakRuns } from "../support/soak";

const MIB = 1024 * 1024;

/** Few paths and sizes, so that edits meet: moves, swaps, replacements, parents that change. */
const bases = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom("base-1", "base-2"),
    path: fc.constantFrom("/golden/a.vhdx", "/golden/b.vhdx", "/golden/c.vhdx"),
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

/** Between two operations of Pulumi, somebody may write to a disk or lose a file. */
const incident = fc.option(
  fc.record({
    kind: fc.constantFrom("write", "remove"),
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

/**
 * Adopting the disk of another resource, in the very update in which that one gives the disk up,
 * depends on which of the two comes first: Pulumi runs them at the same time. No preview can know.
 */
function withoutDisputedAdoptions(
  before: readonly DeclaredDisk[],
  declared: readonly DeclaredDisk[],
): readonly DeclaredDisk[] {
  return declared.map((disk) => {
    const { adopt, ...inputs } = disk.inputs;
    const owner = before.find((other) => other.inputs["path"] === inputs["path"]);
    const isDisputed = adopt !== undefined && owner !== undefined && owner.name !== disk.name;
    return isDisputed ? { ...disk, inputs } : disk;
  });
}

describe("a preview", () => {
  it("says what the update that follows does, whatever the program was and becomes", async () => {
    await fc.assert(
      fc.asyncProperty(story, async (steps) => {
        const backend = new ModelBackend();
        const engine = new ModelEngine(backend);
        let before: readonly DeclaredDisk[] = [];
        for (const step of steps) {
          const declared = withoutDisputedAdoptions(before, step.program);
          before = declared;
          if (step.incident?.kind === "write") {
            backend.dataLengths.set(step.incident.path, MIB);
          } else if (step.incident?.kind === "remove") {
            backend.disks.delete(step.incident.path);
          }
          // A refresh that finds a broken chain stops Pulumi, and the user with it.
          if (step.refresh && !(await refresh(engine))) {
            return;
          }
          const preview = await engine.preview(declared);
          const update = await engine.update(declared);
          assertForetold(preview, update);
        }
      }),
      { numRuns: soakRuns(500) },
    );
  });
});

/**
 * An update may fail for what no preview can see; what it did until then, and all it does
 * otherwise, was foretold.
 */
function assertForetold(preview: Operations, update: Operations): void {
  if (!isFailed(update)) {
    expect(preview).toEqual(update);
    return;
  }
  const length = Math.min(done(preview).length, done(update).length);
  expect(preview.slice(0, length)).toEqual(update.slice(0, length));
}

function isFailed(operations: Operations): boolean {
  return operations.at(-1)?.startsWith("fail ") === true;
}

function done(operations: Operations): Operations {
  return isFailed(operations) ? operations.slice(0, -1) : operations;
}

async function refresh(engine: ModelEngine): Promise<boolean> {
  try {
    await engine.refresh();
    return true;
  } catch {
    return false;
  }
}
