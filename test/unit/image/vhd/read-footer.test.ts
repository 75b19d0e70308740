import { openVhd } from "../../../../provider/image/vhd/open";
import { readCurrentFooter } from "../../../../provider/image/vhd/read-footer";
import { failureOf } from "../../../support/failure-of";
import { readAllContent } from "../../../support/image-content";
import { MemoryFile } from "../../../support/memory-file";
import {
  BASE_ID,
  BLOCK_SIZE_BYTES,
  CHILD_ID,
  FOOTER_FIELD,
  SIZE_BYTES,
  buildChildVhd,
  buildVhd,
  editFooter,
  footerOffsetOf,
} from "../../../support/vhd-image";
import { writeVhdContent } from "../../../support/vhd-writer";

async function buildWritten(): Promise<MemoryFile> {
  const file = await buildVhd();
  await writeVhdContent(file, 0, new Uint8Array(BLOCK_SIZE_BYTES).fill(7));
  return file;
}

describe("the footer in effect", () => {
  it("is at the end of the file", async () => {
    const file = await buildWritten();

    const current = await readCurrentFooter(file);

    expect(current).toMatchObject({ endOfDataBytes: await footerOffsetOf(file), isMirrored: true });
  });

  it("is the copy where the file lost its end, as a crash leaves it", async () => {
    const file = await buildWritten();
    const content = await readAllContent(await openVhd(file));
    const footerOffset = await footerOffsetOf(file);
    await file.resize(footerOffset);

    const current = await readCurrentFooter(file);

    expect(current).toMatchObject({
      footer: { uniqueId: BASE_ID },
      endOfDataBytes: footerOffset,
      isMirrored: false,
    });
    expect(await readAllContent(await openVhd(file))).toEqual(content);
  });

  it("is the copy where a new block was written over the footer and the crash came before the new one", async () => {
    const file = await buildWritten();
    const content = await readAllContent(await openVhd(file));
    file.writeNow(await footerOffsetOf(file), new Uint8Array(512 + BLOCK_SIZE_BYTES).fill(0xff));

    expect(await readAllContent(await openVhd(file))).toEqual(content);
  });

  it("may be 511 bytes long, as early versions of Virtual PC wrote it", async () => {
    const file = await buildWritten();
    const content = await readAllContent(await openVhd(file));
    const footerOffset = await footerOffsetOf(file);
    await file.resize(footerOffset + 511);

    const current = await readCurrentFooter(file);

    expect(current.endOfDataBytes).toBe(footerOffset);
    expect(await readAllContent(await openVhd(file))).toEqual(content);
  });

  it("may be 511 bytes long in a fixed disk too", async () => {
    const file = await buildVhd({ type: "fixed" });
    await file.resize(SIZE_BYTES + 511);

    expect((await readCurrentFooter(file)).footer).toMatchObject({
      type: "fixed",
      sizeBytes: SIZE_BYTES,
    });
  });

  it("is refused when its checksum is wrong, although the copy is right: nothing says which one is newer", async () => {
    const file = await buildWritten();
    file.writeNow((await footerOffsetOf(file)) + FOOTER_FIELD.timestamp, Uint8Array.of(0xaa));

    const error = await failureOf(readCurrentFooter(file));

    expect(error).toMatchObject({
      code: "CorruptImage",
      details: { facts: { structure: "footer" } },
    });
  });

  it("needs no copy", async () => {
    const file = await buildWritten();
    file.writeNow(FOOTER_FIELD.timestamp, Uint8Array.of(0xaa));

    const current = await readCurrentFooter(file);

    expect(current).toMatchObject({ footer: { uniqueId: BASE_ID }, isMirrored: false });
  });

  it("is not the copy when that one is damaged as well", async () => {
    const file = await buildWritten();
    file.writeNow(FOOTER_FIELD.timestamp, Uint8Array.of(0xaa));
    await file.resize(await footerOffsetOf(file));

    expect((await failureOf(readCurrentFooter(file))).code).toBe("CorruptImage");
  });

  it.each([
    ["size", FOOTER_FIELD.currentSize + 4, SIZE_BYTES - 512],
    ["unique id", FOOTER_FIELD.uniqueId, 0x12345678],
    ["type", FOOTER_FIELD.type, 4],
  ])("is refused when the copy says another %s", async (_, offset, value) => {
    const file = await buildWritten();
    await editFooter(file, (footer) => footer.setUint32(offset, value), "copy");

    const error = await failureOf(readCurrentFooter(file));

    expect(error.code).toBe("CorruptImage");
    expect(error.message).toContain("its copy at the beginning of the file has");
  });

  it("is not content at the end of the file that looks like the footer of another disk", async () => {
    const file = await buildVhd();
    const inner = (await buildChildVhd()).toBytes().slice(0, 512);
    await writeVhdContent(file, 0, new Uint8Array(BLOCK_SIZE_BYTES).fill(7));
    await file.resize(await footerOffsetOf(file));
    // The machine keeps a VHD on its disk, and its last sector is the last one of the file that
    // lost its footer.
    file.writeNow((await file.readSize()) - 512, inner);

    const error = await failureOf(readCurrentFooter(file));

    expect(error.code).toBe("CorruptImage");
    expect(error.message).toContain(`has uniqueId ${BASE_ID} instead of ${CHILD_ID}`);
  });

  it("of a fixed disk does not care for content at the beginning that looks like a copy", async () => {
    const file = await buildVhd({ type: "fixed" });
    file.writeNow(0, (await buildChildVhd()).toBytes().slice(0, 512));

    const current = await readCurrentFooter(file);

    expect(current.footer).toMatchObject({ type: "fixed", uniqueId: BASE_ID });
  });

  it("is not found at the beginning for a fixed disk", async () => {
    const file = await buildVhd({ type: "fixed" });
    const footer = file.toBytes().slice(-512);
    file.writeNow(0, footer);
    await file.resize(4096);

    const error = await failureOf(readCurrentFooter(file));

    expect(error.message).toContain("the file begins with the footer of a fixed disk");
  });

  it.each([0, 1, 510, 511, 512, 513, 4096])(
    "is missing in %p bytes of anything else",
    async (lengthBytes) => {
      const file = MemoryFile.of(new Uint8Array(lengthBytes).fill(0x63), "notes.txt");

      const error = await failureOf(readCurrentFooter(file));

      expect(error.code).toBe("UnsupportedImage");
      expect(error.message).toContain("notes.txt");
    },
  );
});
