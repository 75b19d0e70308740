import type { HostSurvey } from "../hyperv/check/survey-host";

/** All that is told of a host; this is what `--json` writes. */
export interface HostReport extends HostSurvey {
  /** `this machine`, or as configured. */
  readonly host: string;
  readonly transport: string;
  /** The version of PowerShell; absent where none got ready. */
  readonly powerShell?: string | undefined;
  /** Of the account on the host; absent where it cannot be asked. */
  readonly account?:
    { readonly isAdministrator: boolean; readonly isHypervAdministrator: boolean } | undefined;
}

/** Writes a report as lines of text. */
export function formatReport(report: HostReport): string {
  const { host, transport, windows, powerShell, namespace, account, findings } = report;
  const facts: (readonly [string, string | undefined])[] = [
    ["Host", `${host} (${transport})`],
    ["Windows", windows && `${windows.caption}, ${windows.version}`],
    // Only in this mode does it get ready.
    ["PowerShell", powerShell && `${powerShell}, FullLanguage`],
    ["Service", namespace],
    ["Account", account && describeAccount(account)],
  ];
  const lines = [
    ...facts.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(12)}${text}`])),
    "",
    ...findings.flatMap(({ what, state, why }) => [
      `${state.padEnd(12)}${what}`,
      ...(why === undefined ? [] : [`${" ".repeat(12)}${why}`]),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

function describeAccount(account: NonNullable<HostReport["account"]>): string {
  const groups = [
    ...(account.isAdministrator ? ["Administrators, elevated"] : []),
    ...(account.isHypervAdministrator ? ["Hyper-V Administrators"] : []),
  ];
  return groups.length === 0
    ? "neither in Administrators and elevated nor in Hyper-V Administrators"
    : `in ${groups.join(" and ")}`;
}
