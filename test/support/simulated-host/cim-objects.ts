import type {
  CimInstance,
  CimProperties,
  CimReference,
} from "../../../provider/hyperv/cim/cim-session";
import { cimString } from "./values";

export const V2 = String.raw`root\virtualization\v2`;
export const V1 = String.raw`root\virtualization`;
export const CIMV2 = String.raw`root\cimv2`;

/** A reference with a single key. */
export function referTo(
  namespace: string,
  className: string,
  key: string,
  value: string,
): CimReference {
  return { namespace, className, keys: { [key]: cimString(value) } };
}

/** An instance that carries its key among its properties. */
export function instanceAt(reference: CimReference, properties: CimProperties): CimInstance {
  return {
    className: reference.className,
    reference,
    properties: { ...reference.keys, ...properties },
  };
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

/** What a host shows of an instance that was asked for some of its properties. */
export function project(instance: CimInstance, names: readonly string[] | undefined): CimInstance {
  const entries = Object.entries(instance.properties).filter(
    ([name]) => names === undefined || names.includes(name),
  );
  return { ...instance, properties: Object.fromEntries(entries) };
}
