import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type EngineEvent,
  LocalWorkspace,
  PulumiCommand,
  type PulumiFn,
  type Stack,
} from "@pulumi/pulumi/automation";
import { startPlugin } from "../../provider/plugin/main";
import { pulumiEnvironment, requirePulumiCli } from "./pulumi-cli";

const PROJECT_NAME = "pulumi-vhd-test";
const STACK_NAME = "test";

/** The CLI, which is asked for its version only once. */
let command: Promise<PulumiCommand> | undefined;

/**
 * What the engine did to a resource, as `create child` or `same base`. Only resources of this
 * package are listed.
 */
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
  readState(): Record<string, StateResource>;
  /** The outputs of the program, as the state has them: secret ones encrypted. */
  readOutputs(): Record<string, unknown>;
}

/** Something that the engine does, and tells events of. */
type Operation = (onEvent: (event: EngineEvent) => void) => Promise<unknown>;

/** A resource as the state holds it. */
export interface StateResource {
  readonly id: string;
  readonly type: string;
  readonly inputs: Record<string, unknown>;
  readonly outputs: Record<string, unknown>;
}

/**
 * Makes a stack over a local file backend in a folder, driven by the real CLI through the
 * Automation API.
 *
 * @param folder an empty folder that the test removes
 * @param program what to declare
 * @param config stack configuration
 * @param options `usesPlugin`: the program uses the provider plugin, which each operation gets anew
 *   in the process of the test. That costs a quarter of a plugin in a process of its own, and
 *   leaves out only how Pulumi starts one.
 */
export async function createTestStack(
  folder: string,
  program: PulumiFn,
  config: Record<string, string> = {},
  { usesPlugin = false }: { readonly usesPlugin?: boolean } = {},
): Promise<TestStack> {
  mkdirSync(join(folder, "backend"), { recursive: true });
  command ??= PulumiCommand.get({ root: requirePulumiCli().root, skipVersionCheck: true });
  let current = program;
  const envVars = pulumiEnvironment(folder);
  const stack = await LocalWorkspace.createStack(
    { stackName: STACK_NAME, projectName: PROJECT_NAME, program: () => current() },
    {
      pulumiCommand: await command,
      envVars,
      pulumiHome: join(folder, "home"),
      stackSettings: { [STACK_NAME]: { config } },
    },
  );
  const brief = withoutSummaries(stack);
  const collect = (operation: Operation): Promise<Step[]> =>
    usesPlugin
      ? withPlugin(stack.workspace.envVars, () => collectSteps(operation))
      : collectSteps(operation);
  return {
    stack,
    setProgram(next) {
      current = next;
    },
    preview: (options) => collect((onEvent) => stack.preview({ ...options, onEvent })),
    up: (options) => collect((onEvent) => brief.up({ ...options, onEvent })),
    refresh: async (options) =>
      (await collect((onEvent) => brief.refresh({ ...options, onEvent }))).toSorted(),
    destroy: (options) => collect((onEvent) => brief.destroy({ ...options, onEvent })),
    readState: () =>
      Object.fromEntries(
        readResources(folder)
          .filter(({ type }) => isOurs(type))
          .map((resource) => [nameOf(resource), resource]),
      ),
    readOutputs: () =>
      readResources(folder).find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {},
  };
}

/** Lets the engine find a plugin in this process, for as long as an operation takes. */
async function withPlugin<T>(
  envVars: Record<string, string>,
  action: () => Promise<T>,
): Promise<T> {
  const plugin = await startPlugin();
  envVars["PULUMI_DEBUG_PROVIDERS"] = `vhd:${plugin.port}`;
  try {
    return await action();
  } finally {
    delete envVars["PULUMI_DEBUG_PROVIDERS"];
    await plugin.stop();
  }
}

/**
 * The same stack without the three commands that the Automation API runs after each update, for
 * outputs and a summary that the tests do not read.
 */
function withoutSummaries(stack: Stack): Stack {
  return Object.create(stack, {
    outputs: { value: () => Promise.resolve({}) },
    info: { value: () => Promise.resolve(undefined) },
  }) as Stack;
}

async function collectSteps(operation: Operation): Promise<Step[]> {
  const steps: Step[] = [];
  await operation((event) => {
    const metadata = event.resourcePreEvent?.metadata;
    if (metadata !== undefined && isOurs(metadata.type)) {
      steps.push(`${metadata.op} ${nameOf(metadata)}`);
    }
  });
  return steps;
}

/** Reads the state from its file, which takes no command of the CLI. */
function readResources(folder: string): readonly (StateResource & { readonly urn: string })[] {
  const path = join(folder, "backend", ".pulumi", "stacks", PROJECT_NAME, `${STACK_NAME}.json`);
  const { checkpoint } = JSON.parse(readFileSync(path, "utf8")) as {
    checkpoint: { latest?: { resources?: (StateResource & { urn: string })[] } };
  };
  return checkpoint.latest?.resources ?? [];
}

function nameOf({ urn }: { readonly urn: string }): string {
  return urn.split("::").at(-1) ?? "";
}

/** Resources of both doors: the dynamic provider and the plugin. */
function isOurs(type: string): boolean {
  return type.includes("dynamic/vhd:") || type.startsWith("vhd:index:");
}
