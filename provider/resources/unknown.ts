/**
 * What Pulumi puts, during a preview, in the place of a value that is not known yet, whatever the
 * type of that value. The same text as `pulumi.runtime.unknownValue`; a test compares them.
 */
export const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Tells whether a property is not known yet. */
export function isUnknown(value: unknown): boolean {
  return value === UNKNOWN_VALUE;
}
