import { ZERO_GUID } from "../../../../provider/disk/guid";
import type { ParentLocator } from "../../../../provider/image/disk-image";
import {
  interpretLocator,
  parseLocatorEntries,
  serializeLocator,
} from "../../../../provider/image/vhdx/parent-locator";
import { MemoryFile } from "../../../support/memory-file";

const SOURCE = { file: new MemoryFile("C:\\disks\\child.vhdx"), offsetBytes: 0x210028 };
const ID = "f88d4d92-6fcc-408d-9bef-9b7c89f15c89";
const OTHER_ID = "0e37f1e4-74d7-4b78-9d4b-4e7a7d0a3c55";
const ZERO_LINKAGE = `{${ZERO_GUID}}`;
const WINDOWS_ENTRIES = {
  parent_linkage: `{${ID}}`,
  absolute_win32_path: "C:\\disks\\base.vhdx",
  relative_path: ".\\base.vhdx",
  volume_path: "\\\\?\\Volume{5e0bd954-71b2-4bff-a928-082af7ab0f8f}\\disks\\base.vhdx",
  parent_linkage2: ZERO_LINKAGE,
};

function interpret(entries: Readonly<Record<string, string>>): ParentLocator {
  return interpretLocator({ entries: new Map(Object.entries(entries)), problems: [] }, SOURCE);
}

/** A locator whose bytes are changed after it was written. */
function damaged(change: (view: DataView) => void): Uint8Array {
  const bytes = Uint8Array.from(serializeLocator(new Map(Object.entries(WINDOWS_ENTRIES))));
  change(new DataView(bytes.buffer));
  return bytes;
}

/** Points the second entry to the key of the first one. */
function repeatFirstKey(view: DataView): void {
  view.setUint32(32, view.getUint32(20, true), true);
  view.setUint16(40, view.getUint16(28, true), true);
}

/** Gives the third entry all text of the item as its key and as its value. */
function shareAllText(view: DataView): void {
  for (const [at, length] of [
    [44, 52],
    [48, 54],
  ] as const) {
    view.setUint32(at, 0, true);
    view.setUint16(length, view.byteLength & ~1, true);
  }
}

