import { z } from "zod";
import { isDiskError } from "../disk/errors";
import type { ReferencePoint, ReferencePointService } from "../disk/reference-point";
import { FailureList, parseDeclared, parseInputs } from "./inputs";
import type {
  CheckResult,
  DiffResult,
  ObservedResource,
  Properties,
  ResourceLifecycle,
} from "./resource";
import { isUnknown } from "./unknown";

const nameSchema = z.string({ error: "Must be a string." }).min(1, "Must not be empty.");

/** Two weeks. */
const MAX_HOLD_HOURS = 336;

/** The inputs of a `ReferencePoint`. */
export const referencePointSchema = z.strictObject({
  machineName: nameSchema.optional(),
  machineId: z.guid("Must be the GUID of a virtual machine.").optional(),
  consistency: z
    .enum(["application", "crash"], { error: 'Must be "application" or "crash".' })
    .optional(),
  triggers: z.array(z.unknown(), { error: "Must be a list." }).optional(),
  holdHours: z
    .number({ error: "Must be a number of hours." })
    .positive("Must be more than 0.")
    .max(
      MAX_HOLD_HOURS,
      `Must be at most ${MAX_HOLD_HOURS}: the disks of the machine grow while the content is held.`,
    )
    .optional(),
  copied: z.boolean({ error: "Must be true or false." }).optional(),
});

const MS_PER_HOUR = 3_600_000;
const DEFAULT_CONSISTENCY = "application";

/** A reference point is a moment: whatever changes, it takes a new one. */
const FIXED_FOR_LIFE = ["machineName", "machineId", "consistency", "triggers"] as const;

/** The life of a `ReferencePoint`. */
export const referencePointLifecycle: ResourceLifecycle<ReferencePointService> = {
  check(_service, _olds, news): Promise<CheckResult> {
    const { failures } = parseDeclared(referencePointSchema, news);
    const list = new FailureList(failures);
    if ((news["machineName"] === undefined) === (news["machineId"] === undefined)) {
      list.add(
        "machineName",
        "Set either machineName or machineId to identify the virtual machine.",
      );
    }
    if (news["copied"] === true && news["holdHours"] === undefined) {
      list.add("copied", "Nothing is held, so nothing can be copied: set holdHours as well.");
    }
    return Promise.resolve({ inputs: news, failures: list.failures });
  },

  diff(_service, olds, news): Promise<DiffResult> {
    const replaces = FIXED_FOR_LIFE.filter((name) => isDifferent(olds[name], news[name]));
    if (isExpired(olds) && news["copied"] !== true) {
      return Promise.resolve({
        changes: true,
        replaces: [...replaces, "holdHours"],
        deleteBeforeReplace: true,
      });
    }
    const isCopied = olds["isHeld"] === true && news["copied"] === true;
    return Promise.resolve({
      changes: replaces.length > 0 || isCopied,
      replaces,
      deleteBeforeReplace: false,
    });
  },

  async create(service, news): Promise<ObservedResource> {
    const {
      machineId,
      machineName = "",
      consistency = DEFAULT_CONSISTENCY,
      holdHours,
      copied = false,
    } = parseInputs(referencePointSchema, news, String(news["machineName"] ?? news["machineId"]));
    const machine =
      machineId === undefined ? { name: machineName } : { id: machineId.toLowerCase() };
    const hold = holdHours !== undefined && !copied;
    const point = await service.create({ machine, consistency, hold });
    return observed(
      point,
      news,
      hold ? new Date(Date.now() + holdHours * MS_PER_HOUR).toISOString() : undefined,
    );
  },

  async read(service, id, recorded): Promise<ObservedResource | undefined> {
    try {
      const point = await service.read(hostIdOf(id, recorded));
      return { ...observed(point, recorded, recorded["heldUntil"]), id };
    } catch (error) {
      if (isDiskError(error, "NotFound") && recorded["disks"] !== undefined) {
        return undefined;
      }
      throw error;
    }
  },

  async update(service, id, olds, news): Promise<ObservedResource> {
    const hostId = hostIdOf(id, olds);
    const isCopied = olds["isHeld"] === true && news["copied"] === true;
    const point = isCopied ? await service.complete(hostId) : await service.read(hostId);
    return { ...observed(point, news, olds["heldUntil"]), id };
  },

  async delete(service, id, olds): Promise<void> {
    await service.destroy(hostIdOf(id, olds));
  },
};

/** A reference point gets another id when its content is given up; that of the resource stays. */
function hostIdOf(id: string, olds: Properties): string {
  return typeof olds["pointId"] === "string" ? olds["pointId"] : id;
}

/**
 * Whether content is held for longer than was declared. Nothing runs between two commands, so the
 * next one finds out.
 */
function isExpired({ isHeld, heldUntil }: Properties): boolean {
  return isHeld === true && typeof heldUntil === "string" && Date.parse(heldUntil) < Date.now();
}

/** A value that is no longer declared stays as it is, for a moment cannot be changed. */
function isDifferent(oldValue: unknown, newValue: unknown): boolean {
  if (newValue === undefined) {
    return false;
  }
  return isUnknown(newValue) || JSON.stringify(oldValue) !== JSON.stringify(newValue);
}

/** @param heldUntil when the content is given up at the latest, where it is held */
function observed(
  point: ReferencePoint,
  declared: Properties,
  heldUntil: unknown,
): ObservedResource {
  const { machineName, machineId, consistency, triggers, holdHours, copied } = declared;
  const outputs = {
    machineName,
    machineId: typeof machineId === "string" ? machineId : point.machineId,
    consistency: consistency ?? point.consistency ?? DEFAULT_CONSISTENCY,
    triggers,
    holdHours,
    copied,
    disks: point.disks,
    pointId: point.id,
    isHeld: point.isHeld,
    heldUntil: point.isHeld ? heldUntil : undefined,
  };
  const inputs = machineName === undefined ? { machineId: outputs.machineId } : { machineName };
  return { id: point.id, outputs, inputs: { ...inputs, consistency, triggers, holdHours, copied } };
}
