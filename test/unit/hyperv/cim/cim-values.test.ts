import {
  bigintOf,
  bigintsOf,
  booleanOf,
  cimBoolean,
  cimReference,
  cimString,
  cimUint16,
  cimUint32,
  cimUint64,
  numberOf,
  referenceOf,
  textOf,
  textsOf,
} from "../../../../provider/hyperv/cim/cim-values";

const JOB = { namespace: "root", className: "Job", keys: {} };
const PROPERTIES = {
  Text: cimString("a"),
  Empty: cimString(""),
  Flag: cimBoolean(false),
  Small: cimUint16(4),
  Word: cimUint32(4096),
  Large: cimUint64(2n ** 64n - 1n),
  Whole: cimUint64(2 ** 53 - 1),
  Job: cimReference(JOB),
  Texts: { type: "string[]", value: ["a"] },
  None: { type: "string[]", value: [] },
  Numbers: { type: "uint32[]", value: [1, 2] },
  Nothing: { type: "uint64[]", value: null },
} as const;

describe("reading typed values", () => {
  it("gives each in its own JavaScript type", () => {
    expect(textOf(PROPERTIES, "Text")).toBe("a");
    expect(textOf(PROPERTIES, "Empty")).toBe("");
    expect(booleanOf(PROPERTIES, "Flag")).toBe(false);
    expect(numberOf(PROPERTIES, "Word")).toBe(4096);
    expect(bigintOf(PROPERTIES, "Large")).toBe(18_446_744_073_709_551_615n);
    expect(bigintOf(PROPERTIES, "Whole")).toBe(9_007_199_254_740_991n);
    expect(bigintOf(PROPERTIES, "Small")).toBe(4n);
    expect(referenceOf(PROPERTIES, "Job")).toEqual(JOB);
    expect(textsOf(PROPERTIES, "Texts")).toEqual(["a"]);
    expect(bigintsOf(PROPERTIES, "Numbers")).toEqual([1n, 2n]);
  });

  it("says an empty list from no value, and no value from none at all", () => {
    expect(textsOf(PROPERTIES, "None")).toEqual([]);
    expect(bigintsOf(PROPERTIES, "Nothing")).toBeUndefined();
    expect(bigintsOf(PROPERTIES, "Absent")).toBeUndefined();
    expect(textOf(PROPERTIES, "toString")).toBeUndefined();
  });

  it.each<[string, () => unknown]>([
    ["a text for a number", () => numberOf(PROPERTIES, "Text")],
    ["a large integer for a number", () => numberOf(PROPERTIES, "Large")],
    ["a number for a text", () => textOf(PROPERTIES, "Word")],
    ["a text for a boolean", () => booleanOf(PROPERTIES, "Text")],
    ["a list for a text", () => textOf(PROPERTIES, "Texts")],
    ["a text for a list", () => textsOf(PROPERTIES, "Text")],
    ["texts for integers", () => bigintsOf(PROPERTIES, "Texts")],
    ["a text for a reference", () => referenceOf(PROPERTIES, "Text")],
  ])("fails for %s", (_, read) => {
    expect(read).toThrow(expect.objectContaining({ code: "Internal" }));
  });
});
