/**
 * Everything that can go wrong with a disk, told apart by `code`. docs/errors.md has a row for
 * each.
 */
export const DISK_ERROR_CODES = [
  "InvalidInput",
  "NotFound",
  "AlreadyExists",
  "ParentNotFound",
  "ParentMismatch",
  "ChainCycle",
  "ChainTooDeep",
  "HasChildren",
  "CorruptImage",
  "UnsupportedImage",
  "InUse",
  "OutOfRange",
  "TrackingDisabled",
  "StaleLimitId",
  "NotSupported",
  "AccessDenied",
  "Unavailable",
  "HostUnreachable",
  "Timeout",
  "SessionDropped",
  "JobFailed",
  "IoFailed",
  "PartialCreate",
  "Internal",
] as const;

/** One of {@link DISK_ERROR_CODES}. */
export type DiskErrorCode = (typeof DISK_ERROR_CODES)[number];

/**
 * What an error is about. Every member ends up in the message, because Pulumi shows nothing else to
 * its user.
 */
export interface DiskErrorDetails {
  /** What happened, as a clause without a final dot: `the parent cannot be found`. */
  readonly what: string;
  /** What it happened to: nearly always the path of a file. */
  readonly subject?: string | undefined;
  /** Values that explain it; undefined ones are left out. */
  readonly facts?: Readonly<Record<string, string | number | bigint | boolean | undefined>>;
  /** What the reader can do now, as one sentence with its final dot. */
  readonly remedy?: string | undefined;
  /** The error underneath, kept as `cause`. */
  readonly cause?: unknown;
}

const BRAND = Symbol.for("pulumi-vhd.DiskError");

/**
 * The one error class of this package. Its message reads
 * `[Code] what happened: subject (facts). What to do.`
 *
 * Tell errors apart with {@link isDiskError}, never with `instanceof`: a program and the provider
 * process may hold two copies of this package.
 */
export class DiskError extends Error {
  /** Always `DiskError`. */
  override readonly name = "DiskError";

  /** @param code why it failed; @param details what failed and what to do */
  constructor(
    /** Why it failed; docs/errors.md explains each code. */
    readonly code: DiskErrorCode,
    /** What failed, with which values, and what to do: the parts of the message. */
    readonly details: DiskErrorDetails,
  ) {
    super(
      formatMessage(code, details),
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    Object.defineProperty(this, BRAND, { value: true, enumerable: false });
  }
}

/**
 * Tells whether a caught value is a {@link DiskError}, from this copy of the package or another.
 *
 * @param error anything that was thrown
 * @param code if given, the error must also carry this code
 */
export function isDiskError(error: unknown, code?: DiskErrorCode): error is DiskError {
  if (typeof error !== "object" || error === null || !(BRAND in error)) {
    return false;
  }
  return code === undefined || (error as Partial<DiskError>).code === code;
}

function formatMessage(code: DiskErrorCode, details: DiskErrorDetails): string {
  const facts = Object.entries(details.facts ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${String(value)}`);
  const subject = details.subject === undefined ? "" : `: ${details.subject}`;
  const factList = facts.length === 0 ? "" : ` (${facts.join(", ")})`;
  const remedy = details.remedy === undefined ? "" : ` ${details.remedy}`;
  return `[${code}] ${details.what}${subject}${factList}.${remedy}`;
}
