import { isDiskError } from "../../disk/errors";
import type { CimSession } from "../cim/cim-session";
import { textOf } from "../cim/cim-values";
import { HostFiles } from "../disks/host-files";
import { hasClass, listMethods, queryInstances } from "../service/ask-host";
import type { ImageService } from "../service/image-service";
import { type JobHost, createJobHost } from "../service/job-host";
import { listMachineDisks } from "../service/machine-disks";
import { NAMESPACE_V2, openImageService } from "../service/open-service";

/** What a host says of itself, and what of this package works on it. */
export interface HostSurvey {
  /** Such as `Microsoft Windows Server 2022 Standard`, `10.0.20348`. */
  readonly windows?: { readonly caption: string; readonly version: string } | undefined;
  /** Of the image management service; which of the two it is says its generation. */
  readonly namespace?: string | undefined;
  /** In the order in which they were asked; what follows a broken one may be left out. */
  readonly findings: readonly Finding[];
}

/** One thing that was asked. */
export interface Finding {
  /** Such as `change queries`. */
  readonly what: string;
  /** `missing` is what this Windows does not have, `fails` what should work and does not. */
  readonly state: "works" | "missing" | "fails";
  /** Why, with what to do; absent for what works. */
  readonly why?: string | undefined;
}

const PROBE_PATH_V2 = "C:\\pulumi-vhd-self-check.vhdx";
const PROBE_PATH_V1 = "C:\\pulumi-vhd-self-check.vhd";
/** Paths of no files, that say who asks for them. */
export const PROBE_PATHS: readonly string[] = [PROBE_PATH_V2, PROBE_PATH_V1];

const IMAGE_SERVICE = "Msvm_ImageManagementService";
const SYSTEM_PROPERTIES = ["Caption", "Version", "SystemDrive"];
const METHODS_V2 = [
  "CreateVirtualHardDisk",
  "GetVirtualHardDiskSettingData",
  "GetVirtualHardDiskState",
  "ResizeVirtualHardDisk",
  "SetParentVirtualHardDisk",
  "ValidateVirtualHardDisk",
];
const METHODS_V1 = [
  "CreateDifferencingVirtualHardDisk",
  "CreateDynamicVirtualHardDisk",
  "CreateFixedVirtualHardDisk",
  "GetVirtualHardDiskInfo",
  "ReconnectParentVirtualHardDisk",
  "ValidateVirtualHardDisk",
];
const REFERENCE_POINT = "Msvm_VirtualSystemReferencePoint";
const SINCE_2012 = "Windows Server 2012 and Windows 8 were the first to have it";
const SINCE_2016 = "Windows Server 2016 and Windows 10 were the first to have it";

/**
 * Asks a host what works. Nothing is changed: all requests only read.
 *
 * @throws nothing: what goes wrong is among the findings
 */
export async function surveyHost(session: CimSession): Promise<HostSurvey> {
  const host = createJobHost(session, {});
  const survey = new Survey();
  const windows = await survey.try("a session with Windows", () => readWindows(host));
  if (windows === undefined) {
    return survey.end();
  }
  await survey.try("files and folders of drives", () => readDrive(host, windows.drive));
  const service = await survey.try("the image management service", () => openImageService(host));
  if (service !== undefined) {
    await askService(host, survey, service);
  }
  const { caption, version } = windows;
  return { windows: { caption, version }, namespace: service?.namespace, ...survey.end() };
}

/** Whether disks can be managed on a host. */
export function isUsable(survey: HostSurvey): boolean {
  return survey.findings.every(({ state }) => state !== "fails");
}

async function askService(host: JobHost, survey: Survey, service: ImageService): Promise<void> {
  const { namespace } = service;
  const isNew = namespace === NAMESPACE_V2;
  const methods = await survey.try("the methods of the service", () =>
    listMethods(host, namespace, IMAGE_SERVICE),
  );
  survey.note(
    "making and changing disks",
    describeMissing(isNew ? METHODS_V2 : METHODS_V1, methods),
  );
  await survey.try("reading disks", () =>
    readNoDisk(service, isNew ? PROBE_PATH_V2 : PROBE_PATH_V1),
  );
  await survey.try("the settings of machines", () => listMachineDisks(host, namespace));
  await survey.compare("VHDX", SINCE_2012, async () => isNew);
  for (const [what, method] of [
    ["change queries", "GetVirtualDiskChanges"],
    ["VHD sets", "GetVHDSetInformation"],
  ] as const) {
    await survey.compare(what, SINCE_2016, async () => methods?.includes(method) === true);
  }
  await survey.compare("reference points", SINCE_2016, async () =>
    isNew ? hasClass(host, namespace, REFERENCE_POINT) : false,
  );
}

async function readWindows(
  host: JobHost,
): Promise<{ caption: string; version: string; drive: string }> {
  const className = "Win32_OperatingSystem";
  const query = { namespace: "root\\cimv2", className, properties: SYSTEM_PROPERTIES };
  const [system] = await queryInstances(host, query, className);
  const read = (name: string): string => textOf(system?.properties ?? {}, name) ?? "";
  const drive = read("SystemDrive");
  return { caption: read("Caption"), version: read("Version"), drive: drive === "" ? "C:" : drive };
}

async function readDrive(host: JobHost, drive: string): Promise<true> {
  await new HostFiles(host).hasFolder(`${drive}\\`);
  return true;
}

/** That there is no such disk is what a host says to who may ask. */
async function readNoDisk(service: ImageService, path: string): Promise<true> {
  try {
    await service.getVirtualHardDiskSettingData(path);
  } catch (error) {
    if (!isDiskError(error, "NotFound")) {
      throw error;
    }
  }
  return true;
}

function describeMissing(
  needed: readonly string[],
  present: readonly string[] | undefined,
): string | undefined {
  const missing = needed.filter((name) => present?.includes(name) !== true);
  return missing.length === 0
    ? undefined
    : `the service has no ${missing.join(", ")}: repair or update the Hyper-V role`;
}

function describe(error: unknown): string {
  return isDiskError(error) ? error.message : String(error);
}

/** Collects the findings. */
class Survey {
  readonly #findings: Finding[] = [];

  /** Notes whether something works. @returns `undefined` where it does not */
  async try<T>(what: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await ask();
      this.note(what, undefined);
      return answer;
    } catch (error) {
      this.note(what, describe(error));
      return undefined;
    }
  }

  note(what: string, why: string | undefined): void {
    this.#findings.push(
      why === undefined ? { what, state: "works" } : { what, state: "fails", why },
    );
  }

  /** Notes whether there is something that not every Windows has. */
  async compare(what: string, since: string, isThere: () => Promise<boolean>): Promise<void> {
    try {
      this.#findings.push(
        (await isThere()) ? { what, state: "works" } : { what, state: "missing", why: since },
      );
    } catch (error) {
      this.note(what, describe(error));
    }
  }

  end(): { findings: readonly Finding[] } {
    return { findings: this.#findings };
  }
}
