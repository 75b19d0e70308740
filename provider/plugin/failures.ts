import type { ServiceError, StatusObject } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { type DiskErrorCode, isDiskError } from "../disk/errors";
import { PartiallyDoneError } from "../resources/partially-done";
import type { Properties } from "../resources/resource";
import { Any, grpc } from "./peer";
import { writeProperties } from "./values";

const { status: StatusCode } = grpc;

/**
 * What the engine concludes from an error: of `UNKNOWN` and `INTERNAL`, that the step may have been
 * done all the same, which it then writes into the state as pending; of the others, that nothing
 * was done. `UNAVAILABLE`, `CANCELLED` and `UNIMPLEMENTED` would mean the plugin itself.
 */
const STATUS_CODES: Readonly<Partial<Record<DiskErrorCode, number>>> = {
  InvalidInput: StatusCode.INVALID_ARGUMENT,
  NotFound: StatusCode.NOT_FOUND,
  AlreadyExists: StatusCode.ALREADY_EXISTS,
  ParentNotFound: StatusCode.FAILED_PRECONDITION,
  ParentMismatch: StatusCode.FAILED_PRECONDITION,
  ChainCycle: StatusCode.FAILED_PRECONDITION,
  ChainTooDeep: StatusCode.FAILED_PRECONDITION,
  HasChildren: StatusCode.FAILED_PRECONDITION,
  CorruptImage: StatusCode.FAILED_PRECONDITION,
  UnsupportedImage: StatusCode.FAILED_PRECONDITION,
  InUse: StatusCode.FAILED_PRECONDITION,
  OutOfRange: StatusCode.OUT_OF_RANGE,
  TrackingDisabled: StatusCode.FAILED_PRECONDITION,
  StaleLimitId: StatusCode.FAILED_PRECONDITION,
  NotSupported: StatusCode.FAILED_PRECONDITION,
  AccessDenied: StatusCode.PERMISSION_DENIED,
};

/** What was being done when an error came up. */
export interface FailureContext {
  /** Texts that must never be seen. */
  readonly secretValues: readonly string[];
  /** Wraps the outputs of a resource that was made but not finished; without it, none can be. */
  readonly writeOutputs?: (outputs: Properties) => ReturnType<typeof writeProperties>;
}

/** An error as gRPC takes it. */
export type GrpcFailure = Partial<StatusObject> & Pick<ServiceError, "code" | "details">;

/**
 * Turns whatever was thrown into the answer of a gRPC method. A resource that was made but not
 * finished travels along, so that the engine records it.
 */
export function toGrpcFailure(
  error: unknown,
  { secretValues, writeOutputs }: FailureContext,
): GrpcFailure {
  const details = hideSecrets(error instanceof Error ? error.message : String(error), secretValues);
  const code = isDiskError(error)
    ? (STATUS_CODES[error.code] ?? StatusCode.UNKNOWN)
    : StatusCode.UNKNOWN;
  if (!(error instanceof PartiallyDoneError) || writeOutputs === undefined) {
    return { code, details };
  }
  const { id, outputs, inputs } = error.resource;
  const failed = new ErrorResourceInitFailed();
  failed.setId(id);
  failed.setProperties(writeOutputs(outputs));
  failed.setInputs(writeProperties(inputs));
  failed.setReasonsList([details]);
  return { code, details, metadata: packDetails(code, details, failed) };
}

/** Replaces secret texts wherever they stand in another one. */
function hideSecrets(text: string, secretValues: readonly string[]): string {
  return secretValues.reduce((hidden, secret) => hidden.replaceAll(secret, "[secret]"), text);
}

/** gRPC carries structured details beside an error in a trailer of this name. */
function packDetails(
  code: number,
  message: string,
  failed: ErrorResourceInitFailed,
): StatusObject["metadata"] {
  const detail = new Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(code);
  status.setMessage(message);
  status.addDetails(detail);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return metadata;
}
