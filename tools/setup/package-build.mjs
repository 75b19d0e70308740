import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { pruneDeclarations } from "./declarations.mjs";
import { ROOT, TOOLS_FOLDER } from "./folders.mjs";
import { run } from "./run.mjs";
import { hashFiles, isFresh, listFiles } from "./stamp.mjs";

const SOURCE_FOLDERS = ["provider", "sdk"];
const DIST_FOLDER = join(ROOT, "dist");
/**
 * Lies inside `dist`, so that both come and go together. package.json keeps it out of the published
 * package.
 */
const STAMP_NAME = ".stamp";

/** Whether `dist` was built from the sources that are there now. */
export function isBuildFresh() {
  return isFresh(join(DIST_FOLDER, STAMP_NAME), hashSources());
}

/**
 * Compiles the package and puts it in place of the former one at once: a failed or killed build
 * leaves the former one.
 *
 * @throws {Error} when the sources do not compile; the compiler says why
 */
export async function buildPackage() {
  const hash = hashSources();
  const newFolder = join(TOOLS_FOLDER, `dist-${process.pid}`);
  const oldFolder = join(TOOLS_FOLDER, `dist-old-${process.pid}`);
  try {
    // Editors show the comments of the declarations; those of the code are for readers of the
    // sources.
    await compile(newFolder, "--emitDeclarationOnly");
    await compile(newFolder, "--declaration", "false", "--removeComments", "--noCheck");
    pruneDeclarations(newFolder, listEntries());
    copyAssets(newFolder);
    writeFileSync(join(newFolder, STAMP_NAME), hash);
    if (existsSync(DIST_FOLDER)) {
      renameSync(DIST_FOLDER, oldFolder);
    }
    renameSync(newFolder, DIST_FOLDER);
  } catch (cause) {
    throw new Error("The package could not be built; see above.", { cause });
  } finally {
    rmSync(newFolder, { recursive: true, force: true });
    rmSync(oldFolder, { recursive: true, force: true });
  }
}

/** The declarations of what package.json exports, relative to `dist`. */
function listEntries() {
  const manifest = /** @type {{ exports: Record<string, { types?: string } | string> }} */ (
    JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"))
  );
  const targets = Object.values(manifest.exports);
  return targets
    .flatMap((target) => (typeof target === "object" && target.types ? [target.types] : []))
    .map((path) => relative("dist", path));
}

/** @param {string} folder @param {string[]} options */
async function compile(folder, ...options) {
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  await run(
    process.execPath,
    [compiler, "-p", "tsconfig.build.json", "--outDir", folder, ...options],
    { cwd: ROOT },
  );
}

/**
 * Copies what the compiler leaves aside, such as the PowerShell bridge, to the same place in the
 * build.
 *
 * @param {string} folder
 */
function copyAssets(folder) {
  const assets = SOURCE_FOLDERS.flatMap((name) => listFiles(join(ROOT, name))).filter(
    (path) => extname(path) !== ".ts",
  );
  for (const path of assets) {
    cpSync(path, join(folder, relative(ROOT, path)));
  }
}

function hashSources() {
  return hashFiles(ROOT, [
    ...SOURCE_FOLDERS,
    "tsconfig.json",
    "tsconfig.build.json",
    "package.json",
    "package-lock.json",
  ]);
}
