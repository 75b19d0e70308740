import { DiskError } from "../disk/errors";
import type { ObservedResource } from "./resource";

/**
 * Says that a resource was changed, but not finished. Pulumi then keeps what is there in the state
 * and goes on from there with the next update.
 */
export class PartiallyDoneError extends Error {
  override readonly name = "PartiallyDoneError";

  /** @param resource as it is now; @param cause what stopped the work */
  constructor(
    readonly resource: ObservedResource,
    cause: unknown,
  ) {
    const error = new DiskError("PartialCreate", {
      what: "the disk exists, but does not match its declared inputs yet",
      subject: resource.id,
      facts: { reason: cause instanceof Error ? cause.message : String(cause) },
      remedy: "Its current state is recorded. Fix the cause, then run `pulumi up` again.",
      cause,
    });
    super(error.message, { cause });
  }
}
