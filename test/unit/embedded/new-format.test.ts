import { formatOfPath } from "../../../provider/disk/host-path";
import { findBlockSizeProblem, findSizeProblem } from "../../../provider/disk/rules/sizes";
import { targetOf, useEmbeddedDisks } from "../../support/embedded-disks";
import { failureOf } from "../../support/failure-of";
import { TOY, addToyFormat } from "../../support/toy-format";

const MIB = 1024 * 1024;
const disks = useEmbeddedDisks();

beforeAll(addToyFormat);

/** A base, its child and a grandchild in a folder of their own. */
async function makeToys(folderName: string) {
  const folder = disks.makeFolder(folderName);
  const base = await disks.makeBase(`${folder}/base.toy`, TOY);
  const child = await disks.makeChild(`${folder}/child.toy`, base.path, TOY);
  const leaf = await disks.makeChild(`${folder}/leaf.toy`, child.path, TOY);
  return { folder, base, child, leaf };
}

describe("a format that was added to the list", () => {
  it("is what its extensions promise", () => {
    expect(["/a.toy", "/a.ATOY", "/a.vhdx"].map(formatOfPath)).toEqual([TOY, TOY, "vhdx"]);
  });

  it("is recognised by its content and inspected", async () => {
    const { base, child } = await makeToys("inspect");

    const observed = await disks.backend.inspectDisk(child.path);

    expect(observed).toMatchObject({ format: TOY, type: "differencing", sizeBytes: 16 * MIB });
    expect(observed.parent?.resolvedPath).toBe(base.path);
  });

  it("has chains", async () => {
    const { base, child, leaf } = await makeToys("chain");

    const chain = await disks.backend.readChain(leaf.path);

    expect(chain.map(({ path }) => path)).toEqual([leaf.path, child.path, base.path]);
  });

  it("has its children found before a disk is deleted", async () => {
    const { base, child } = await makeToys("children");

    const error = await failureOf(disks.backend.deleteDisk(targetOf(base)));

    expect(error.code).toBe("HasChildren");
    expect(error.message).toContain(child.path);
  });

  it("grows, as far as its rules allow", async () => {
    const base = await disks.makeBase(`${disks.makeFolder("grow")}/base.toy`, TOY);

    const grown = await disks.backend.growDisk(targetOf(base), 32 * MIB);

    expect(grown.sizeBytes).toBe(32 * MIB);
  });

  it("is named in messages", async () => {
    const folder = disks.makeFolder("messages");
    const base = await disks.makeBase(`${folder}/base.toy`, TOY);

    const error = await failureOf(disks.makeChild(`${folder}/child.vhdx`, base.path, "vhdx"));

    expect(error.message).toContain("the parent is a TOY and its child is a VHDX");
    expect(error.message).toContain("Give the child the extension .toy.");
    expect(findSizeProblem(TOY, 128 * MIB, 512)?.what).toContain(
      "above the limit of a TOY, 64 MiB",
    );
    expect(findBlockSizeProblem(TOY, 2 * MIB)?.what).toContain("a TOY has blocks of 1 MiB");
  });
});
