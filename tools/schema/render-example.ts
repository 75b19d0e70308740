import {
  type Example,
  type ExampleArguments,
  type ExampleResource,
  type ExampleValue,
  isMember,
  isOutput,
} from "./examples";
import { toGoFunction, toPascal, toSnake } from "./names";

/** How one language writes a program. */
interface Language {
  readonly fence: string;
  readonly render: (example: Example) => string;
}

const LARGE = 2 ** 31;

/** The example in all languages, in the form that Pulumi's documentation tools cut into tabs. */
export function renderExample(example: Example): string {
  const programs = LANGUAGES.map(
    ({ fence, render }) => `\`\`\`${fence}\n${render(example)}\n\`\`\``,
  );
  return [
    "{{% examples %}}",
    "## Example Usage",
    "{{% example %}}",
    `### ${example.title}`,
    "",
    ...programs,
    "{{% /example %}}",
    "{{% /examples %}}",
  ].join("\n");
}

const LANGUAGES: readonly Language[] = [
  { fence: "typescript", render: renderTypeScript },
  { fence: "python", render: renderPython },
  { fence: "go", render: renderGo },
  { fence: "csharp", render: renderCSharp },
  { fence: "java", render: renderJava },
  { fence: "yaml", render: renderYaml },
];

function renderTypeScript({ resources, call }: Example): string {
  const write = (value: ExampleValue): string =>
    isOutput(value)
      ? value.output.join(".")
      : JSON.stringify(isMember(value) ? value.member[1] : value);
  const pairs = (args: ExampleArguments): string =>
    Object.entries(args)
      .map(([name, value]) => `${name}: ${write(value)}`)
      .join(", ");
  const declare = ({ type, name, args, provider }: ExampleResource): string => {
    const options = provider === undefined ? "" : `, { provider: ${provider} }`;
    return `const ${name} = new vhd.${type}("${name}", { ${pairs(args)} }${options});`;
  };
  return [
    'import * as vhd from "pulumi-vhd/native";',
    "",
    ...resources.map(declare),
    ...(call === undefined
      ? []
      : [
          `const result = vhd.${call.name}Output({ ${pairs(call.args)} });`,
          `export const ${call.member} = result.${call.member};`,
        ]),
  ].join("\n");
}

function renderPython({ resources, call }: Example): string {
  const write = (value: ExampleValue): string =>
    isOutput(value)
      ? `${value.output[0]}.${toSnake(value.output[1])}`
      : typeof value === "boolean"
        ? toPascal(String(value))
        : JSON.stringify(isMember(value) ? value.member[1] : value);
  const pairs = (args: ExampleArguments): string[] =>
    Object.entries(args).map(([name, value]) => `${toSnake(name)}=${write(value)}`);
  const declare = ({ type, name, args, provider }: ExampleResource): string => {
    const opts =
      provider === undefined ? [] : [`opts=pulumi.ResourceOptions(provider=${provider})`];
    return `${name} = vhd.${type}("${name}", ${[...pairs(args), ...opts].join(", ")})`;
  };
  return [
    "import pulumi",
    "import pulumi_vhd as vhd",
    "",
    ...resources.map(declare),
    ...(call === undefined
      ? []
      : [
          `result = vhd.${toSnake(call.name)}_output(${pairs(call.args).join(", ")})`,
          `pulumi.export("${call.member}", result.${toSnake(call.member)})`,
        ]),
  ].join("\n");
}

function renderGo({ resources, call }: Example): string {
  const write = (value: ExampleValue): string => {
    if (isOutput(value)) {
      return `${value.output[0]}.${toPascal(value.output[1])}`;
    }
    if (isMember(value)) {
      return `vhd.${value.member[0]}${toPascal(value.member[1])}`;
    }
    if (typeof value === "object") {
      const texts = value.map((text) => `pulumi.String(${JSON.stringify(text)})`);
      return `pulumi.Array{${texts.join(", ")}}`;
    }
    const type =
      typeof value === "number"
        ? value < LARGE
          ? "Int"
          : "Float64"
        : toPascal(typeof value).replace("ean", "");
    return `pulumi.${type}(${JSON.stringify(value)})`;
  };
  const lines = (args: ExampleArguments): string[] =>
    Object.entries(args).map(([name, value]) => `\t\t\t${toPascal(name)}: ${write(value)},`);
  const usedNames = new Set([
    ...[...resources.map(({ args }) => args), ...(call === undefined ? [] : [call.args])].flatMap(
      (args) => Object.values(args).flatMap((value) => (isOutput(value) ? [value.output[0]] : [])),
    ),
    ...resources.flatMap(({ provider }) => provider ?? []),
  ]);
  const declare = ({ type, name, args, provider }: ExampleResource, index: number): string[] => [
    `\t\t${usedNames.has(name) ? name : "_"}, err ` +
      `${usedNames.has(name) || index === 0 ? ":=" : "="} vhd.New${type}(ctx, "${name}", ` +
      `&vhd.${type}Args{`,
    ...lines(args),
    `\t\t}${provider === undefined ? "" : `, pulumi.Provider(${provider})`})`,
    "\t\tif err != nil {",
    "\t\t\treturn err",
    "\t\t}",
  ];
  const header = [
    "package main",
    "",
    "import (",
    '\t"github.com/pulumi-vhd/pulumi-vhd/sdk/go/vhd"',
    '\t"github.com/pulumi/pulumi/sdk/v3/go/pulumi"',
    ")",
    "",
  ];
  return [
    ...header,
    "func main() {",
    "\tpulumi.Run(func(ctx *pulumi.Context) error {",
    ...resources.flatMap(declare),
    ...(call === undefined
      ? []
      : [
          `\t\tresult := vhd.${toGoFunction(call.name)}Output(ctx, ` +
            `vhd.${toGoFunction(call.name)}OutputArgs{`,
          ...lines(call.args),
          "\t\t})",
          `\t\tctx.Export("${call.member}", result.${toPascal(call.member)}())`,
        ]),
    "\t\treturn nil",
    "\t})",
    "}",
  ].join("\n");
}

