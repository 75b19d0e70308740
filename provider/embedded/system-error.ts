import { constants } from "node:os";

/** How Node.js spells the code of an error that its own table lacks, such as EDQUOT and ESTALE. */
const UNNAMED = /^Unknown system error -(?<number>\d+)$/;

/** The shape of the names of errors of the system; those of Node.js itself begin with `ERR_`. */
const NAME = /^E[A-Z0-9]+$/;

/**
 * The name of an error of the operating system.
 *
 * @param error whatever was thrown
 * @returns a name such as `ENOENT`; `error 117` for one that has no name on this platform;
 *   `undefined` for what is no error of the system
 */
export function nameOfSystemError(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (typeof code !== "string") {
    return undefined;
  }
  if (NAME.test(code)) {
    return code;
  }
  const number = UNNAMED.exec(code)?.groups?.["number"];
  if (number === undefined) {
    return undefined;
  }
  const found = Object.entries(constants.errno).find(([, value]) => String(value) === number);
  return found?.[0] ?? `error ${number}`;
}
