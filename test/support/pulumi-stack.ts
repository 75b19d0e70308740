import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type EngineEvent, LocalWorkspace, PulumiCommand, type PulumiFn, type Stack } from "@pulumi/pulumi/automation";
import { pulumiEnvironment, requirePulumiCli } from "./pulumi-cli";

/** What the engine did to a resource, as `create child` or `same base`. Only resources of this package are listed. */
export type Step = string;

/** A stack of its own, with its own backend, for the tests of one `it`. */
export interface TestStack {
  readonly stack: Stack;
  /** Sets the program that the next operation runs. */
  setProgram(program: PulumiFn): void;
  preview(options?: Parameters<Stack["preview"]>[0]): Promise<Step[]>;
  up(options?: Parameters<Stack["up"]>[0]): Promise<Step[]>;
  /** In alphabetical order, because Pulumi refreshes all resources at once. */
  refresh(options?: Parameters<Stack["refresh"]>[0]): Promise<Step[]>;
  destroy(options?: Parameters<Stack["destroy"]>[0]): Promise<Step[]>;
  /** The resources of this package in the state, by name. */
  readState(): Promise<Record<string, StateResource>>;
}

/** A resource as the state holds it. */
export interface StateResource {
  readonly id: string;
  readonly type: string;
  readonly inputs: Record<string, unknown>;
  readonly outputs: Record<string, unknown>;
}

/**
 * Makes a stack over a local file backend in a folder, driven by the real CLI through the Automation API.
 *
 * @param folder an empty folder that the test removes
 * @param program what to declare
 * @param config stack configuration
 */
export async function createTestStack(
  folder: string,
  program: PulumiFn,
  config: Record<string, string> = {},
): Promise<TestStack> {
  mkdirSync(join(folder, "backend"), { recursive: true });
  const cli = requirePulumiCli();
  let current = program;
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "test", projectName: "pulumi-vhd-test", program: () => current() },
    {
      pulumiCommand: await PulumiCommand.get({ root: cli.root, skipVersionCheck: true }),
      envVars: pulumiEnvironment(folder),
      pulumiHome: join(folder, "home"),
    },
  );
  for (const [key, value] of Object.entries(config)) {
    await stack.setConfig(key, { value });
  }
  return {
    stack,
    setProgram(next) {
      current = next;
    },
    preview: (options) => collectSteps((onEvent) => stack.preview({ ...options, onEvent })),
    up: (options) => collectSteps((onEvent) => stack.up({ ...options, onEvent })),
    refresh: async (options) => (await collectSteps((onEvent) => stack.refresh({ ...options, onEvent }))).toSorted(),
    destroy: (options) => collectSteps((onEvent) => stack.destroy({ ...options, onEvent })),
    readState: () => readState(stack),
  };
}

async function collectSteps(operation: (onEvent: (event: EngineEvent) => void) => Promise<unknown>): Promise<Step[]> {
  const steps: Step[] = [];
  await operation((event) => {
    const metadata = event.resourcePreEvent?.metadata;
    if (metadata !== undefined && metadata.type.includes("dynamic/vhd:")) {
      steps.push(`${metadata.op} ${metadata.urn.split("::").at(-1) ?? ""}`);
    }
  });
  return steps;
}

async function readState(stack: Stack): Promise<Record<string, StateResource>> {
  const { deployment } = (await stack.exportStack()) as {
    deployment: { resources?: (StateResource & { urn: string })[] };
  };
  const resources = (deployment.resources ?? []).filter((resource) => resource.type.includes("dynamic/vhd:"));
  return Object.fromEntries(resources.map((resource) => [resource.urn.split("::").at(-1) ?? "", resource]));
}