function renderCSharp({ resources, call }: Example): string {
  const write = (value: ExampleValue): string => {
    if (isOutput(value)) {
      return `${value.output[0]}.${toPascal(value.output[1])}`;
    }
    if (isMember(value)) {
      return `Vhd.${value.member[0]}.${toPascal(value.member[1])}`;
    }
    return typeof value === "object"
      ? `new[] { ${value.map((text) => JSON.stringify(text)).join(", ")} }`
      : JSON.stringify(value);
  };
  const lines = (args: ExampleArguments): string[] =>
    Object.entries(args).map(([name, value]) => `        ${toPascal(name)} = ${write(value)},`);
  const declare = ({ type, name, args, provider }: ExampleResource): string[] => [
    `    var ${name} = new Vhd.${type}("${name}", new()`,
    "    {",
    ...lines(args),
    `    }${provider === undefined ? "" : `, new() { Provider = ${provider} }`});`,
  ];
  return [
    "using System.Collections.Generic;",
    "using Pulumi;",
    "using Vhd = Pulumi.Vhd;",
    "",
    "return await Deployment.RunAsync(() =>",
    "{",
    ...resources.flatMap(declare),
    ...(call === undefined
      ? []
      : [
          `    var result = Vhd.${toPascal(call.name)}.Invoke(new()`,
          "    {",
          ...lines(call.args),
          "    });",
          `    return new Dictionary<string, object?> { ["${call.member}"] = result.Apply(r => ` +
            `r.${toPascal(call.member)}) };`,
        ]),
    "});",
  ].join("\n");
}

function renderJava({ resources, call }: Example): string {
  const write = (value: ExampleValue): string => {
    if (isOutput(value)) {
      return `${value.output[0]}.${value.output[1]}()`;
    }
    if (isMember(value)) {
      return `com.pulumi.vhd.enums.${value.member[0]}.${toPascal(value.member[1])}`;
    }
    return typeof value === "object"
      ? value.map((text) => JSON.stringify(text)).join(", ")
      : `${JSON.stringify(value)}${typeof value === "number" && value >= LARGE ? ".0" : ""}`;
  };
  const chain = (args: ExampleArguments, indent: string): string[] =>
    Object.entries(args).map(([name, value]) => `${indent}.${name}(${write(value)})`);
  const declare = ({ type, name, args, provider }: ExampleResource): string[] => [
    `            var ${name} = new ${type}("${name}", ${type}Args.builder()`,
    ...chain(args, "                "),
    provider === undefined
      ? "                .build());"
      : `                .build(), CustomResourceOptions.builder().provider(${provider}).build());`,
  ];
  const types = [...new Set(resources.map(({ type }) => type))];
  return [
    "import com.pulumi.Pulumi;",
    ...types.flatMap((type) => [
      `import com.pulumi.vhd.${type};`,
      `import com.pulumi.vhd.${type}Args;`,
    ]),
    ...(resources.some(({ provider }) => provider !== undefined)
      ? ["import com.pulumi.resources.CustomResourceOptions;"]
      : []),
    ...(call === undefined
      ? []
      : [
          "import com.pulumi.vhd.VhdFunctions;",
          `import com.pulumi.vhd.inputs.${toPascal(call.name)}Args;`,
        ]),
    "",
    "public class App {",
    "    public static void main(String[] args) {",
    "        Pulumi.run(ctx -> {",
    ...resources.flatMap(declare),
    ...(call === undefined
      ? []
      : [
          `            var result = VhdFunctions.${call.name}(${toPascal(call.name)}Args.builder()`,
          ...chain(call.args, "                "),
          "                .build());",
          `            ctx.export("${call.member}", result.applyValue(r -> r.${call.member}()));`,
        ]),
    "        });",
    "    }",
    "}",
  ].join("\n");
}

function renderYaml({ resources, call }: Example): string {
  const write = (value: ExampleValue): string =>
    isOutput(value)
      ? `\${${value.output.join(".")}}`
      : JSON.stringify(isMember(value) ? value.member[1] : value);
  const lines = (args: ExampleArguments, indent: string): string[] =>
    Object.entries(args).map(([name, value]) => `${indent}${name}: ${write(value)}`);
  const declare = ({ type, name, args, provider }: ExampleResource): string[] => [
    `  ${name}:`,
    `    type: ${type === "Provider" ? "pulumi:providers:vhd" : `vhd:${type}`}`,
    "    properties:",
    ...lines(args, "      "),
    ...(provider === undefined ? [] : ["    options:", `      provider: \${${provider}}`]),
  ];
  return [
    "resources:",
    ...resources.flatMap(declare),
    ...(call === undefined
      ? []
      : [
          "variables:",
          "  result:",
          "    fn::invoke:",
          `      function: vhd:${call.name}`,
          "      arguments:",
          ...lines(call.args, "        "),
          "outputs:",
          `  ${call.member}: \${result.${call.member}}`,
        ]),
  ].join("\n");
}
