import type { CimInstance, CimProperties, CimReference } from "../../../provider/hyperv/cim/cim-session";
import { cimString } from "../../../provider/hyperv/cim/cim-values";
import { serializeEmbeddedInstance } from "../../../provider/hyperv/cim/embedded-instance";

export const V2 = String.raw`root\virtualization\v2`;
export const V1 = String.raw`root\virtualization`;
export const CIMV2 = String.raw`root\cimv2`;

/** A reference with a single key. */
export function referTo(namespace: string, className: string, key: string, value: string): CimReference {
  return { namespace, className, keys: { [key]: cimString(value) } };
}

/** An instance that carries its key among its properties. */
export function instanceAt(reference: CimReference, properties: CimProperties): CimInstance {
  return { className: reference.className, reference, properties: { ...reference.keys, ...properties } };
}

/** The text of an embedded instance, with members that are declared and empty as hosts write them. */
export function embed(className: string, properties: CimProperties, emptyNames: readonly string[] = []): string {
  const text = serializeEmbeddedInstance({ className, properties });
  const empty = emptyNames.map((name) => `<PROPERTY NAME="${name}" PROPAGATED="true" TYPE="string"></PROPERTY>`);
  return text.replace(/<\/INSTANCE>$/, `${empty.join("")}</INSTANCE>`);
}

/** Whether the named properties have these values; texts compare without regard to case. */
export function matches(instance: CimInstance, where: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(where).every(([name, wanted]) => {
    const value = instance.properties[name]?.value;
    return typeof value === "string" && typeof wanted === "string"
      ? value.toUpperCase() === wanted.toUpperCase()
      : value === wanted;
  });
}
