import type { CimReference, CimSession } from "../../../provider/hyperv/cim/cim-session";
import { createRefusedError } from "../../../provider/hyperv/cim/cim-failure";
import { WBEM_E_NOT_FOUND } from "../../../provider/hyperv/cim/wbem-codes";
import {
  type WireRequest,
  readTarget,
  readText,
  readValues,
  writeInstance,
  writeProperties,
} from "./wire";

/** A host is given its own time limit; the fake's limit is that of the session under test. */
const OPTIONS = { timeoutMs: 2 ** 30 };

/** Does what `Invoke-Request` does, with a simulated host in place of the CIM cmdlets. */
export async function askHost(session: CimSession, request: WireRequest): Promise<unknown> {
  if (request.target === undefined) {
    throw new Error(`${request.operation} without a target`);
  }
  const target = readTarget(request.target);
  switch (request.operation) {
    case "get":
      return writeInstance(await session.get(target as CimReference, OPTIONS));
    case "class":
      return (await session.hasClass(target.namespace, target.className, OPTIONS))
        ? session.listMethods(target.namespace, target.className, OPTIONS)
        : refuseClass();
    case "query": {
      const where =
        request.filter === undefined ? undefined : parseWqlCondition(readText(request.filter));
      const properties = request.properties?.map(readText);
      return (await session.query({ ...target, where, properties }, OPTIONS)).map(writeInstance);
    }
    case "associated": {
      const associationClassName =
        request.association === undefined ? undefined : readText(request.association);
      const query = {
        source: target as CimReference,
        resultClassName: readText(request.result),
        associationClassName,
      };
      return (await session.associated(query, OPTIONS)).map(writeInstance);
    }
    case "invoke": {
      const call = {
        target,
        method: readText(request.method),
        arguments: readValues(request.arguments ?? []),
        readOnly: false,
      };
      const { returnValue, outputs } = await session.invoke(call, OPTIONS);
      return writeProperties({ ReturnValue: { type: "uint32", value: returnValue }, ...outputs });
    }
    case "connect":
      throw new Error("connecting is not the business of a host");
  }
}

function refuseClass(): never {
  const failure = {
    kind: "CimFailure",
    hresult: WBEM_E_NOT_FOUND,
    nativeErrorCode: 6,
    category: "ObjectNotFound",
    fullyQualifiedErrorId: "",
    message: "Nicht gefunden",
  } as const;
  throw createRefusedError(failure, "class");
}

/** Reads a condition as bridge-protocol.ts writes one: equalities joined with AND. */
export function parseWqlCondition(text: string): Record<string, string | number | boolean> {
  const where: Record<string, string | number | boolean> = {};
  const term = /^(\w+) = (?:'((?:[^\\']|\\.)*)'|(-?\d+)|(TRUE|FALSE))(?: AND |$)/s;
  for (let rest = text; rest !== "";) {
    const match = term.exec(rest);
    if (match?.[1] === undefined) {
      throw new Error(`not a condition: ${rest}`);
    }
    const [whole, name, quoted, number, boolean] = match;
    where[name] =
      quoted !== undefined
        ? quoted.replaceAll(/\\(.)/gs, "$1")
        : number !== undefined
          ? Number(number)
          : boolean === "TRUE";
    rest = rest.slice(whole.length);
  }
  return where;
}
