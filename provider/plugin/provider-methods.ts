import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { openBackend } from "../config";
import { DiskError, isDiskError } from "../disk/errors";
import type { Properties } from "../resources/resource";
import { FUNCTIONS, nameOfToken } from "./catalogue";
import { type Configuration, checkConfiguration, listSecretNames } from "./configuration";
import type { PlannedDisks } from "./planned-disks";
import { toCheckResponse } from "./responses";
import { readProperties, writeProperties } from "./values";

/**
 * The methods of the provider protocol that are about the provider as a whole, and its data
 * sources.
 */
export class ProviderMethods {
  readonly #configuration: Configuration;
  readonly #planned: PlannedDisks;

  /** @param configuration to be filled; @param planned what the preview under way has announced */
  constructor(configuration: Configuration, planned: PlannedDisks) {
    this.#configuration = configuration;
    this.#planned = planned;
  }

  /** Agrees with the engine on what both can do. */
  handshake(): proto.ProviderHandshakeResponse {
    const response = new proto.ProviderHandshakeResponse();
    response.setAcceptSecrets(true);
    // A resource given in the place of a path is its path then: the id of a disk.
    response.setAcceptResources(false);
    response.setAcceptOutputs(false);
    return response;
  }

  /**
   * Checks the configuration before it is used. Secret values leave as secrets, whatever the
   * program said of them.
   */
  checkConfig(request: proto.CheckRequest): proto.CheckResponse {
    const { values, secretNames } = readProperties(request.getNews());
    const { inputs, failures } = checkConfiguration(values);
    return toCheckResponse(inputs, failures, new Set([...secretNames, ...listSecretNames(inputs)]));
  }

  /** Another configuration never replaces what it led to: disks stay where they are. */
  diffConfig(request: proto.DiffRequest): proto.DiffResponse {
    const olds = readProperties(request.getOldInputs() ?? request.getOlds()).values;
    const news = readProperties(request.getNews()).values;
    const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
    const changed = names.filter(
      (name) => JSON.stringify(olds[name]) !== JSON.stringify(news[name]),
    );
    const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
    const response = new proto.DiffResponse();
    response.setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME);
    response.setDiffsList(changed);
    return response;
  }

  /** Takes the configuration over. */
  configure(request: proto.ConfigureRequest): proto.ConfigureResponse {
    const { values } = readProperties(request.getArgs());
    const variables = request
      .getVariablesMap()
      .toArray()
      .map(([key, value]) => [key.split(":").at(-1) ?? key, value] as const);
    this.#configuration.set({ ...Object.fromEntries(variables), ...values });
    const response = new proto.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    return response;
  }

  /** Calls a data source. */
  async invoke(request: proto.InvokeRequest): Promise<proto.InvokeResponse> {
    const call = FUNCTIONS[nameOfToken(request.getTok()) ?? ""];
    if (call === undefined) {
      throw new DiskError("InvalidInput", {
        what: "this function does not exist",
        subject: request.getTok(),
        remedy: `The functions are ${Object.keys(FUNCTIONS).join(", ")}. Correct the program.`,
      });
    }
    const { values, secretNames } = readProperties(request.getArgs());
    const result = await this.#callOrForetell(call, request, values);
    const response = new proto.InvokeResponse();
    // What was asked with a secret may repeat it anywhere.
    response.setReturn(
      writeProperties(result, new Set(secretNames.size > 0 ? Object.keys(result) : [])),
    );
    return response;
  }

  async #callOrForetell(
    call: (typeof FUNCTIONS)[string],
    request: proto.InvokeRequest,
    args: Properties,
  ): Promise<Properties> {
    const backend = openBackend(this.#configuration.source);
    try {
      return await call(backend, args);
    } catch (error) {
      const { path } = args;
      if (!request.getPreview() || !isDiskError(error, "NotFound") || !this.#planned.has(path)) {
        throw error;
      }
      const oldPath = this.#planned.findOldPath(path);
      if (oldPath === undefined) {
        throw notMadeYet(String(path), error);
      }
      // The update will move the disk as it is.
      return replaceText(
        await call(backend, { ...args, path: oldPath }),
        oldPath,
        String(path),
      ) as Properties;
    }
  }
}

/**
 * The engine takes no unknown values from a data source. It asks none whose arguments are unknown.
 */
function notMadeYet(path: string, cause: unknown): DiskError {
  return new DiskError("NotFound", {
    what: "the program has not created the disk yet",
    subject: path,
    remedy:
      "Pass the path output of the resource to the function, so that Pulumi waits for the disk.",
    cause,
  });
}

function replaceText(value: unknown, text: string, replacement: string): unknown {
  if (Array.isArray(value)) {
    return value.map((element) => replaceText(element, text, replacement));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, replaceText(member, text, replacement)]),
    );
  }
  return value === text ? replacement : value;
}
