/**
 * Generates provider/plugin/schema.json, which describes this package to every language: names,
 * types and closed sets of values from the zod schemas that validate inputs, descriptions and
 * outputs from the SDK, and examples.
 */
import { z } from "zod";
import { CONFIG_KEYS, SECRET_CONFIG_KEYS } from "../../provider/config";
import { getVirtualDiskSchema } from "../../provider/functions/get-virtual-disk";
import { getVirtualDiskChainSchema } from "../../provider/functions/get-virtual-disk-chain";
import { getVirtualDiskChangesSchema } from "../../provider/functions/get-virtual-disk-changes";
import { differencingDiskSchema } from "../../provider/resources/differencing-disk";
import { referencePointSchema } from "../../provider/resources/reference-point";
import { virtualDiskSchema } from "../../provider/resources/virtual-disk";
import { EXAMPLES } from "./examples";
import { renderExample } from "./render-example";
import { SourceDocs, isLarge, nameEnum } from "./source-docs";
import { NamedTypes, type ObjectSpec, type PropertySpec, type TypeSpec } from "./types";

/**
 * Inputs whose change makes a resource new. The others change in place, or decide by what they lead
 * to.
 */
const REPLACING: Readonly<Record<string, readonly string[]>> = {
  DifferencingDisk: ["blockSizeBytes"],
  VirtualDisk: ["type", "blockSizeBytes", "logicalSectorSizeBytes", "physicalSectorSizeBytes"],
  ReferencePoint: ["machineName", "machineId", "consistency", "triggers"],
};

/**
 * Defaults that mean the same as leaving the input out. An SDK writes them into the inputs of a
 * resource, so that a value which would make a resource new, or hide the environment, must not be
 * among them.
 */
const DEFAULTS: Readonly<Record<string, boolean | number>> = {
  adopt: false,
  createFolder: false,
  allowDataLoss: false,
  maxRanges: 10_000,
  offsetBytes: 0,
};

const RESOURCES = {
  DifferencingDisk: differencingDiskSchema,
  VirtualDisk: virtualDiskSchema,
  ReferencePoint: referencePointSchema,
};

const FUNCTIONS = {
  getVirtualDisk: getVirtualDiskSchema,
  getVirtualDiskChain: getVirtualDiskChainSchema,
  getVirtualDiskChanges: getVirtualDiskChangesSchema,
};

/** The schema as an object. The version is added when it is served. */
export function generateSchema(): Record<string, unknown> {
  const types = new NamedTypes();
  const docs = new SourceDocs(types);
  const config = describeConfig(docs);
  const resources = Object.entries(RESOURCES).map(([name, schema]) => {
    const inputs = describeInputs(schema, docs.readObject(`${name}Args`), types, REPLACING[name]);
    const outputs = docs.readObject(name);
    return [
      `vhd:index:${name}`,
      {
        description: describe(docs, name),
        properties: outputs.properties,
        required: outputs.required,
        inputProperties: inputs.properties,
        requiredInputs: inputs.required,
        aliases: [{ type: `pulumi-nodejs:dynamic/vhd:${name}` }],
      },
    ];
  });
  const functions = Object.entries(FUNCTIONS).map(([name, schema]) => {
    const capitalized = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
    const inputs = describeInputs(schema, docs.readObject(`${capitalized}Args`), types);
    const outputs = docs.readObject(`${capitalized}Result`);
    const spec = {
      description: describe(docs, name),
      inputs,
      outputs: { ...outputs, type: "object" },
    };
    return [`vhd:index:${name}`, spec];
  });
  return {
    name: "vhd",
    displayName: "Virtual hard disks",
    description:
      "Virtual hard disks: differencing disks, chains and changed ranges, on plain files or a " +
      "Hyper-V host.",
    keywords: ["category/infrastructure", "kind/native", "vhd", "vhdx", "hyper-v"],
    license: "Apache-2.0",
    homepage: "https://github.com/pulumi-vhd/pulumi-vhd",
    repository: "https://github.com/pulumi-vhd/pulumi-vhd",
    pluginDownloadURL: "github://api.github.com/pulumi-vhd/pulumi-vhd",
    meta: { moduleFormat: "(.*)" },
    language: {
      nodejs: { respectSchemaVersion: true },
      python: { respectSchemaVersion: true, pyproject: { enabled: true } },
      go: {
        importBasePath: "github.com/pulumi-vhd/pulumi-vhd/sdk/go/vhd",
        respectSchemaVersion: true,
      },
      csharp: { respectSchemaVersion: true },
      java: { buildFiles: "gradle" },
    },
    config: { variables: config.properties },
    provider: {
      description: describe(docs, "Provider"),
      inputProperties: config.properties,
    },
    types: types.specs,
    resources: Object.fromEntries(resources),
    functions: Object.fromEntries(functions),
  };
}

/** The keys that there are, with the types and descriptions of `Provider`. */
function describeConfig(docs: SourceDocs): ObjectSpec {
  const { properties } = docs.readObject("ProviderArgs");
  const entries = CONFIG_KEYS.map((key) => {
    const property = properties[key];
    if (property === undefined) {
      throw new Error(`ProviderArgs does not describe the configuration key ${key}.`);
    }
    return [key, { ...property, ...(SECRET_CONFIG_KEYS.includes(key) ? { secret: true } : {}) }];
  });
  return { properties: Object.fromEntries(entries) as ObjectSpec["properties"], required: [] };
}

function describeInputs(
  schema: z.ZodObject,
  documented: ObjectSpec,
  types: NamedTypes,
  replacing: readonly string[] = [],
): ObjectSpec {
  // An input that the SDK does not document is not for programs.
  const names = Object.keys(schema.shape).filter((name) => name in documented.properties);
  const entries = names.map((name) => {
    const valueSchema = schema.shape[name] as z.ZodType;
    const description = documented.properties[name]?.description;
    if (description === undefined) {
      throw new Error(`The input ${name} has no description in the SDK.`);
    }
    const spec: PropertySpec = {
      description,
      ...toSpec(name, z.toJSONSchema(valueSchema, { io: "input" }), types),
      ...(name in DEFAULTS ? { default: DEFAULTS[name] } : {}),
      ...(replacing.includes(name) ? { replaceOnChanges: true } : {}),
    };
    return { name, spec, isRequired: !valueSchema.safeParse(undefined).success };
  });
  return {
    properties: Object.fromEntries(entries.map(({ name, spec }) => [name, spec])),
    required: entries.filter(({ isRequired }) => isRequired).map(({ name }) => name),
  };
}

/** A JSON schema as zod writes it, in the words of Pulumi's package schema. */
function toSpec(name: string, json: z.core.JSONSchema.BaseSchema, types: NamedTypes): TypeSpec {
  if (json.enum !== undefined) {
    const values = json.enum as (string | number)[];
    return types.enumOf(nameEnum(name, values), values);
  }
  if (json.type === "array") {
    return {
      type: "array",
      items: toSpec(name, json.items as z.core.JSONSchema.BaseSchema, types),
    };
  }
  if (json.type === "number" || json.type === "integer") {
    return { type: isLarge(name) ? "number" : "integer" };
  }
  return json.type === "string" || json.type === "boolean"
    ? { type: json.type }
    : { $ref: "pulumi.json#/Any" };
}

function describe(docs: SourceDocs, name: string): string {
  const example = EXAMPLES[name];
  if (example === undefined) {
    throw new Error(`Give ${name} an example in tools/schema/examples.ts.`);
  }
  return `${docs.describe(name)}\n\n${renderExample(example)}`;
}
