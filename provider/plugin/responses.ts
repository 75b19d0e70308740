import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { providerText } from "../resources/provider-text";
import type { CheckFailure, Properties } from "../resources/resource";
import type { ResourceEntry } from "./catalogue";
import type { InputChange } from "./comparison";
import { writeProperties } from "./values";

const { Kind } = proto.PropertyDiff;

/** The answer of a check. */
export function toCheckResponse(
  inputs: Properties,
  failures: readonly CheckFailure[],
  secretNames: ReadonlySet<string>,
): proto.CheckResponse {
  const response = new proto.CheckResponse();
  response.setInputs(writeProperties(inputs, secretNames));
  for (const { property, reason } of failures) {
    const failure = new proto.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    response.addFailures(failure);
  }
  return response;
}

/**
 * Outputs carry the text that the dynamic provider finds its code by, so that a stack can move
 * there and back: the engine keeps the outputs of a resource that did not change.
 */
export function writeOutputs(
  { handlerName }: ResourceEntry,
  outputs: Properties,
  secretNames: ReadonlySet<string>,
): ReturnType<typeof writeProperties> {
  return writeProperties({ ...outputs, __provider: providerText(handlerName) }, secretNames);
}

/** Says of each input how it changes. */
export function addDetails(response: proto.DiffResponse, changes: readonly InputChange[]): void {
  response.setDiffsList(changes.map(({ name }) => name));
  response.setHasdetaileddiff(changes.length > 0);
  for (const { name, kind, replaces } of changes) {
    const detail = new proto.PropertyDiff();
    detail.setKind(
      kind === "add"
        ? replaces
          ? Kind.ADD_REPLACE
          : Kind.ADD
        : replaces
          ? Kind.UPDATE_REPLACE
          : Kind.UPDATE,
    );
    response.getDetaileddiffMap().set(name, detail);
  }
}
