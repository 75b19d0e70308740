import { createRefusedError } from "../../../provider/hyperv/cim/cim-failure";
import { WBEM_E_NOT_FOUND } from "../../../provider/hyperv/cim/wbem-codes";
import type {
  CimInstance,
  CimProperties,
  CimReference,
  CimSession,
  CimValue,
} from "../../../provider/hyperv/cim/cim-session";

const E_ACCESS_DENIED = 0x80041003;

/**
 * A host that answers with what it was asked: a method gives its arguments back, a query one
 * instance that has the asked properties. Classes and methods named `Missing` do not exist, those
 * named `Denied` are refused.
 */
export function openSession(): CimSession {
  return {
    get: async (reference) => instanceOf(reference, {}),
    query: async ({ namespace, className, where = {} }) => {
      const properties = Object.fromEntries(
        Object.entries(where).map(([name, value]) => [name, valueOf(value)]),
      );
      return [
        instanceOf(
          { namespace, className, keys: properties },
          { Size: { type: "uint64", value: 2n ** 64n - 1n } },
        ),
      ];
    },
    associated: async ({ source, resultClassName }) => [
      instanceOf({ ...source, className: resultClassName }, {}),
    ],
    invoke: async ({ method, arguments: outputs }) => {
      refuse(method);
      return { returnValue: 4096, outputs };
    },
    hasClass: async (_, className) => {
      if (className === "Denied") {
        refuse(className);
      }
      return className !== "Missing";
    },
    listMethods: async (_, className) => [`Echo${className}`],
    close: async () => undefined,
  };
}

function instanceOf(reference: CimReference, properties: CimProperties): CimInstance {
  refuse(reference.className);
  return {
    className: reference.className,
    reference,
    properties: { ...properties, ...reference.keys },
  };
}

function refuse(name: string): void {
  const hresult = { Missing: WBEM_E_NOT_FOUND, Denied: E_ACCESS_DENIED }[name];
  if (hresult !== undefined) {
    const failure = {
      kind: "CimFailure",
      hresult,
      nativeErrorCode: 6,
      category: "NotSpecified",
    } as const;
    throw createRefusedError(
      { ...failure, fullyQualifiedErrorId: "", message: "Das gibt es nicht" },
      name,
    );
  }
}

function valueOf(value: string | number | bigint | boolean): CimValue {
  switch (typeof value) {
    case "string":
      return { type: "string", value };
    case "boolean":
      return { type: "boolean", value };
    default:
      return { type: "sint64", value: BigInt(value) };
  }
}
