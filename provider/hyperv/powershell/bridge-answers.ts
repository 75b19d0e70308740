import { DiskError } from "../../disk/errors";
import type { CimFailure } from "../cim/cim-failure";
import { hresultOfMiResult } from "../cim/wbem-codes";
import type {
  CimInstance,
  CimMethodResult,
  CimProperties,
  CimReference,
  CimType,
  CimValue,
} from "../cim/cim-session";
import type { BridgeAnswer } from "./bridge-protocol";
import { isListType, memberTypeOf, numberOf } from "../cim/cim-values";

/** What the bridge says when it runs, before any answer. */
export interface BridgeGreeting {
  /** Of PowerShell, such as `5.1.20348.2582`. */
  readonly version: string;
  /** False for a PowerShell that is not on Windows. */
  readonly hasCim: boolean;
  /**
   * The groups of the machine that the account belongs to, such as `S-1-5-32-544`; a group that UAC
   * leaves out is not among them.
   */
  readonly groups: readonly string[];
}

/**
 * Reads one answer.
 *
 * @param base64 what stood between the sentinel and the dot
 * @throws Internal when it is no answer of the bridge
 */
export function decodeAnswer(base64: string): BridgeAnswer {
  const answer = asRecord(parseJson(base64));
  if (typeof answer["id"] !== "number") {
    throw unreadable("an answer without a number");
  }
  return answer["error"] === undefined
    ? { id: answer["id"], value: answer["value"] }
    : { id: answer["id"], failure: decodeFailure(asRecord(answer["error"])) };
}

/** Reads the greeting. */
export function decodeGreeting(value: unknown): BridgeGreeting {
  const greeting = asRecord(value);
  return {
    version: asText(greeting["version"]),
    hasCim: greeting["hasCim"] === true,
    groups: decodeNames(greeting["groups"] ?? []),
  };
}

/**
 * Reads one instance.
 *
 * @param namespace that of the call: references of some hosts do not name their own
 */
export function decodeInstance(value: unknown, namespace: string): CimInstance {
  const record = asRecord(value);
  const properties = decodeProperties(record["properties"], namespace);
  const keyNames = asList(record["keys"]).map(asText);
  const className = asText(record["className"]);
  return keyNames.length === 0
    ? { className, properties }
    : { className, reference: decodeReference(value, namespace), properties };
}

/** Reads a list of names. */
export function decodeNames(value: unknown): string[] {
  return asList(value).map(asText);
}

/** Reads a list of instances; as {@link decodeInstance}. */
export function decodeInstances(value: unknown, namespace: string): CimInstance[] {
  return asList(value).map((each) => decodeInstance(each, namespace));
}

/**
 * Reads what a method answered; its return value travels among the out parameters. As
 * {@link decodeInstance}.
 */
export function decodeMethodResult(value: unknown, namespace: string): CimMethodResult {
  const { ReturnValue: returned, ...outputs } = decodeProperties(value, namespace) as Record<
    string,
    CimValue
  >;
  const returnValue = returned === undefined ? undefined : numberOf({ returned }, "returned");
  if (returnValue === undefined) {
    throw unreadable("a method without a return value");
  }
  return { returnValue: returnValue >>> 0, outputs };
}

/** A reference carries its keys and nothing else; only some sources mark them as keys. */
function decodeReference(value: unknown, namespace: string): CimReference {
  const record = asRecord(value);
  const properties = decodeProperties(record["properties"], namespace);
  const keyNames = asList(record["keys"]).map(asText);
  const keys = Object.entries(properties).filter(
    ([name]) => keyNames.length === 0 || keyNames.includes(name),
  );
  const own = asText(record["namespace"] ?? "");
  return {
    namespace: (own === "" ? namespace : own).replaceAll("/", "\\").toLowerCase(),
    className: asText(record["className"]),
    keys: Object.fromEntries(keys),
  };
}

function decodeProperties(value: unknown, namespace: string): CimProperties {
  const entries = asList(value).map((triple): [string, CimValue] => {
    const [name, wireType, raw] = asList(triple);
    return [asText(name), decodeValue(decodeType(asText(wireType)), raw, namespace)];
  });
  return Object.fromEntries(entries);
}

const MEMBER_TYPE =
  /^(?:boolean|string|char16|datetime|reference|instance|real32|real64|[us]int(?:8|16|32|64))$/;

