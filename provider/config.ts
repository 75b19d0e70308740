import { z } from "zod";
import type { DiskBackend } from "./disk/backend";
import { DiskError } from "./disk/errors";
import { createEmbeddedBackend } from "./embedded/embedded-backend";

/**
 * Where configuration comes from: given a key such as `backend`, the text set for `vhd:backend`, if any.
 * docs/configuration.md lists the keys.
 */
export type ConfigSource = (key: string) => string | undefined;

/** A list of paths: a JSON array, as `pulumi config set --path` writes one, or one path a line. */
const pathListSchema = z.string().transform((text) => {
  const parsed = z.array(z.string()).safeParse(tryParseJson(text));
  return parsed.success ? parsed.data : text.split("\n").filter((line) => line !== "");
});

const configSchema = z.object({
  backend: z.enum(["embedded"], { error: 'must be "embedded"' }).default("embedded"),
  searchFolders: pathListSchema.default([]),
});

/** The configuration of one backend, validated. */
type Config = z.output<typeof configSchema>;

const backends = new Map<string, DiskBackend>();

/**
 * Gives the backend for a configuration; the same one for the same configuration, for as long as the process lives.
 *
 * @param source is asked first; the environment second (`vhd:searchFolders` is `VHD_SEARCH_FOLDERS`)
 * @throws InvalidInput naming the key
 */
export function openBackend(source: ConfigSource): DiskBackend {
  const config = parseConfig(source);
  const key = JSON.stringify(config);
  const backend = backends.get(key) ?? createBackend(config);
  backends.set(key, backend);
  return backend;
}

function createBackend(config: Config): DiskBackend {
  return createEmbeddedBackend({ searchFolders: config.searchFolders });
}

function parseConfig(source: ConfigSource): Config {
  const entries = Object.keys(configSchema.shape).map((key) => [key, source(key) ?? process.env[environmentName(key)]]);
  const result = configSchema.safeParse(Object.fromEntries(entries));
  if (result.success) {
    return result.data;
  }
  const [issue] = result.error.issues;
  const key = String(issue?.path[0]);
  throw new DiskError("InvalidInput", {
    what: `the configuration value ${issue?.message ?? "is wrong"}`,
    subject: `vhd:${key}`,
    remedy: `Set it with \`pulumi config set vhd:${key} …\`, or with ${environmentName(key)} in the environment.`,
  });
}

/** `searchFolders` is `VHD_SEARCH_FOLDERS` in the environment. */
function environmentName(key: string): string {
  return `VHD_${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