describe("the parent locator", () => {
  it("gives back what was written, in order", () => {
    const entries = new Map<string, string>([
      ...Object.entries(WINDOWS_ENTRIES),
      ["own_key", "ümläut 磁盘"],
    ]);

    const parsed = parseLocatorEntries(serializeLocator(entries), SOURCE);

    expect([...parsed.entries]).toEqual([...entries]);
  });

  it("names the paths in the order in which to look", () => {
    const { paths } = interpret(WINDOWS_ENTRIES);

    expect(paths).toEqual([
      { kind: "relative", path: WINDOWS_ENTRIES.relative_path },
      { kind: "volume", path: WINDOWS_ENTRIES.volume_path },
      { kind: "absolute", path: WINDOWS_ENTRIES.absolute_win32_path },
    ]);
  });

  it("does not take a linkage of zero for an identity", () => {
    const { linkageIds } = interpret(WINDOWS_ENTRIES);

    expect(linkageIds).toEqual([ID]);
  });

  it("accepts both identities while a merge is under way", () => {
    const { linkageIds } = interpret({ ...WINDOWS_ENTRIES, parent_linkage2: `{${OTHER_ID}}` });

    expect(linkageIds).toEqual([ID, OTHER_ID]);
  });

  it("accepts the second identity alone", () => {
    const { linkageIds } = interpret({
      ...WINDOWS_ENTRIES,
      parent_linkage: ZERO_LINKAGE,
      parent_linkage2: `{${OTHER_ID}}`,
    });

    expect(linkageIds).toEqual([OTHER_ID]);
  });

  it("names an identity once that is given twice", () => {
    const { linkageIds } = interpret({ ...WINDOWS_ENTRIES, parent_linkage2: `{${ID}}` });

    expect(linkageIds).toEqual([ID]);
  });

  it.each([`{${ID.toUpperCase()}}`, ID, ID.toUpperCase()])(
    "accepts the spelling %s of an identity",
    (linkage) => {
      const { linkageIds } = interpret({ ...WINDOWS_ENTRIES, parent_linkage: linkage });

      expect(linkageIds).toEqual([ID]);
    },
  );

  it("says keys apart by case", () => {
    const entries = { Parent_Linkage: "no guid", RELATIVE_PATH: "x", ...WINDOWS_ENTRIES };

    const locator = interpret(entries);

    expect(locator).toEqual(interpret(WINDOWS_ENTRIES));
  });

  it.each([
    [
      "with no identity",
      { ...WINDOWS_ENTRIES, parent_linkage: ZERO_LINKAGE },
      "identify the parent",
    ],
    [
      "with an identity that is no GUID",
      { ...WINDOWS_ENTRIES, parent_linkage: "{1234}" },
      "not a GUID",
    ],
    [
      "with a second identity that is no GUID",
      { ...WINDOWS_ENTRIES, parent_linkage2: "" },
      "not a GUID",
    ],
    ["with no path", { parent_linkage: `{${ID}}` }, "no path"],
    ["with an empty path only", { parent_linkage: `{${ID}}`, relative_path: "" }, "no path"],
  ])("is refused %s", (_, entries, reason) => {
    expect(() => interpret(entries)).toThrow(expect.objectContaining({ code: "CorruptImage" }));
    expect(() => interpret(entries)).toThrow(reason);
  });

  it("is refused when it is of another type, because the parent is no VHDX then", () => {
    const bytes = damaged((view) => view.setUint32(0, 0, true));

    expect(() => parseLocatorEntries(bytes, SOURCE)).toThrow(
      expect.objectContaining({ code: "UnsupportedImage" }),
    );
  });

  it.each([
    ["counts more entries than fit", (view: DataView) => view.setUint16(18, 60_000, true)],
    ["has a key twice", repeatFirstKey],
    ["has more text than bytes", shareAllText],
  ])("is refused when it %s", (_, change) => {
    const bytes = damaged(change);

    expect(() => parseLocatorEntries(bytes, SOURCE)).toThrow(
      expect.objectContaining({ code: "CorruptImage" }),
    );
  });

  it.each([
    ["a key outside of it", (view: DataView) => view.setUint32(44, 0xffff_fff0, true)],
    ["a value outside of it", (view: DataView) => view.setUint32(48, view.byteLength - 2, true)],
    ["a value that is too long", (view: DataView) => view.setUint16(54, 0xfffe, true)],
    ["a key of half a character", (view: DataView) => view.setUint16(52, 27, true)],
    ["a key without a character", (view: DataView) => view.setUint16(52, 0, true)],
  ])("is read without an entry that has %s, and says so", (_, change) => {
    const locator = interpretLocator(parseLocatorEntries(damaged(change), SOURCE), SOURCE);

    expect(locator.linkageIds).toEqual([ID]);
    expect(locator.paths.map(({ kind }) => kind)).toEqual(["volume", "absolute"]);
    expect(locator.problems).toEqual([
      expect.stringMatching(/entry 2 of its locator.* points to /),
    ]);
  });

  it("is refused where the entry that cannot be read is the only identity, and names it", () => {
    const bytes = damaged((view) => view.setUint32(24, 0xffff_fff0, true));

    const interpreting = (): unknown =>
      interpretLocator(parseLocatorEntries(bytes, SOURCE), SOURCE);

    expect(interpreting).toThrow(/no parent_linkage.*entry 0 of its locator, "parent_linkage"/);
  });

  it("is refused when it is too short for its header", () => {
    const parse = (): unknown => parseLocatorEntries(new Uint8Array(19), SOURCE);

    expect(parse).toThrow(expect.objectContaining({ code: "CorruptImage" }));
  });

  it("drops a NUL that was written behind a text against the rules", () => {
    const bytes = serializeLocator(new Map([["relative_path", ".\\base.vhdx\0"]]));

    const { entries } = parseLocatorEntries(bytes, SOURCE);

    expect(entries.get("relative_path")).toBe(".\\base.vhdx");
  });

  it("is not written with a path that its lengths cannot express", () => {
    const serialize = (): unknown =>
      serializeLocator(new Map([["relative_path", "x".repeat(32_768)]]));

    expect(serialize).toThrow(expect.objectContaining({ code: "InvalidInput" }));
  });
});
