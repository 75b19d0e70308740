import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RESOURCES, FUNCTIONS } from "../../../provider/plugin/catalogue";
import { readSchema } from "../../../provider/plugin/schema";
import { generateSchema } from "../../../tools/schema/generate";
import { SourceDocs } from "../../../tools/schema/source-docs";
import { NamedTypes, type ObjectSpec, type PropertySpec } from "../../../tools/schema/types";

const ROOT = join(__dirname, "..", "..", "..");
const LANGUAGES = ["typescript", "python", "go", "csharp", "java", "yaml"];

interface ResourceSpec extends ObjectSpec {
  readonly description: string;
  readonly inputProperties: Readonly<Record<string, PropertySpec>>;
  readonly requiredInputs: readonly string[];
  readonly aliases: readonly unknown[];
}

interface FunctionSpec {
  readonly description: string;
  readonly inputs: ObjectSpec;
  readonly outputs: ObjectSpec;
}

interface Schema {
  readonly version: string;
  readonly config: { readonly variables: Readonly<Record<string, PropertySpec>> };
  readonly types: Readonly<Record<string, object>>;
  readonly resources: Readonly<Record<string, ResourceSpec>>;
  readonly functions: Readonly<Record<string, FunctionSpec>>;
}

const schema = JSON.parse(readSchema()) as Schema;

const generated = generateSchema();
const docs = new SourceDocs(new NamedTypes());

describe("the schema of the package", () => {
  it("is the one that the sources give; `npm run schema` writes it again", () => {
    const written = readFileSync(join(ROOT, "provider", "plugin", "schema.json"), "utf8");

    expect(`${JSON.stringify(generated, undefined, 1)}\n`).toBe(written);
  });

  it("describes what the plugin serves, no more and no less", () => {
    expect(Object.keys(schema.resources)).toEqual(
      Object.keys(RESOURCES).map((name) => `vhd:index:${name}`),
    );
    expect(Object.keys(schema.functions)).toEqual(
      Object.keys(FUNCTIONS).map((name) => `vhd:index:${name}`),
    );
    for (const [name, { outputNames }] of Object.entries(RESOURCES)) {
      expect(Object.keys(schema.resources[`vhd:index:${name}`]!.properties).toSorted()).toEqual(
        outputNames.toSorted(),
      );
    }
  });

  it("has the version of the package", () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      version: string;
    };

    expect(schema.version).toBe(version);
  });

  it("takes over the resources of the dynamic provider", () => {
    const aliases = Object.values(schema.resources).map((resource) => resource.aliases);

    expect(aliases).toEqual(
      Object.keys(RESOURCES).map((name) => [{ type: `pulumi-nodejs:dynamic/vhd:${name}` }]),
    );
  });

  it("keeps the password, and only that, a secret", () => {
    const secretNames = Object.entries(schema.config.variables)
      .filter(([, property]) => property.secret === true)
      .map(([name]) => name);

    expect(secretNames).toEqual(["password"]);
  });

  it("shows each resource and each function in six languages", () => {
    const descriptions = [
      ...Object.values(schema.resources),
      ...Object.values(schema.functions),
    ].map(({ description }) => description);

    for (const description of descriptions) {
      expect(description.match(/(?<=^```)[a-z]+$/gm)).toEqual(LANGUAGES);
    }
  });

  it("refers to no type that it does not define", () => {
    const references = JSON.stringify(schema).match(/(?<="#\/types\/)[^"]+/g) ?? [];

    expect([...new Set(references)].toSorted()).toEqual(Object.keys(schema.types).toSorted());
  });

  it("gives no default that an SDK would write over what a disk is", () => {
    const defaults = Object.values(schema.resources).flatMap(({ inputProperties }) =>
      Object.entries(inputProperties).flatMap(([name, property]) =>
        property.default === undefined
          ? []
          : [[name, property.default, property.replaceOnChanges ?? false]],
      ),
    );

    expect(defaults.every(([, value, replaces]) => value === false && replaces === false)).toBe(
      true,
    );
  });
});

describe("the TypeScript types", () => {
  it.each(Object.keys(RESOURCES))("of the inputs of %s are those of the schema", (name) => {
    const { properties, required } = docs.readObject(`${name}Args`);
    const { inputProperties, requiredInputs } = schema.resources[`vhd:index:${name}`]!;

    expect(shapeOf(properties)).toEqual(shapeOf(inputProperties));
    expect(required.toSorted()).toEqual(requiredInputs.toSorted());
  });

  it.each(Object.keys(FUNCTIONS))("of the arguments of %s are those of the schema", (name) => {
    const { properties, required } = docs.readObject(`G${name.slice(1)}Args`);
    const { inputs } = schema.functions[`vhd:index:${name}`]!;

    expect(shapeOf(properties)).toEqual(shapeOf(inputs.properties));
    expect(required.toSorted()).toEqual(inputs.required.toSorted());
  });
});

/** The names and types of properties, without what they mean. */
function shapeOf(properties: Readonly<Record<string, PropertySpec>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties)
      .toSorted(([left], [right]) => left.localeCompare(right))
      .map(([name, { type, items, $ref }]) => [name, { type, items, $ref }]),
  );
}
