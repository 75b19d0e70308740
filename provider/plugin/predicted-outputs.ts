import { formatOfPath } from "../disk/host-path";
import type { Properties } from "../resources/resource";
import { UNKNOWN_VALUE, isUnknown } from "../resources/unknown";
import type { ResourceEntry } from "./catalogue";

/**
 * The outputs that a resource will have once it is made, as far as the inputs say; the others are
 * unknown.
 *
 * So is the path, until a disk is there: a data source cannot answer "unknown", and with a path it
 * would be asked in the preview already. A disk that is to be adopted is there.
 *
 * @param typeName the name behind `vhd:index:`
 */
export function predictCreated(
  typeName: string,
  entry: ResourceEntry,
  inputs: Properties,
): Properties {
  const unknowns = Object.fromEntries(entry.outputNames.map((name) => [name, UNKNOWN_VALUE]));
  const predicted = {
    ...unknowns,
    ...predictFixedValues(typeName, inputs),
    ...withoutHidden(inputs),
  };
  return inputs["path"] === undefined || inputs["adopt"] === true
    ? predicted
    : { ...predicted, path: UNKNOWN_VALUE };
}

/**
 * The outputs that a resource will have once it is updated in place: what it has, and what is
 * declared again.
 */
export function predictUpdated(olds: Properties, news: Properties): Properties {
  const declared = Object.entries(withoutHidden(news)).filter(([, value]) => value !== undefined);
  return { ...withoutHidden(olds), ...Object.fromEntries(declared) };
}

/** What follows from the type and the path of a disk. */
function predictFixedValues(typeName: string, { path }: Properties): Properties {
  if (typeName === "ReferencePoint") {
    return { consistency: "application" };
  }
  const type = typeName === "DifferencingDisk" ? "differencing" : "dynamic";
  const format = typeof path === "string" && !isUnknown(path) ? formatOfPath(path) : undefined;
  return { type, ...(format === undefined ? {} : { format }) };
}

function withoutHidden(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !name.startsWith("__")));
}
