import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";

/**
 * A hash over the names and the contents of files; a folder stands for all files below it.
 *
 * @param {string} root names are taken relative to this folder
 * @param {readonly string[]} names files and folders below `root`; missing ones count as absent
 * @param {string} [salt] what else the result depends on
 * @returns {string} hexadecimal digits
 */
export function hashFiles(root, names, salt = "") {
  const hash = createHash("sha256").update(salt);
  for (const path of names.flatMap((name) => listFiles(join(root, name))).toSorted()) {
    const name = relative(root, path).split(sep).join("/");
    const content = readFileSync(path);
    hash.update(`\0${name}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/**
 * All files at or below a path, as full paths; none when nothing is there.
 *
 * @param {string} path
 * @returns {string[]}
 */
export function listFiles(path) {
  if (!existsSync(path)) {
    return [];
  }
  if (!statSync(path).isDirectory()) {
    return [path];
  }
  return readdirSync(path).flatMap((name) => listFiles(join(path, name)));
}

/**
 * Whether a stamp says that its result was made from what is there now.
 *
 * @param {string} stampPath a file that is written last, so that a broken run leaves none
 * @param {string} hash
 */
export function isFresh(stampPath, hash) {
  return existsSync(stampPath) && readFileSync(stampPath, "utf8") === hash;
}
