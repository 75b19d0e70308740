import type { CimProperties } from "../../../../provider/hyperv/cim/cim-session";
import { cimString } from "../../../../provider/hyperv/cim/cim-values";
import { anonymize } from "../../../../provider/hyperv/transcript/anonymizer";
import type { Exchange } from "../../../../provider/hyperv/transcript/transcript";

const OPTIONS = {
  kept: ["C:\\probe.vhdx"],
  keptProperties: ["A.Version"],
  secrets: ["hv7.example.com", "anna"],
};
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

  it("takes names out of the texts of the host, also those that only later answers show", () => {
    const failure = {
      kind: "CimFailure",
      category: "NotSpecified",
      fullyQualifiedErrorId: "HRESULT 0x80041003,Microsoft.Management.Infrastructure",
      hresult: 0x80041003,
      message: `Auf HV7 darf Anna „C:\\VMs\\geheim.vhdx“ nicht öffnen (${GUID}).`,
    } as const;
    const exchanges: Exchange[] = [
      { method: "get", request: [], outcome: { failure } },
      answerOf({ CSName: cimString("HV7") }),
    ];

    const [first] = anonymize({ exchanges }, OPTIONS).exchanges;

    const { message, ...numbers } = (first!.outcome as { failure: typeof failure }).failure;
    expect(message).not.toMatch(/HV7|anna|VMs|geheim|5C1A/i);
    expect(message).toMatch(/^Auf text-\d darf host-\d „C:\\/);
    expect(numbers).toEqual({ ...failure, message: undefined });
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
