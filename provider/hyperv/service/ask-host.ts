import type {
  CimAssociationQuery,
  CimInstance,
  CimMethodCall,
  CimMethodResult,
  CimQuery,
  CimReference,
} from "../cim/cim-session";
import { explainRefusal } from "./host-failure";
import type { JobHost } from "./job-host";

/*
 * The requests of this backend, each within the host's time limit, and with its refusal explained.
 *
 * `subject` is what a request is about, for messages: nearly always the path of a disk.
 */

/** As `CimSession.get`, with the meaning of the host's numbers. */
export function getInstance(
  host: JobHost,
  reference: CimReference,
  subject: string,
): Promise<CimInstance> {
  return ask(subject, () => host.session.get(reference, optionsOf(host)));
}

/** As `CimSession.query`, with the meaning of the host's numbers. */
export function queryInstances(
  host: JobHost,
  query: CimQuery,
  subject: string,
): Promise<readonly CimInstance[]> {
  return ask(subject, () => host.session.query(query, optionsOf(host)));
}

/** As `CimSession.associated`, with the meaning of the host's numbers. */
export function listAssociated(
  host: JobHost,
  query: CimAssociationQuery,
  subject: string,
): Promise<readonly CimInstance[]> {
  return ask(subject, () => host.session.associated(query, optionsOf(host)));
}

/** As `CimSession.invoke`, with the meaning of the host's numbers. */
export function invokeMethod(
  host: JobHost,
  call: CimMethodCall,
  subject: string,
): Promise<CimMethodResult> {
  return ask(subject, () => host.session.invoke(call, optionsOf(host)));
}

/** As `CimSession.hasClass`, with the meaning of the host's numbers. */
export function hasClass(host: JobHost, namespace: string, className: string): Promise<boolean> {
  return ask(`${namespace}:${className}`, () =>
    host.session.hasClass(namespace, className, optionsOf(host)),
  );
}

/** As `CimSession.listMethods`, with the meaning of the host's numbers. */
export function listMethods(
  host: JobHost,
  namespace: string,
  className: string,
): Promise<readonly string[]> {
  return ask(`${namespace}:${className}`, () =>
    host.session.listMethods(namespace, className, optionsOf(host)),
  );
}

async function ask<T>(subject: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw explainRefusal(error, subject);
  }
}

/**
 * The signal of a host ends jobs, not requests: what a cancelled job left behind has to be removed.
 */
function optionsOf(host: JobHost): { timeoutMs: number } {
  return { timeoutMs: host.callTimeoutMs };
}
