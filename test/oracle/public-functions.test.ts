import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { createEmbeddedBackend } from "../../provider/embedded/embedded-backend";
import { getVirtualDiskChain } from "../../provider/functions/get-virtual-disk-chain";
import {
  getVirtualDiskChanges,
  iterateVirtualDiskChanges,
} from "../../provider/functions/get-virtual-disk-changes";
import { openVirtualDisk } from "../../provider/functions/open-virtual-disk";
import { formatOfPath } from "../../provider/disk/host-path";
import { describeWithCorpus, readExpectedPairs, unpackCorpusImages } from "../support/corpus";
import { describeWithOracle, md5, readContentWith7zip } from "../support/oracles";
import { useTempFolder } from "../support/temp-folder";

const folder = useTempFolder();
const backend = createEmbeddedBackend();

/** The MD5 of all content of a disk. */
async function digest(path: string): Promise<string> {
  const disk = await openVirtualDisk(path);
  const hash = createHash("md5");
  for await (const chunk of disk.stream()) {
    hash.update(chunk);
  }
  await disk.close();
  return hash.digest("hex");
}

/**
 * Lays the changed ranges of a child over the content of its parent, as a restore from an
 * incremental backup does.
 */
async function restore(parentPath: string, childPath: string): Promise<Uint8Array> {
  const [parent, child] = [await openVirtualDisk(parentPath), await openVirtualDisk(childPath)];
  const content = await parent.read(0, parent.info.sizeBytes);
  for await (const page of iterateVirtualDiskChanges(backend, { path: childPath, maxRanges: 3 })) {
    for (const { offsetBytes, lengthBytes } of page.ranges) {
      content.set(await child.read(offsetBytes, lengthBytes), offsetBytes);
    }
  }
  await Promise.all([parent.close(), child.close()]);
  return content;
}

describeWithCorpus("the public functions on disks that Windows made", () => {
  describe.each(Object.entries(readExpectedPairs()))("%s", (childName, expected) => {
    const place = folder(childName);
    const [parentPath, childPath] = [`${place}/${expected.parent}`, `${place}/${childName}`];

    beforeAll(() => {
      mkdirSync(place);
      unpackCorpusImages(place, `dfvfs_${expected.parent}`, `dfvfs_${childName}`);
    });

    it("show the chain, the content, and exactly the changed ranges", async () => {
      const chain = await getVirtualDiskChain(backend, { path: childPath });
      const changes = await getVirtualDiskChanges(backend, { path: childPath });
      const sinceAncestor = await getVirtualDiskChanges(backend, {
        path: childPath,
        ancestorPath: parentPath,
      });

      expect(chain.disks.map((disk) => disk.path)).toEqual([childPath, parentPath]);
      expect(await digest(parentPath)).toBe(expected.parentMd5);
      expect(await digest(childPath)).toBe(expected.mergedMd5);
      expect(changes.sizeBytes).toBe(expected.virtualSize);
      expect(
        changes.ranges.map(({ offsetBytes, lengthBytes }) => [offsetBytes, lengthBytes]),
      ).toEqual(expected.presentRanges);
      expect(sinceAncestor.ranges).toEqual(changes.ranges);
    });

    it("are enough for a backup: parent and changed ranges make the child", async () => {
      expect(md5(await restore(parentPath, childPath))).toBe(expected.mergedMd5);
    });

    describeWithOracle("7zz", "7-Zip", () => {
      it("reads a child that is made over them exactly as its parent", async () => {
        const format = formatOfPath(childName) ?? "vhdx";
        for (const [name, over, content] of [
          ["over-parent", parentPath, expected.parentMd5],
          ["over-child", childPath, expected.mergedMd5],
        ] as const) {
          const path = `${place}/${name}.${format}`;
          await backend.createDisk({ type: "differencing", format, path, parentPath: over });

          expect(md5(readContentWith7zip(path))).toBe(content);
          expect((await getVirtualDiskChanges(backend, { path })).ranges).toEqual([]);
        }
      });
    });
  });
});
