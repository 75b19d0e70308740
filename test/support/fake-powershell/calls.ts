import { callOf } from "./fake-host";

/** For what is answered, however busy the machine is. */
export const LIMIT = { timeoutMs: 30_000 };

/** For what is never answered. */
export const SHORT_LIMIT = { timeoutMs: 300 };

/** A call that changes something on the host. */
export const CHANGE = callOf("Change", {}, false);

/** A call that only reads. */
export const READ = callOf("Read");
