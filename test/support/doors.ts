import type { PulumiFn } from "@pulumi/pulumi/automation";
import * as dynamic from "pulumi-vhd";
import * as native from "pulumi-vhd/native";
import { type TestStack, createTestStack } from "./pulumi-stack";
import { isSoak } from "./soak";

/** One of the two doors of the package, as a program imports it. */
export interface Door {
  readonly name: "pulumi-vhd" | "pulumi-vhd/native";
  readonly vhd: typeof native;
  /**
   * As jest's `it`, for a story that `npm test` tells through one door only. `npm run soak`, which
   * CI runs as well, tells it through each.
   *
   * @param usual the door of `npm test`
   */
  itThrough(usual: Door["name"], story: string, tell: () => Promise<void>): void;
  /** As `createTestStack`, with what the door needs. */
  createStack(
    folder: string,
    program: PulumiFn,
    config?: Record<string, string>,
  ): Promise<TestStack>;
}

/**
 * Both doors, for `describe.each(DOORS)("… ($name)", …)`: whatever a program does with disks must
 * be the same through each.
 */
export const DOORS: readonly Door[] = [
  {
    name: "pulumi-vhd",
    itThrough: itOf("pulumi-vhd"),
    // The same classes and functions; only the providers that they take are of different classes.
    vhd: dynamic as unknown as typeof native,
    createStack: (folder, program, config) => createTestStack(folder, program, config),
  },
  {
    name: "pulumi-vhd/native",
    itThrough: itOf("pulumi-vhd/native"),
    vhd: native,
    createStack: (folder, program, config) =>
      createTestStack(folder, program, config, { usesPlugin: true }),
  },
];

function itOf(door: Door["name"]): Door["itThrough"] {
  return (usual, story, tell) => {
    if (door === usual || isSoak()) {
      it(story, tell);
    }
  };
}
