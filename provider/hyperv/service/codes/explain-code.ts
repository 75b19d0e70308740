import { hresultOfMiResult } from "../../cim/wbem-codes";
import type { CodeMeaning } from "./code-meaning";
import { RETURN_VALUES } from "./return-values";
import { FILE_RETURN_VALUES } from "./file-return-values";
import { SNAPSHOT_RETURN_VALUES } from "./snapshot-return-values";
import { SYSTEM_HRESULTS } from "./system-hresults";
import { VIRTUAL_DISK_HRESULTS } from "./virtual-disk-hresults";

const LOOK_UP =
  "Look up the number in Microsoft's documentation, and check the event log of the host.";

/**
 * Tells what a return value of a method means that is neither 0 nor 4096.
 *
 * @param value as the method returned it; values that nobody has described are kept verbatim in the
 *   text
 */
export function explainReturnValue(value: number): CodeMeaning {
  return (
    RETURN_VALUES[value] ?? {
      code: "JobFailed",
      what: `the host returned ${value}, which has no known meaning`,
      remedy: LOOK_UP,
    }
  );
}

/** As {@link explainReturnValue}, for the services of checkpoints and reference points. */
export function explainSnapshotReturnValue(value: number): CodeMeaning {
  return SNAPSHOT_RETURN_VALUES[value] ?? explainReturnValue(value);
}

/**
 * Tells what a return value other than 0 of a method of `CIM_DataFile` means.
 *
 * @param value as the method returned it; values that nobody has described are kept verbatim in the
 *   text
 */
export function explainFileReturnValue(value: number): CodeMeaning {
  return (
    FILE_RETURN_VALUES[value] ?? {
      code: "IoFailed",
      what: `the host returned ${value} for a file, which has no known meaning`,
      remedy: LOOK_UP,
    }
  );
}

/**
 * Tells what an HRESULT means.
 *
 * @param hresult signed, as PowerShell shows it, or unsigned
 * @returns values that nobody has described verbatim in the text; `undefined` where it says nothing
 *   about the cause: S_OK and the codes that only mean "failed"
 */
export function explainHresult(hresult: number): CodeMeaning | undefined {
  const code = normalizeHresult(hresult);
  if (!isFailure(code) || UNSPECIFIC_HRESULTS.has(code)) {
    return undefined;
  }
  return (
    lookUpHresult(code) ?? {
      code: "JobFailed",
      what: `the host failed with ${formatHresult(code)}, which has no known meaning`,
      remedy: LOOK_UP,
    }
  );
}

/** As {@link explainHresult}, but `undefined` also where nobody has described the number. */
export function lookUpHresult(hresult: number): CodeMeaning | undefined {
  const code = normalizeHresult(hresult);
  return VIRTUAL_DISK_HRESULTS[code] ?? SYSTEM_HRESULTS[code];
}

/**
 * Tells what the status of a CIM operation means, for hosts that give no HRESULT.
 *
 * @param status as in DSP0200
 * @returns `undefined` where it says nothing about the cause
 */
export function explainMiResult(status: number): CodeMeaning | undefined {
  const hresult = hresultOfMiResult(status);
  return hresult === undefined ? undefined : lookUpHresult(hresult);
}

/** Brings an HRESULT to its unsigned form. */
export function normalizeHresult(hresult: number): number {
  return hresult >>> 0;
}

/** The spelling in which HRESULTs are looked up: `0xC03A000E`. */
export function formatHresult(hresult: number): string {
  return `0x${normalizeHresult(hresult).toString(16).toUpperCase().padStart(8, "0")}`;
}

/** E_FAIL, COR_E_EXCEPTION and their like: wrappers that hide a cause rather than name it. */
const UNSPECIFIC_HRESULTS: ReadonlySet<number> = new Set([
  0x80004005, 0x80131500, 0x80131501, 0x80131509, 0x8000ffff,
]);

/** The top bit distinguishes failures from successes. */
function isFailure(hresult: number): boolean {
  return hresult >= 0x80000000;
}
