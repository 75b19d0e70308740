import fc from "fast-check";
import type { CimProperties } from "../../../../provider/hyperv/cim/cim-session";
import { cimString } from "../../../../provider/hyperv/cim/cim-values";
import { anonymize } from "../../../../provider/hyperv/transcript/anonymizer";
import type { Exchange } from "../../../../provider/hyperv/transcript/transcript";
import { soakRuns } from "../../../support/soak";

const OPTIONS = {
  kept: ["C:\\probe.vhdx"],
  keptProperties: ["A.Version"],
};
const FAILURE = { kind: "CimFailure", category: "NotSpecified" };
const GUID = "5C1A9A7E-0F5B-4F0E-9B7A-3B1E0E7A9C11";

describe("the anonymizer", () => {
  it.each([
    ["a name", "web server", "text-1"],
    [
      "a path, which stays one",
      "D:\\Kunden\\Müller & Co\\web.avhdx",
      "D:\\name-1\\name-2\\name-3.avhdx",
    ],
    ["a path of a share", "\\\\files01\\vm$\\a.vhd", "\\\\name-1\\name-2\\name-3.vhd"],
    ["a GUID", GUID, "00000000-0000-4000-8000-000000000001"],
    [
      "an id that Windows builds of GUIDs",
      `Microsoft:${GUID}\\${GUID.toLowerCase()}\\0\\0\\D`,
      `Microsoft:00000000-0000-4000-8000-000000000001\\00000000-0000-4000-8000-000000000001\\0\\0\\D`,
    ],
    ["an embedded instance", '<INSTANCE CLASSNAME="A"><VALUE>x</VALUE></INSTANCE>', "text-1"],
    ["a class, which is one of Windows", "Msvm_ComputerSystem", "Msvm_ComputerSystem"],
    ["a drive", "C:", "C:"],
    ["a path of its own", "C:\\probe.vhdx", "C:\\probe.vhdx"],
  ])("replaces %s", (_, text, expected) => {
    const [value] = valuesOf(
      anonymize({ exchanges: [answerOf({ Any: cimString(text) })] }, OPTIONS),
    );

    expect(value).toBe(expected);
  });

  it("replaces equal texts by equal ones, whatever their case", () => {
    const properties = { A: cimString("WEB"), B: cimString("web"), C: cimString("db") };

    const values = valuesOf(anonymize({ exchanges: [answerOf(properties)] }, OPTIONS));

    expect(values).toEqual(["text-1", "text-1", "text-2"]);
  });

  it("keeps numbers, switches and what Windows says of itself", () => {
    const properties: CimProperties = {
      Version: cimString("10.0.20348"),
      Size: { type: "uint16", value: 7 },
      On: { type: "boolean", value: true },
    };

    const values = valuesOf(anonymize({ exchanges: [answerOf(properties)] }, OPTIONS));

    expect(values).toEqual(["10.0.20348", 7, true]);
  });

  it("leaves the messages of the host out, which may say anything, and keeps its numbers", () => {
    const failure = {
      kind: "CimFailure",
      category: "NotSpecified",
      fullyQualifiedErrorId:
        "HRESULT 0x80041003,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand",
      hresult: 0x80041003,
      nativeErrorCode: 2,
      message: "Auf HV7 darf Anna „geheim“ nicht öffnen.",
    } as const;
    const refused: Exchange = { method: "get", request: [], outcome: { failure } };

    const [exchange] = anonymize({ exchanges: [refused] }, OPTIONS).exchanges;

    expect(exchange!.outcome).toEqual({
      failure: { ...failure, message: "left out of the transcript" },
    });
  });

  it("lets no name through, wherever it is", () => {
    const shapes = [
      (name: string) => name,
      (name: string) => `C:\\${name}\\${name}.vhdx`,
      (name: string) => `\\\\${name}\\${name}$\\a.${name}`,
      (name: string) => `Microsoft:${GUID}\\${name}`,
      (name: string) => `C: ${name}`,
      (name: string) => `${name}\n${GUID}`,
      (name: string) => `<INSTANCE CLASSNAME="A"><VALUE>${name}</VALUE></INSTANCE>`,
    ];
    const property = fc.property(
      fc.stringMatching(/^[ -~]{0,5}zebra[ -~äß漢]{0,5}$/),
      fc.constantFrom(...shapes),
      (name, shape) => {
        const text = shape(name);
        const failure = { ...FAILURE, message: text, fullyQualifiedErrorId: text };
        const exchanges = [
          answerOf({ Any: cimString(text), List: { type: "string[]", value: [text] } }),
          { method: "get", request: [{ keys: { Name: cimString(text) } }], outcome: { failure } },
          { method: "query", request: [{ where: { Name: text } }], outcome: { answer: [] } },
        ] as Exchange[];

        const result = JSON.stringify(anonymize({ exchanges }, OPTIONS));

        expect(result).not.toMatch(/zebra/i);
      },
    );

    fc.assert(property, { numRuns: soakRuns(200) });
  });

  it("leaves what was put in place of something as it is", () => {
    const once = anonymize(
      { exchanges: [answerOf({ A: cimString(`D:\\a\\${GUID}.vhdx`) })] },
      OPTIONS,
    );

    const twice = anonymize(once, OPTIONS);

    expect(twice).toEqual(once);
  });
});

function answerOf(properties: CimProperties): Exchange {
  return { method: "query", request: [], outcome: { answer: [{ className: "A", properties }] } };
}

function valuesOf({ exchanges }: { exchanges: readonly Exchange[] }): unknown[] {
  const [exchange] = exchanges;
  const [instance] = (exchange!.outcome as { answer: { properties: CimProperties }[] }).answer;
  return Object.values(instance!.properties).map(({ value }) => value);
}
