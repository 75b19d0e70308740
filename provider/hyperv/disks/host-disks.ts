import type { HostFiles } from "./host-files";
import type { ImageService } from "../service/image-service";
import type { JobHost } from "../service/job-host";

/** One host, as the parts of the backend share it. */
export interface HostDisks {
  readonly host: JobHost;
  readonly files: HostFiles;
  /** The image service, found when it is first needed. @throws the codes of `openImageService` */
  readonly openService: () => Promise<ImageService>;
}
