/** Nothing has the keys of a reference: for a job, that it was removed. */
export const WBEM_E_NOT_FOUND = 0x80041002;
/** The account may not use the namespace. */
export const WBEM_E_ACCESS_DENIED = 0x80041003;
/** A value that the host does not take. */
export const WBEM_E_INVALID_PARAMETER = 0x80041008;
/** The class does not offer this operation. */
export const WBEM_E_NOT_SUPPORTED = 0x8004100c;
/**
 * The namespace does not exist: the role is missing, or the host is older or newer than the
 * namespace.
 */
export const WBEM_E_INVALID_NAMESPACE = 0x8004100e;
/** The class does not exist in its namespace. */
export const WBEM_E_INVALID_CLASS = 0x80041010;
/** The class has no such method. */
export const WBEM_E_INVALID_METHOD = 0x8004102e;

/**
 * By status of a CIM operation, the HRESULT that WMI gives for the same reason.
 *
 * @see DSP0200, MI_Result
 */
const MI_RESULTS: Readonly<Record<number, number>> = {
  2: WBEM_E_ACCESS_DENIED,
  3: WBEM_E_INVALID_NAMESPACE,
  4: WBEM_E_INVALID_PARAMETER,
  5: WBEM_E_INVALID_CLASS,
  6: WBEM_E_NOT_FOUND,
  7: WBEM_E_NOT_SUPPORTED,
  16: WBEM_E_INVALID_METHOD,
  17: WBEM_E_INVALID_METHOD,
};

/**
 * Finds the HRESULT of a CIM status.
 *
 * @param status as in DSP0200
 * @returns `undefined` where the status says nothing about the cause
 */
export function hresultOfMiResult(status: number): number | undefined {
  return MI_RESULTS[status];
}
