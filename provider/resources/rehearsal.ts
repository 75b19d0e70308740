import type { DiskBackend, DiskStep } from "../disk/backend";
import { type DiskErrorCode, isDiskError } from "../disk/errors";
import type { FailureList } from "./inputs";

/** What may be over, or brought about, when the update comes to the step. */
const PASSING: ReadonlySet<DiskErrorCode> = new Set([
  "InUse",
  "HostUnreachable",
  "SessionDropped",
  "Timeout",
]);

/** Adds, beside an input, why a step of the update will be refused. */
export async function addRehearsed(
  list: FailureList,
  backend: DiskBackend,
  input: string,
  step: DiskStep,
): Promise<void> {
  try {
    await backend.rehearse(step);
  } catch (error) {
    if (!isDiskError(error)) {
      throw error;
    }
    if (!PASSING.has(error.code)) {
      list.add(input, error.message);
    }
  }
}
