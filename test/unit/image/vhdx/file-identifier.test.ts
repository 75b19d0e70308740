import {
  readFileIdentifier,
  serializeFileIdentifier,
} from "../../../../provider/image/vhdx/file-identifier";
import { failureOf } from "../../../support/failure-of";
import { MemoryFile } from "../../../support/memory-file";

const CREATION_ID = "01234567-89ab-4cde-8f01-23456789abcd";

function withCreator(creator: string): MemoryFile {
  const bytes = Buffer.alloc(520);
  bytes.write("vhdxfile", "latin1");
  bytes.write(creator, 8, "utf16le");
  return MemoryFile.of(bytes);
}

describe("the file type identifier", () => {
  it("gives back the creation id it was written with", async () => {
    const file = MemoryFile.of(serializeFileIdentifier(CREATION_ID));

    const identifier = await readFileIdentifier(file);

    expect(identifier).toEqual({
      creator: `pulumi-vhd 0.1 {${CREATION_ID}}`,
      creationId: CREATION_ID,
    });
  });

  it("recognises files that a later version of this package made", async () => {
    const identifier = await readFileIdentifier(withCreator(`pulumi-vhd 12.34 {${CREATION_ID}}`));

    expect(identifier.creationId).toBe(CREATION_ID);
  });

  it.each([
    "Microsoft Windows 10.0.19041.0",
    "QEMU v5.2.0",
    "",
    "pulumi-vhd 0.1 {no guid}",
    "pulumi-vhd 0.1 {01234567-89ab-4cde08f01-23456789abcd}",
    "x".repeat(256),
  ])("finds no creation id in files made by %p", async (creator) => {
    const identifier = await readFileIdentifier(withCreator(creator));

    expect(identifier).toEqual({ creator });
  });

  it("ignores what stands behind the end of the creator text", async () => {
    const identifier = await readFileIdentifier(withCreator("QEMU v5.2.0\0left over"));

    expect(identifier.creator).toBe("QEMU v5.2.0");
  });

  it("refuses a file with another signature, naming the structure", async () => {
    const file = MemoryFile.of(Buffer.alloc(1024), "C:\\disks\\no.vhdx");

    const error = await failureOf(readFileIdentifier(file));

    expect(error).toMatchObject({
      code: "CorruptImage",
      details: { facts: { structure: "file type identifier" } },
    });
    expect(error.message).toContain("C:\\disks\\no.vhdx");
  });

  it("refuses a file that ends inside it", async () => {
    const file = MemoryFile.of(serializeFileIdentifier(CREATION_ID).subarray(0, 519));

    const error = await failureOf(readFileIdentifier(file));

    expect(error.code).toBe("CorruptImage");
  });
});
