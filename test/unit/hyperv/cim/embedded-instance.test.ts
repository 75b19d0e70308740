import * as fc from "fast-check";
import type { CimInstance } from "../../../../provider/hyperv/cim/cim-session";
import {
  cimBoolean,
  cimString,
  cimUint16,
  cimUint64,
  textOf,
} from "../../../../provider/hyperv/cim/cim-values";
import { isDiskError } from "../../../../provider/disk/errors";
import {
  embeddedInstanceOf,
  parseEmbeddedInstance,
  serializeEmbeddedInstance,
} from "../../../../provider/hyperv/cim/embedded-instance";

function instanceWith(properties: CimInstance["properties"]): CimInstance {
  return { className: "Msvm_VirtualHardDiskSettingData", properties };
}

describe("an embedded instance", () => {
  it("is written in the form that hosts read", () => {
    const text = serializeEmbeddedInstance(
      instanceWith({
        Type: cimUint16(4),
        Path: cimString("D:\\vm\\child.vhdx"),
        DataAlignment: { type: "uint64", value: null },
      }),
    );

    expect(text).toBe(
      '<INSTANCE CLASSNAME="Msvm_VirtualHardDiskSettingData"><PROPERTY NAME="Type" ' +
        'TYPE="uint16"><VALUE>4</VALUE></PROPERTY><PROPERTY NAME="Path" ' +
        'TYPE="string"><VALUE>D:\\vm\\child.vhdx</VALUE></PROPERTY></INSTANCE>',
    );
  });

  it("comes back as it was written, whatever its texts hold", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (text, size) => {
          fc.pre(!/\p{Cc}|[\ufffe\uffff]/u.test(text));
          const instance = instanceWith({
            Path: cimString(text),
            MaxInternalSize: cimUint64(size),
            IsPmemCompatible: cimBoolean(true),
            Names: { type: "string[]", value: [text, "", text] },
          });

          const read = parseEmbeddedInstance(serializeEmbeddedInstance(instance), "test");

          expect(read).toEqual(instance);
        },
      ),
    );
  });

  it("cannot be left by a text that looks like markup", () => {
    const text =
      '</VALUE></PROPERTY><PROPERTY NAME="ParentPath" TYPE="string"><VALUE>C:\\evil.vhdx]]>&amp;\'';

    const read = parseEmbeddedInstance(
      serializeEmbeddedInstance(instanceWith({ Path: cimString(text) })),
      "test",
    );

    expect(read.properties).toEqual({ Path: cimString(text) });
  });

  it.each(["\0", "\u001b", "\ud800", "a\udfffb", "\uffff"])(
    "refuses the text %j, which XML cannot carry",
    (text) => {
      const write = (): string =>
        serializeEmbeddedInstance(instanceWith({ Path: cimString(text) }));

      expect(write).toThrow(/^\[InvalidInput\]/);
    },
  );

  it("is read with members that lack a value, in the ways hosts leave them out", () => {
    const text = `<?xml version="1.0"?><!-- made by a host --><INSTANCE CLASSNAME="X">
      <QUALIFIER NAME="dynamic" TYPE="boolean"><VALUE>true</VALUE></QUALIFIER>
      <PROPERTY NAME="DataAlignment" PROPAGATED="true" TYPE="uint64"></PROPERTY>
      <PROPERTY NAME="BlockSize" TYPE="uint32"/>
      <PROPERTY NAME="ParentPath" TYPE="string"><VALUE></VALUE></PROPERTY>
      <PROPERTY NAME='Path' TYPE='string'><VALUE><![CDATA[C:\\<a> & b]]></VALUE></PROPERTY>
      <PROPERTY.ARRAY NAME="Empty" TYPE="uint32"><VALUE.ARRAY></VALUE.ARRAY></PROPERTY.ARRAY>
      <PROPERTY.REFERENCE NAME="Job"/>
    </INSTANCE>`;

    const { properties } = parseEmbeddedInstance(text, "test");

    expect(properties).toEqual({
      DataAlignment: { type: "uint64", value: null },
      BlockSize: { type: "uint32", value: null },
      ParentPath: { type: "string", value: "" },
      Path: { type: "string", value: "C:\\<a> & b" },
      Empty: { type: "uint32[]", value: [] },
    });
  });

  it("is refused at every length to which it may be truncated", () => {
    const whole = serializeEmbeddedInstance(
      instanceWith({ Type: cimUint16(4), Path: cimString("C:\\a.vhdx") }),
    );
    const read = (length: number): string => {
      try {
        parseEmbeddedInstance(whole.slice(0, length), "test");
        return "read";
      } catch (error) {
        return isDiskError(error, "Internal") ? "refused" : String(error);
      }
    };

    const outcomes = new Set(Array.from({ length: whole.length }, (_, length) => read(length)));

    expect([...outcomes]).toEqual(["refused"]);
  });

  it.each([
    "",
    "garbage",
    "<INSTANCE/>",
    "<A></B>",
    "<INSTANCE CLASSNAME='X'>&unknown;</INSTANCE>",
    '<!DOCTYPE x [<!ENTITY a "b">]><INSTANCE CLASSNAME="&a;"/>',
  ])("is refused when it is %j", (text) => {
    const read = (): CimInstance => parseEmbeddedInstance(text, "test");

    expect(read).toThrow(/^\[Internal\]/);
  });

  it("is taken from an output whether it arrives as text or as object", () => {
    const instance = instanceWith({ Path: cimString("C:\\a.vhdx") });
    const outputs = {
      text: cimString(serializeEmbeddedInstance(instance)),
      object: { type: "instance", value: instance },
      none: { type: "string", value: null },
    } as const;

    const read = ["text", "object", "none", "missing"].map((name) =>
      embeddedInstanceOf(outputs, name),
    );

    expect(read.map((item) => item && textOf(item.properties, "Path"))).toEqual([
      "C:\\a.vhdx",
      "C:\\a.vhdx",
      undefined,
      undefined,
    ]);
  });
});
