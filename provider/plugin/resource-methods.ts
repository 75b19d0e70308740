import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { DiskError } from "../disk/errors";
import { NO_ORGANIZATION, createOwner } from "../resources/owner";
import type { DiffResult, Properties, StepContext } from "../resources/resource";
import { takeContext } from "../resources/sdk-context";
import { type BoundLifecycle, RESOURCES, type ResourceEntry, nameOfToken } from "./catalogue";
import { listInputChanges, listStableOutputs } from "./comparison";
import type { Configuration } from "./configuration";
import { withDeadline } from "./deadline";
import { Empty } from "./peer";
import type { PlannedDisks } from "./planned-disks";
import { predictCreated, predictUpdated } from "./predicted-outputs";
import { addDetails, toCheckResponse, writeOutputs } from "./responses";
import { readProperties, writeProperties } from "./values";

/** What all requests about one resource have. */
interface ResourceRequest {
  getUrn(): string;
  getType(): string;
}

/** A type of resource, on the host of this provider. */
interface Target {
  readonly typeName: string;
  readonly entry: ResourceEntry;
  readonly lifecycle: BoundLifecycle;
}

/**
 * The methods of the provider protocol that are about one resource. They throw; the service turns
 * that into answers.
 */
export class ResourceMethods {
  readonly #configuration: Configuration;
  readonly #planned: PlannedDisks;

  readonly #warn: (message: string) => void;
  /** Who resources are, by their URNs, as the SDK said when they were checked. */
  readonly #owners = new Map<string, string>();
  /**
   * Whether the SDK says that this is a preview. Every check says so, and the engine checks a
   * resource before it compares it.
   */
  #isPreview = false;

  /**
   * @param configuration of the provider
   * @param planned what the preview under way has announced
   * @param warn shows a message to the user, beside the resource
   */
  constructor(
    configuration: Configuration,
    planned: PlannedDisks,
    warn: (message: string) => void,
  ) {
    this.#configuration = configuration;
    this.#planned = planned;
    this.#warn = warn;
  }

