import type { CimMethodCall, CimSession } from "../../../provider/hyperv/cim/cim-session";

/**
 * What a module must export that answers for a fake PowerShell. Its options come out of the
 * launcher as JSON. A session that fails with `SessionDropped` makes the process exit, one that
 * fails with anything but a refusal stops it.
 */
export interface FakeHostModule {
  openSession(options: unknown): CimSession | Promise<CimSession>;
}

/** A method call that a test can send to any fake host. */
export function callOf(
  method: string,
  values: CimMethodCall["arguments"] = {},
  readOnly = true,
): CimMethodCall {
  return {
    target: {
      namespace: String.raw`root\virtualization\v2`,
      className: "Msvm_ImageManagementService",
      keys: {},
    },
    method,
    arguments: values,
    readOnly,
  };
}
