import { isDiskError } from "../disk/errors";
import type { ConfigSource } from "../config";
import { PartiallyDoneError } from "./partially-done";
import type { CheckFailure, Properties, ResourceLifecycle, StepContext } from "./resource";
import { takeContext } from "./sdk-context";

const CONFIG_PREFIX = "vhd:";

/**
 * What Pulumi's dynamic provider server calls. Its shape is Pulumi's, and written into every state
 * forever.
 */
export interface DynamicProviderHandler {
  configure(request: {
    config: { get(key: string): string | undefined; readonly rawConfig?: object };
  }): void;
  check(
    olds: Properties,
    news: Properties,
  ): Promise<{ inputs: Properties; failures: readonly CheckFailure[] }>;
  diff(
    id: string,
    olds: Properties,
    news: Properties,
  ): Promise<{ changes: boolean; replaces: readonly string[]; deleteBeforeReplace: boolean }>;
  create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
  read(
    id: string,
    props: Properties,
  ): Promise<{ id: string; props?: Properties; inputs?: Properties }>;
  update(id: string, olds: Properties, news: Properties): Promise<{ outs: Properties }>;
  delete(id: string, props: Properties): Promise<void>;
}

/**
 * Fits a lifecycle to the server of Pulumi's dynamic providers, with all that this server does not
 * do by itself: values that it cannot carry are left out, errors keep what it needs to see, and
 * configuration is read when it is needed, because the server may call other methods before
 * `configure` has ended.
 *
 * @param lifecycle one type of resource
 * @param openHost gives what stands behind a configuration; it is asked once for each
 */
export function createHandler<Host>(
  lifecycle: ResourceLifecycle<Host>,
  openHost: (config: ConfigSource) => Host,
): DynamicProviderHandler {
  let config: ConfigSource = () => undefined;
  // Every check of a preview says so, and Pulumi checks a resource before it compares it.
  let preview = false;
  // Pulumi checks a resource before it compares or makes it, in the same process.
  const contexts = new Map<unknown, StepContext>();
  let opened: Host | undefined;
  const host = (): Host => (opened ??= openHost(config));
  return {
    configure(request) {
      // Pulumi's object knows all keys of the stack; those of other packages are none of our
      // business.
      const names = Object.keys(request.config.rawConfig ?? {}).filter((name) =>
        name.startsWith(CONFIG_PREFIX),
      );
      const keys = names.map((name) => name.slice(CONFIG_PREFIX.length));
      config = Object.assign((key: string) => request.config.get(CONFIG_PREFIX + key), { keys });
      opened = undefined;
    },
    check: (olds, news) =>
      guard(async () => {
        const { context, declared } = takeContext(news);
        preview = context.preview === true;
        contexts.set(declared["path"], context);
        const { inputs, failures } = await lifecycle.check(host(), olds, declared, context);
        return { inputs: withoutUndefined(inputs), failures };
      }),
    diff: (_id, olds, news) =>
      guard(() => {
        const isPrepared = contexts.get(news["path"])?.isPrepared;
        return lifecycle.diff(host(), olds, news, { preview, isPrepared });
      }),
    create: (inputs) =>
      guard(async () => {
        const { id, outputs } = await lifecycle.create(host(), inputs, {
          owner: contexts.get(inputs["path"])?.owner,
        });
        return { id, outs: withoutUndefined(outputs) };
      }, inputs),
    read: (id, props) =>
      guard(async () => {
        const observed = await lifecycle.read(host(), id, props);
        return observed === undefined
          ? { id: "" }
          : {
              id: observed.id,
              props: withoutUndefined(observed.outputs),
              inputs: withoutUndefined(observed.inputs),
            };
      }),
    update: (id, olds, news) =>
      guard(async () => {
        const { outputs } = await lifecycle.update(host(), id, olds, news);
        return { outs: withoutUndefined(outputs) };
      }, news),
    delete: (id, props) => guard(() => lifecycle.delete(host(), id, props, { warn: printWarning })),
  };
}

/** Pulumi shows what a provider prints. */
function printWarning(message: string): void {
  process.stdout.write(`warning: ${message}\n`);
}

/** Runs a step; what it throws becomes an error that the server passes on whole. */
async function guard<T>(action: () => Promise<T>, inputs?: Properties): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw toServerError(error, inputs);
  }
}

/**
 * The server prints message and stack of an error, passes on its message, and takes a member `id`
 * for "made, but not finished", whose `properties` must hold the handler's own text. Nothing else
 * may look like that, so the error is made again.
 */
function toServerError(error: unknown, inputs: Properties | undefined): Error {
  const message = error instanceof Error ? error.message : String(error);
  const serverError = new Error(message);
  if (isDiskError(error)) {
    // A DiskError says all there is to say: its stack would only bury that.
    serverError.stack = "";
  } else if (error instanceof Error && error.stack !== undefined) {
    serverError.stack = error.stack;
  }
  if (error instanceof PartiallyDoneError && inputs !== undefined) {
    const { __provider } = inputs;
    const properties = { ...withoutUndefined(error.resource.outputs), __provider };
    return Object.assign(serverError, {
      id: error.resource.id,
      properties,
      reasons: [message],
      stack: "",
    });
  }
  return serverError;
}

/** The server cannot carry `undefined`, at any depth. */
function withoutUndefined(properties: Properties): Properties {
  return JSON.parse(JSON.stringify(properties)) as Properties;
}
