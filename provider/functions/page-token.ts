import { createHash } from "node:crypto";
import { z } from "zod";
import { invalidArgument } from "./arguments";

/** Where an answer goes on, and of which disk and query. */
export interface PageToken {
  readonly window: { readonly offsetBytes: number; readonly lengthBytes: number };
  /** As the stream of the first page told it. */
  readonly fingerprint: string;
}

const TOKEN_VERSION = 1;

const tokenSchema = z.object({
  version: z.literal(TOKEN_VERSION),
  offsetBytes: z.int().min(0),
  lengthBytes: z.int().min(0),
  fingerprint: z.string(),
  query: z.string(),
});

/** Writes a token: opaque text for the program, safe in URLs and shells. */
export function serializePageToken(token: PageToken, queryText: string): string {
  const { window, fingerprint } = token;
  const content = { version: TOKEN_VERSION, ...window, fingerprint, query: digest(queryText) };
  return Buffer.from(JSON.stringify(content)).toString("base64url");
}

/**
 * Reads a token.
 *
 * @throws InvalidInput when it is damaged or belongs to another query
 */
export function parsePageToken(text: string, queryText: string): PageToken {
  const result = tokenSchema.safeParse(parseJson(Buffer.from(text, "base64url").toString("utf8")));
  if (!result.success) {
    throw invalidArgument("getVirtualDiskChanges", ["nextToken was not returned by this function"]);
  }
  const { offsetBytes, lengthBytes, fingerprint, query } = result.data;
  if (query !== digest(queryText)) {
    throw invalidArgument("getVirtualDiskChanges", [
      "nextToken belongs to a query with other arguments",
    ]);
  }
  return { window: { offsetBytes, lengthBytes }, fingerprint };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
