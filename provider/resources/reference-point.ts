import { z } from "zod";
import { isDiskError } from "../disk/errors";
import type { ReferencePoint, ReferencePointService } from "../disk/reference-point";
import { FailureList, parseDeclared, parseInputs } from "./inputs";
import type { CheckResult, DiffResult, ObservedResource, Properties, ResourceLifecycle } from "./resource";
import { isUnknown } from "./unknown";

const nameSchema = z.string({ error: "Must be a string." }).min(1, "Must not be empty.");

/** The inputs of a `ReferencePoint`. */
export const referencePointSchema = z.object({
  machineName: nameSchema.optional(),
  machineId: z.guid("Must be the GUID of a virtual machine.").optional(),
  consistency: z.enum(["application", "crash"], { error: 'Must be "application" or "crash".' }).optional(),
  triggers: z.array(z.unknown(), { error: "Must be a list." }).optional(),
});

const DEFAULT_CONSISTENCY = "application";

/** A reference point is a moment: whatever changes, it takes a new one. */
const FIXED_FOR_LIFE = ["machineName", "machineId", "consistency", "triggers"] as const;

/** The life of a `ReferencePoint`. */
export const referencePointLifecycle: ResourceLifecycle<ReferencePointService> = {
  check(_service, _olds, news): Promise<CheckResult> {
    const { failures } = parseDeclared(referencePointSchema, news);
    const list = new FailureList(failures);
    if ((news["machineName"] === undefined) === (news["machineId"] === undefined)) {
      list.add("machineName", "Give either machineName or machineId, to say which virtual machine it is.");
    }
    return Promise.resolve({ inputs: news, failures: list.failures });
  },

  diff(_service, olds, news): Promise<DiffResult> {
    const replaces = FIXED_FOR_LIFE.filter((name) => isDifferent(olds[name], news[name]));
    return Promise.resolve({ changes: replaces.length > 0, replaces, deleteBeforeReplace: false });
  },

  async create(service, news): Promise<ObservedResource> {
    const {
      machineId,
      machineName = "",
      consistency = DEFAULT_CONSISTENCY,
    } = parseInputs(referencePointSchema, news, String(news["machineName"] ?? news["machineId"]));
    const machine = machineId === undefined ? { name: machineName } : { id: machineId.toLowerCase() };
    return observed(await service.create({ machine, consistency }), news);
  },

  async read(service, id, recorded): Promise<ObservedResource | undefined> {
    try {
      return observed(await service.read(id), recorded);
    } catch (error) {
      if (isDiskError(error, "NotFound") && recorded["disks"] !== undefined) {
        return undefined;
      }
      throw error;
    }
  },

  async update(service, id, _olds, news): Promise<ObservedResource> {
    return observed(await service.read(id), news);
  },

  async delete(service, id): Promise<void> {
    await service.destroy(id);
  },
};

/** A value that is no longer declared stays as it is, for a moment cannot be changed. */
function isDifferent(oldValue: unknown, newValue: unknown): boolean {
  if (newValue === undefined) {
    return false;
  }
  return isUnknown(newValue) || JSON.stringify(oldValue) !== JSON.stringify(newValue);
}

function observed(point: ReferencePoint, declared: Properties): ObservedResource {
  const { machineName, machineId, consistency, triggers } = declared;
  const outputs = {
    machineName,
    machineId: typeof machineId === "string" ? machineId : point.machineId,
    consistency: consistency ?? point.consistency ?? DEFAULT_CONSISTENCY,
    triggers,
    disks: point.disks,
  };
  const inputs = machineName === undefined ? { machineId: outputs.machineId } : { machineName };
  return { id: point.id, outputs, inputs: { ...inputs, consistency, triggers } };
}
