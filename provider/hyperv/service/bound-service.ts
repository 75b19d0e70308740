import type { CimProperties, CimReference } from "../cim/cim-session";
import { cimString } from "../cim/cim-values";
import type { JobHost } from "./job-host";
import { type ServiceResult, callMethod, callReader } from "./service-call";

/** What the image management services of all generations do in the same way. */
export abstract class BoundService {
  /** @param service the instance of `Msvm_ImageManagementService` in the generation's namespace */
  constructor(
    protected readonly host: JobHost,
    protected readonly service: CimReference,
  ) {}

  get namespace(): string {
    return this.service.namespace;
  }

  async mergeVirtualHardDisk(sourcePath: string, destinationPath: string): Promise<void> {
    await this.change("MergeVirtualHardDisk", sourcePath, {
      SourcePath: cimString(sourcePath),
      DestinationPath: cimString(destinationPath),
    });
  }

  async validateVirtualHardDisk(path: string): Promise<void> {
    // Its answer is that it succeeds, and a job says that as well as a return value.
    await this.read("ValidateVirtualHardDisk", path, { Path: cimString(path) }, () => true);
  }

  /** Calls a method that changes something. @throws as {@link callMethod} */
  protected async change(method: string, subject: string, args: CimProperties): Promise<void> {
    await callMethod(this.host, { target: this.service, method, arguments: args, subject });
  }

  /** Calls a method that only reads. @throws as {@link callReader} */
  protected read<T>(
    method: string,
    subject: string,
    args: CimProperties,
    pick: (result: ServiceResult) => T | undefined,
  ): Promise<T> {
    return callReader(this.host, { target: this.service, method, arguments: args, subject }, pick);
  }
}
