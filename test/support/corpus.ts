import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";

/**
 * Images made by Windows, QEMU and Virtual PC. They are beside the checkout and are not part of it.
 */
const CORPUS_FOLDER = resolve(__dirname, "..", "..", "..", "shared", "corpus");

/** Whether the corpus is there. */
const hasCorpus = existsSync(CORPUS_FOLDER);

/**
 * `describe` where the corpus is there; otherwise its tests are skipped and the reason is printed.
 */
export const describeWithCorpus: jest.Describe = hasCorpus ? describe : describeSkipped;

function describeSkipped(...[name]: Parameters<jest.Describe>): void {
  process.stderr.write(
    `skipped: ${String(name)} (the corpus of foreign images is not at ../shared/corpus)\n`,
  );
  describe.skip(name, () => {
    it.todo("needs ../shared/corpus");
  });
}
describeSkipped.only = describe.only;
describeSkipped.skip = describe.skip;
describeSkipped.each = describe.each;

/** The bytes of one image, for example `dfvfs_fat-parent.vhdx`. */
export function readCorpusImage(name: string): Buffer {
  return gunzipSync(readFileSync(join(CORPUS_FOLDER, `${name}.gz`)));
}

/**
 * Unpacks images into a folder under the names their locators expect: without the prefix that says
 * their origin.
 *
 * @returns the paths, in the order of `names`
 */
export function unpackCorpusImages(folder: string, ...names: string[]): string[] {
  return names.map((name) => {
    const path = join(folder, name.slice(name.indexOf("_") + 1));
    writeFileSync(path, readCorpusImage(name));
    return path;
  });
}

/** What `expected.json` says about one parent and child pair. */
export interface ExpectedPair {
  readonly parent: string;
  readonly virtualSize: number;
  readonly mergedMd5: string;
  readonly parentMd5: string;
  /** `[offsetBytes, lengthBytes]`, sorted. */
  readonly presentRanges: readonly (readonly [number, number])[];
}

/**
 * The expectations by the child's file name, as `ntfs-differential.vhd`. Empty without the corpus.
 */
export function readExpectedPairs(): Readonly<Record<string, ExpectedPair>> {
  if (!hasCorpus) {
    return {};
  }
  return JSON.parse(readFileSync(join(CORPUS_FOLDER, "expected.json"), "utf8")) as Record<
    string,
    ExpectedPair
  >;
}
