import { DiskError } from "../../disk/errors";
import type { CimFailure } from "../cim/cim-failure";
import type {
  CimAssociationQuery,
  CimClassName,
  CimMethodCall,
  CimProperties,
  CimQuery,
  CimReference,
  CimValue,
} from "../cim/cim-session";
import { isListType, memberTypeOf } from "../cim/cim-values";

/*
 * What is said to cim-bridge.ps1, and what it says. Both sides write one line of base64 for each
 * message, so that no character of a request is ever read by a shell. bridge-answers.ts reads what
 * comes back.
 */

/** One thing the bridge can be asked for. */
export type BridgeOperation =
  | { readonly operation: "get"; readonly target: CimReference }
  | { readonly operation: "query"; readonly query: CimQuery }
  | { readonly operation: "associated"; readonly query: CimAssociationQuery }
  | { readonly operation: "invoke"; readonly call: CimMethodCall }
  | { readonly operation: "class"; readonly target: CimClassName }
  | { readonly operation: "connect"; readonly computer: RemoteComputer };

/**
 * Another computer, to which the bridge opens a CIM session over WS-Management before anything
 * else.
 */
export interface RemoteComputer {
  readonly computerName: string;
  /** 5985, or 5986 with TLS, where absent. */
  readonly port?: number | undefined;
  readonly useSsl?: boolean | undefined;
  /** The account that runs PowerShell where absent. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** An operation as the bridge reads it. */
export type EncodedOperation = Readonly<Record<string, unknown>> & { readonly operation: string };

/** An operation with the number its answer will carry; 0 is the bridge's own greeting. */
export type BridgeRequest = EncodedOperation & { readonly id: number };

/** What the bridge said about one request. */
export type BridgeAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: CimFailure };

/**
 * Writes a batch of requests as one line of ASCII, without its end.
 *
 * @param requests at least one; the bridge runs them in this order
 */
export function encodeRequestLine(requests: readonly BridgeRequest[]): string {
  return Buffer.from(JSON.stringify({ requests }), "utf8").toString("base64");
}

/**
 * Writes the condition of a query.
 *
 * @param where property names of a class, and what each must equal
 * @see WQL (SQL for WMI): backslashes and quotes of a text are escaped with a backslash
 */
function formatWqlCondition(where: NonNullable<CimQuery["where"]>): string {
  return Object.entries(where)
    .map(([name, value]) => `${name} = ${formatWqlValue(value)}`)
    .join(" AND ");
}

function formatWqlValue(value: string | number | bigint | boolean): string {
  return typeof value === "string"
    ? `'${value.replaceAll(/[\\']/g, "\\$&")}'`
    : String(value).toUpperCase();
}

/**
 * Writes an operation as the bridge reads it.
 *
 * @throws Internal for an argument of a type the bridge cannot take
 */
export function encodeOperation(request: BridgeOperation): EncodedOperation {
  const { operation } = request;
  switch (request.operation) {
    case "get":
      return { operation, target: encodeReference(request.target) };
    case "class":
      return { operation, target: encodeClassName(request.target) };
    case "query":
      return {
        operation,
        target: encodeClassName(request.query),
        filter: encodeFilter(request.query.where),
        properties: request.query.properties?.map(encodeText),
      };
    case "associated": {
      const { source, resultClassName, associationClassName } = request.query;
      return {
        operation,
        target: encodeReference(source),
        result: encodeText(resultClassName),
        association: encodeText(associationClassName),
      };
    }
    case "invoke": {
      const { target, method, arguments: values } = request.call;
      return {
        operation,
        target: "keys" in target ? encodeReference(target) : encodeClassName(target),
        method: encodeText(method),
        arguments: encodeProperties(values),
      };
    }
    case "connect": {
      const { computerName, port, useSsl, user, password } = request.computer;
      return {
        operation,
        computerName: encodeText(computerName),
        port: encodeText(port?.toString()),
        useSsl: useSsl ?? false,
        user: encodeText(user),
        password: encodeText(password ?? ""),
      };
    }
  }
}

function encodeFilter(where: CimQuery["where"]): string | undefined {
  return where === undefined || Object.keys(where).length === 0
    ? undefined
    : encodeText(formatWqlCondition(where));
}

function encodeClassName({ namespace, className }: CimClassName): object {
  return { namespace: encodeText(namespace), className: encodeText(className) };
}

function encodeReference(reference: CimReference): object {
  return { ...encodeClassName(reference), keys: encodeProperties(reference.keys) };
}

function encodeProperties(properties: CimProperties): unknown[] {
  return Object.entries(properties).map(([name, value]) => [
    encodeText(name),
    ...encodeValue(name, value),
  ]);
}

/**
 * What each type is called by the management infrastructure; those that are absent cannot be sent.
 */
const WIRE_TYPES: Readonly<Partial<Record<CimValue["type"], string>>> = {
  boolean: "Boolean",
  string: "String",
  reference: "Reference",
  uint8: "UInt8",
  uint16: "UInt16",
  uint32: "UInt32",
  uint64: "UInt64",
  sint8: "SInt8",
  sint16: "SInt16",
  sint32: "SInt32",
  sint64: "SInt64",
};

function encodeValue(name: string, value: CimValue): [type: string, value: unknown] {
  const memberType = WIRE_TYPES[memberTypeOf(value.type)];
  if (memberType === undefined || value.type === "reference[]") {
    throw new DiskError("Internal", {
      what: "an argument has a type that cannot be sent to a host",
      subject: name,
      facts: { type: value.type },
    });
  }
  if (value.value === null || !isListType(value.type)) {
    return [memberType, encodeMember(value.value as MemberValue | null)];
  }
  return [`${memberType}Array`, (value.value as readonly MemberValue[]).map(encodeMember)];
}

type MemberValue = string | number | bigint | boolean | CimReference;

function encodeMember(value: MemberValue | null): unknown {
  if (value === null) {
    return null;
  }
  return typeof value === "object" ? encodeReference(value) : encodeText(String(value));
}

/** The mark in front keeps PowerShell 7 from taking a text for a date. */
function encodeText(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `=${text}`;
}
