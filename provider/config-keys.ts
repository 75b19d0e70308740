import { z } from "zod";
import { isAbsolutePath } from "./disk/host-path";
import { LOCAL_PATH_STYLE } from "./embedded/path-style";

/**
 * The keys of the configuration and their rules. docs/configuration.md lists the keys.
 */

/** A list of paths: a JSON array, as `pulumi config set --path` writes one, or one path a line. */
const pathListSchema = z.string().transform((text) => {
  const parsed = z.array(z.string()).safeParse(tryParseJson(text));
  return parsed.success ? parsed.data : text.split("\n").filter((line) => line !== "");
});

const numberSchema = z
  .string()
  .regex(/^[1-9]\d{0,15}$/, "must be a whole number above 0")
  .transform(Number);

const textSchema = z.string().min(1, "must not be empty");

const keySchemas = z.object({
  backend: z.enum(["embedded", "hyperv"], { error: 'must be "embedded" or "hyperv"' }).optional(),
  searchFolders: pathListSchema.default([]),
  allowedFolders: pathListSchema.optional(),
  transport: z
    .enum(["local", "ssh", "winrm"], { error: 'must be "local", "ssh" or "winrm"' })
    .optional(),
  host: textSchema.optional(),
  port: numberSchema.optional(),
  user: textSchema.optional(),
  password: textSchema.optional(),
  useSsl: z
    .enum(["true", "false"], { error: 'must be "true" or "false"' })
    .transform((text) => text === "true")
    .optional(),
  identityFile: textSchema.optional(),
  sshConfigFile: textSchema.optional(),
  hostKeyChecking: z
    .enum(["yes", "accept-new"], { error: 'must be "yes" or "accept-new"' })
    .optional(),
  executable: textSchema.optional(),
  remoteExecutable: textSchema.optional(),
  callTimeoutMs: numberSchema.optional(),
  jobTimeoutMs: numberSchema.optional(),
  onJobTimeout: z.enum(["cancel", "leave"], { error: 'must be "cancel" or "leave"' }).optional(),
  changeChunkBytes: numberSchema.optional(),
});

/**
 * Who names a host means its disks, and never those of the machine that runs Pulumi.
 *
 * @internal
 */
export const configSchema = keySchemas
  .superRefine((config, context) => {
    const hostKey = (["host", "transport"] as const).find((key) => config[key] !== undefined);
    if (config.backend === "embedded" && hostKey !== undefined) {
      const message =
        "is set, but vhd:backend is embedded, which manages the files of this machine: remove " +
        "one of the two";
      context.addIssue({ code: "custom", path: [hostKey], message });
    }
    for (const key of ["searchFolders", "allowedFolders"] as const) {
      const problem = describeFoldersProblem(config[key] ?? [], chooseBackend(config));
      if (problem !== undefined) {
        context.addIssue({ code: "custom", path: [key], message: problem });
      }
    }
  })
  .transform((config) => ({ ...config, backend: chooseBackend(config) }));

/** The configuration of one backend, validated. @internal */
export type Config = z.output<typeof configSchema>;

/** The keys of the configuration. */
export const CONFIG_KEYS: readonly string[] = Object.keys(keySchemas.shape);

function chooseBackend({
  backend,
  host,
  transport,
}: z.output<typeof keySchemas>): "embedded" | "hyperv" {
  return backend ?? (host === undefined && transport === undefined ? "embedded" : "hyperv");
}

function describeFoldersProblem(
  folders: readonly string[],
  backend: "embedded" | "hyperv",
): string | undefined {
  const style = backend === "hyperv" ? "win32" : LOCAL_PATH_STYLE;
  const several = folders.find((folder) => /,\s*(?:[\\/]|[A-Za-z]:[\\/])/.test(folder));
  if (several !== undefined) {
    return (
      `contains ${JSON.stringify(several)}, which looks like several folders: write a JSON list, ` +
      "or one folder per line"
    );
  }
  const relative = folders.find((folder) => !isAbsolutePath(style, folder));
  return relative === undefined
    ? undefined
    : `must be a list of full paths, and ${JSON.stringify(relative)} is not a full path where ` +
        "the disks are";
}

/** Which key may be meant by one that there is not; `undefined` where none is like it. */
export function findSimilarKey(strange: string): string | undefined {
  const letters = (key: string): string => key.toLowerCase().split("").toSorted().join("");
  return CONFIG_KEYS.find((key) => letters(key) === letters(strange));
}

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