/** `UInt64Array` is `uint64[]`. */
function decodeType(wireType: string): CimType {
  const memberType = wireType.replace(/Array$/, "").toLowerCase();
  if (!MEMBER_TYPE.test(memberType)) {
    throw unreadable(`a value of type ${wireType.slice(0, 40)}`);
  }
  return (wireType.endsWith("Array") ? `${memberType}[]` : memberType) as CimType;
}

function decodeValue(type: CimType, raw: unknown, namespace: string): CimValue {
  const memberType = memberTypeOf(type);
  const value = isListType(type)
    ? listMembers(memberType, raw)?.map((member) => decodeMember(memberType, member, namespace))
    : decodeMember(memberType, raw, namespace);
  return { type, value: value ?? null } as CimValue;
}

/**
 * Lists of integers travel as one text with commas, which is smaller and cannot lose its brackets.
 */
function listMembers(memberType: string, raw: unknown): unknown[] | undefined {
  if (raw === null || raw === undefined) {
    return undefined;
  }
  if (!/^[us]int/.test(memberType)) {
    return asList(raw);
  }
  return raw === "" ? [] : asText(raw).split(",");
}

function decodeMember(
  type: ReturnType<typeof memberTypeOf>,
  raw: unknown,
  namespace: string,
): unknown {
  if (raw === null || raw === undefined) {
    return null;
  }
  switch (type) {
    case "reference":
      return decodeReference(raw, namespace);
    case "instance":
      return decodeInstance(raw, namespace);
    case "string":
    case "char16":
    case "datetime":
      return asText(raw);
    case "boolean":
      return asText(raw).toLowerCase() === "true";
    case "real32":
    case "real64":
      return Number(asText(raw));
    case "uint64":
    case "sint64":
      return BigInt(asNumeral(raw));
    default:
      return Number(asNumeral(raw));
  }
}

const HRESULT_IN_ID = /HRESULT (0x[0-9a-f]{8})\b/i;
/** .NET's own facility: such an HRESULT says only that there was an exception. */
const NET_FACILITY = 0x8013;
/** What WS-Management gives for nearly every refusal, whatever its cause. */
const WSMAN_PROVIDER_FAILURE = 0x80338000;

/**
 * The HRESULT that matters stands in the error id; that of the exception is .NET's as a rule. Where
 * neither says anything about the cause, the status of the operation does.
 */
function decodeFailure(error: Record<string, unknown>): CimFailure {
  const fullyQualifiedErrorId = asText(error["fullyQualifiedErrorId"] ?? "");
  const named = HRESULT_IN_ID.exec(fullyQualifiedErrorId)?.[1];
  const own = Number(error["hresult"] ?? 0) >>> 0;
  const native = Number(error["nativeErrorCode"] ?? 0);
  const candidates = [
    named === undefined ? 0 : Number(named),
    own >>> 16 === NET_FACILITY ? 0 : own,
  ];
  const precise = candidates.find((code) => code !== 0 && code !== WSMAN_PROVIDER_FAILURE);
  return {
    kind: "CimFailure",
    hresult: precise ?? hresultOfMiResult(native) ?? candidates.find((code) => code !== 0),
    nativeErrorCode: native === 0 ? undefined : native,
    fullyQualifiedErrorId,
    category: asText(error["category"] ?? ""),
    message: asText(error["message"] ?? ""),
  };
}

function parseJson(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
  } catch (error) {
    throw unreadable("a line that is not JSON", error);
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw unreadable("a value that is not an object");
  }
  return value as Record<string, unknown>;
}

/** Windows PowerShell 5.1 writes some lists as `{"value": [...], "Count": 2}`. */
function asList(value: unknown): unknown[] {
  const list = Array.isArray(value) ? (value as unknown[]) : asRecord(value)["value"];
  if (!Array.isArray(list)) {
    throw unreadable("a value that is not a list");
  }
  return list as unknown[];
}

function asText(value: unknown): string {
  if (typeof value !== "string") {
    throw unreadable("a value that is not a string");
  }
  return value;
}

function asNumeral(value: unknown): string {
  const text = asText(value);
  if (!/^-?\d{1,20}$/.test(text)) {
    throw unreadable("a value that is not a number");
  }
  return text;
}

function unreadable(what: string, cause?: unknown): DiskError {
  return new DiskError("Internal", {
    what: `the PowerShell bridge returned ${what}`,
    remedy: "Report this together with the PowerShell version of the host.",
    cause,
  });
}