  /** Validates inputs. */
  async check(request: proto.CheckRequest): Promise<proto.CheckResponse> {
    const { lifecycle } = this.#target(request);
    const { values, secretNames } = readProperties(request.getNews());
    const olds = readProperties(request.getOlds()).values;
    const { context, declared } = takeContext(values);
    this.#isPreview = context.preview === true;
    if (context.owner !== undefined) {
      this.#owners.set(request.getUrn(), context.owner);
    }
    const known = { ...context, ...this.#contextOf(request) };
    const { inputs, failures } = await lifecycle.check(olds, declared, known);
    return toCheckResponse(inputs, failures, secretNames);
  }

  /** Compares the state with the declared inputs, input by input. */
  async diff(request: proto.DiffRequest): Promise<proto.DiffResponse> {
    const { lifecycle } = this.#target(request);
    const [olds, oldInputs, news] = [
      request.getOlds(),
      request.getOldInputs(),
      request.getNews(),
    ].map((struct) => readProperties(struct).values) as [Properties, Properties, Properties];
    const diff = await this.#compare(lifecycle, olds, news);
    const comparison = { diff, olds, oldInputs, news, pathStyle: lifecycle.pathStyle };
    const changes = listInputChanges(comparison);
    const response = new proto.DiffResponse();
    response.setChanges(
      diff.changes
        ? proto.DiffResponse.DiffChanges.DIFF_SOME
        : proto.DiffResponse.DiffChanges.DIFF_NONE,
    );
    response.setReplacesList([...diff.replaces]);
    response.setDeletebeforereplace(diff.deleteBeforeReplace);
    response.setStablesList(listStableOutputs(comparison, changes));
    addDetails(response, changes);
    return response;
  }

  /** Makes a resource; in a preview, says what it will be. */
  async create(request: proto.CreateRequest): Promise<proto.CreateResponse> {
    const { typeName, entry, lifecycle } = this.#target(request);
    const { values, secretNames } = readProperties(request.getProperties());
    const response = new proto.CreateResponse();
    if (request.getPreview()) {
      await this.#assertPossible(request, lifecycle, {}, values);
      this.#planned.add(values, lifecycle.pathStyle);
      response.setProperties(writeProperties(predictCreated(typeName, entry, values), secretNames));
      return response;
    }
    const work = lifecycle.create(values, this.#contextOf(request));
    const { id, outputs } = await withDeadline(
      request.getTimeout(),
      "create",
      request.getUrn(),
      work,
    );
    response.setId(id);
    response.setProperties(writeOutputs(entry, outputs, secretNames));
    return response;
  }

  /**
   * Observes a resource: to refresh it, to get it by its id, or to import it. An empty id says that
   * it is gone.
   */
  async read(request: proto.ReadRequest): Promise<proto.ReadResponse> {
    const { entry, lifecycle } = this.#target(request);
    const recorded = readProperties(request.getProperties());
    const inputs = readProperties(request.getInputs());
    const secretNames = new Set([...recorded.secretNames, ...inputs.secretNames]);
    const observed = await lifecycle.read(request.getId(), recorded.values);
    const response = new proto.ReadResponse();
    if (observed !== undefined) {
      response.setId(observed.id);
      response.setProperties(writeOutputs(entry, observed.outputs, secretNames));
      response.setInputs(writeProperties(observed.inputs, secretNames));
    }
    return response;
  }

  /** Brings a resource to what is declared; in a preview, says what it will be. */
  async update(request: proto.UpdateRequest): Promise<proto.UpdateResponse> {
    const { entry, lifecycle } = this.#target(request);
    const olds = readProperties(request.getOlds()).values;
    const { values, secretNames } = readProperties(request.getNews());
    const response = new proto.UpdateResponse();
    if (request.getPreview()) {
      const oldInputs = readProperties(request.getOldInputs()).values;
      await this.#assertPossible(request, lifecycle, oldInputs, values);
      this.#planned.add(values, lifecycle.pathStyle, String(olds["path"]));
      response.setProperties(writeProperties(predictUpdated(olds, values), secretNames));
      return response;
    }
    const work = lifecycle.update(request.getId(), olds, values);
    const { outputs } = await withDeadline(request.getTimeout(), "update", request.getUrn(), work);
    response.setProperties(writeOutputs(entry, outputs, secretNames));
    return response;
  }

  /** Removes a resource. */
  async delete(request: proto.DeleteRequest): Promise<InstanceType<typeof Empty>> {
    const { lifecycle } = this.#target(request);
    const recorded = readProperties(request.getProperties()).values;
    const work = lifecycle.delete(request.getId(), recorded, this.#contextOf(request));
    await withDeadline(request.getTimeout(), "delete", request.getUrn(), work);
    return new Empty();
  }

  /** What is known of a step. The engine does not name the organization. */
  #contextOf(request: ResourceRequest): StepContext {
    const urn = request.getUrn();
    const owner = this.#owners.get(urn) ?? createOwner(NO_ORGANIZATION, urn);
    return { owner, warn: this.#warn };
  }

  /**
   * The engine does not say of a comparison whether it is made for a preview, and only the SDK for
   * TypeScript does. For others, a parent that is missing is to be made by the program where a
   * preview has announced it, and will be elsewhere where a preview has announced that it moves.
   */
  async #compare(
    lifecycle: BoundLifecycle,
    olds: Properties,
    news: Properties,
  ): Promise<DiffResult> {
    if (this.#isPreview) {
      return lifecycle.diff(olds, news, { preview: true });
    }
    const { parentPath } = news;
    const oldPath = this.#planned.findOldPath(parentPath);
    if (oldPath === undefined || oldPath !== olds["parentPath"] || oldPath === parentPath) {
      return lifecycle.diff(olds, news, { preview: this.#planned.has(parentPath) });
    }
    const others = await lifecycle.diff(olds, { ...news, parentPath: oldPath }, {});
    return { ...others, changes: true };
  }

  /**
   * Finds out in a preview what would go wrong in the update. The engine does not say what else
   * comes before a resource, so that what may still be brought about is but a warning.
   *
   * @throws InvalidInput
   */
  async #assertPossible(
    request: ResourceRequest,
    lifecycle: BoundLifecycle,
    olds: Properties,
    news: Properties,
  ): Promise<void> {
    const context = { ...this.#contextOf(request), preview: true, isInPlace: true };
    const { failures } = await lifecycle.check(olds, news, { ...context, isPrepared: true });
    if (failures.length > 0) {
      throw new DiskError("InvalidInput", {
        what: "the update would fail for these inputs",
        subject: request.getUrn().split("::").at(-1),
        remedy: failures.map(({ property, reason }) => `${property}: ${reason}`).join(" "),
      });
    }
    if (this.#isPreview) {
      // The check knew what comes before, and said what is wrong.
      return;
    }
    for (const { property, reason } of (await lifecycle.check(olds, news, context)).failures) {
      this.#warn(`${property}: ${reason}`);
    }
  }

  /** The type of resource that a request is about. @throws InvalidInput */
  #target(request: ResourceRequest): Target {
    const typeName = typeNameOf(request);
    const entry = RESOURCES[typeName];
    if (entry === undefined) {
      throw new DiskError("InvalidInput", {
        what: "this resource type does not exist",
        subject: request.getType() === "" ? request.getUrn() : request.getType(),
        remedy: `The resource types are ${Object.keys(RESOURCES).join(", ")}. Correct the program.`,
      });
    }
    return { typeName, entry, lifecycle: entry.bind(this.#configuration.source) };
  }
}

/**
 * The outputs as the state keeps them, from a request about a resource that was made but not
 * finished.
 */
export function writePartialOutputs(
  request: ResourceRequest,
  outputs: Properties,
  inputs: ReturnType<typeof readProperties>,
): ReturnType<typeof writeProperties> {
  const entry = RESOURCES[typeNameOf(request)];
  return entry === undefined
    ? writeProperties(outputs)
    : writeOutputs(entry, outputs, inputs.secretNames);
}

/** Older engines name the type in the URN alone. */
function typeNameOf(request: ResourceRequest): string {
  const qualifiedType = request.getUrn().split("::")[2] ?? "";
  const type =
    request.getType() === "" ? (qualifiedType.split("$").at(-1) ?? "") : request.getType();
  return nameOfToken(type) ?? "";
}
