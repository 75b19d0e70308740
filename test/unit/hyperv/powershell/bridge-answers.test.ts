import * as fc from "fast-check";
import { isDiskError } from "../../../../provider/disk/errors";
import {
  decodeAnswer,
  decodeGreeting,
  decodeInstance,
  decodeInstances,
  decodeMethodResult,
} from "../../../../provider/hyperv/powershell/bridge-answers";

const NAMESPACE = "root\\virtualization\\v2";

function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value), "utf8").toString("base64");
}

function failureIn(error: Record<string, unknown>): unknown {
  const answer = decodeAnswer(base64({ id: 3, error }));
  return "failure" in answer ? answer.failure : undefined;
}

describe("decodeAnswer", () => {
  it("prefers the HRESULT of the error id to that of the exception", () => {
    const failure = failureIn({
      fullyQualifiedErrorId:
        "HRESULT 0x8004100e,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand",
      hresult: "-2146233088",
      nativeErrorCode: "3",
    });

    expect(failure).toMatchObject({ hresult: 0x8004100e, nativeErrorCode: 3 });
  });

  it("shows a signed HRESULT as the unsigned number it is", () => {
    const failure = failureIn({ hresult: "-2147024891", nativeErrorCode: "0" });

    expect(failure).toMatchObject({ hresult: 0x80070005, nativeErrorCode: undefined });
  });

  it.each([
    ["2", 0x80041003],
    ["3", 0x8004100e],
    ["5", 0x80041010],
    ["6", 0x80041002],
    ["1", undefined],
  ])(
    "gives the general result %s its WMI number where there is no HRESULT",
    (nativeErrorCode, hresult) => {
      const failure = failureIn({ hresult: "-2146233088", nativeErrorCode });

      expect(failure).toMatchObject({ hresult });
    },
  );

  it.each([
    ["2", 0x80041003],
    ["6", 0x80041002],
    ["1", 0x80338000],
  ])(
    "lets the general result %s decide where WS-Management gives the number of every failure",
    (native, hresult) => {
      const fullyQualifiedErrorId =
        "HRESULT 0x80338000,Microsoft.Management.Infrastructure.CimCmdlets.InvokeCimMethodCommand";

      const failure = failureIn({
        fullyQualifiedErrorId,
        hresult: "-2146233088",
        nativeErrorCode: native,
      });

      expect(failure).toMatchObject({ hresult });
    },
  );

  it("fails for whatever is no answer, and never in another way than with a DiskError", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.jsonValue().map(base64)), (text) => {
        try {
          decodeAnswer(text);
        } catch (error) {
          expect(isDiskError(error, "Internal")).toBe(true);
        }
      }),
    );
  });
});

describe("decodeGreeting", () => {
  it.each([
    ["one group", ["S-1-5-32-578"], ["S-1-5-32-578"]],
    [
      "groups as Windows PowerShell 5.1 writes some lists",
      { value: ["a", "b"], Count: 2 },
      ["a", "b"],
    ],
    ["no group", [], []],
  ])("reads %s", (_, groups, expected) => {
    const greeting = decodeGreeting({ version: "5.1.20348.2582", hasCim: true, groups });

    expect(greeting).toEqual({ version: "5.1.20348.2582", hasCim: true, groups: expected });
  });
});

describe("decodeMethodResult", () => {
  it("reads lists that Windows PowerShell 5.1 wrapped into objects", () => {
    const wrapped = {
      value: [["ReturnValue", "UInt32", "0"], { value: ["Names", "StringArray", ["a"]], Count: 3 }],
      Count: 2,
    };

    const result = decodeMethodResult(wrapped, NAMESPACE);

    expect(result).toEqual({
      returnValue: 0,
      outputs: { Names: { type: "string[]", value: ["a"] } },
    });
  });

  it("keeps the return value as the unsigned number it is", () => {
    const result = decodeMethodResult([["ReturnValue", "SInt32", "-1"]], NAMESPACE);

    expect(result.returnValue).toBe(4_294_967_295);
  });

  it.each([
    ["no return value", []],
    ["a return value that is a text", [["ReturnValue", "String", "0"]]],
    ["a type that does not exist", [["ReturnValue", "Colour", "0"]]],
    ["a number that is none", [["ReturnValue", "UInt32", "zero"]]],
    ["a fraction for an integer", [["ReturnValue", "UInt64", "1.5"]]],
    ["a list without brackets", [["A", "StringArray", "b"]]],
    ["something else than triples", { a: 1 }],
  ])("fails for %s", (_, value) => {
    expect(() => decodeMethodResult(value, NAMESPACE)).toThrow(
      expect.objectContaining({ code: "Internal" }),
    );
  });
});

describe("decodeInstance", () => {
  const wire = {
    namespace: "ROOT/virtualization/V2",
    className: "Job",
    keys: ["InstanceID"],
    properties: [
      ["InstanceID", "String", "1"],
      ["PercentComplete", "UInt16", "55"],
      ["Ratio", "Real64", "0.5"],
      ["Started", "DateTime", "20260131235959.000000+000"],
      [
        "Parent",
        "Reference",
        { namespace: "root/v2", className: "P", keys: [], properties: [["Id", "UInt8", "7"]] },
      ],
      [
        "Error",
        "Instance",
        { namespace: null, className: "E", keys: [], properties: [["Code", "Boolean", "True"]] },
      ],
      ["None", "String", null],
    ],
  };

  it("reads keys, values, references and embedded instances", () => {
    const instance = decodeInstance(wire, NAMESPACE);

    expect(instance.reference).toEqual({
      namespace: "root\\virtualization\\v2",
      className: "Job",
      keys: { InstanceID: { type: "string", value: "1" } },
    });
    expect(instance.properties).toMatchObject({
      PercentComplete: { type: "uint16", value: 55 },
      Ratio: { type: "real64", value: 0.5 },
      Started: { type: "datetime", value: "20260131235959.000000+000" },
      Error: {
        type: "instance",
        value: { className: "E", properties: { Code: { type: "boolean", value: true } } },
      },
      None: { type: "string", value: null },
    });
  });

  it("takes all properties of a reference for its keys where none are marked", () => {
    const instance = decodeInstance(wire, NAMESPACE);

    const keys = { Id: { type: "uint8", value: 7 } };
    expect(instance.properties["Parent"]?.value).toEqual({
      namespace: "root\\v2",
      className: "P",
      keys,
    });
  });

  it.each([null, ""])(
    "reads a reference whose namespace is %j as one into the namespace of the call",
    (namespace) => {
      const job = {
        namespace,
        className: "Msvm_StorageJob",
        keys: ["InstanceID"],
        properties: [["InstanceID", "String", "7"]],
      };
      const outputs = [
        ["ReturnValue", "UInt32", "4096"],
        ["Job", "Reference", job],
      ];

      const result = decodeMethodResult(outputs, NAMESPACE);

      expect(result.outputs["Job"]?.value).toMatchObject({
        namespace: NAMESPACE,
        className: "Msvm_StorageJob",
      });
    },
  );

  it("fails for everything else with a DiskError", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const decode of [
          decodeInstance,
          decodeInstances,
          decodeGreeting,
          decodeMethodResult,
        ]) {
          try {
            decode(value, NAMESPACE);
          } catch (error) {
            expect(isDiskError(error, "Internal")).toBe(true);
          }
        }
      }),
    );
  });
});
