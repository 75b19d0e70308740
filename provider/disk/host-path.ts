import { DiskError } from "./errors";
import { DISK_FORMATS, type DiskFormat, formatOfExtension, listFormats } from "./formats";

/**
 * How a host writes its paths. Never that of the machine this runs on: a Linux runner handles
 * `win32` paths of a Hyper-V host.
 */
export type PathStyle = "posix" | "win32";

/** A path taken apart: `\\server\share\` or `C:\` or `/`, and the names behind it. */
interface PathParts {
  readonly root: string;
  readonly names: readonly string[];
}

/**
 * The format that a path's extension promises; `undefined` for every other extension. `.avhd` and
 * `.avhdx` are what Hyper-V calls the files of a checkpoint; they are ordinary images.
 */
export function formatOfPath(path: string): DiskFormat | undefined {
  return formatOfExtension(extensionOf(path));
}

/**
 * As {@link formatOfPath}, for the path of a disk that was checked before.
 *
 * @throws InvalidInput where the extension promises no format
 */
export function requireFormatOfPath(path: string): DiskFormat {
  const format = formatOfPath(path);
  if (format === undefined) {
    throw new DiskError("InvalidInput", {
      what: "the extension of the path is not that of a disk format",
      subject: path,
      remedy: `The path must end with ${listFormats()
        .map((each) => DISK_FORMATS[each].extension)
        .join(" or ")}.`,
    });
  }
  return format;
}

/** The extension of a path in lowercase, with its dot; empty where there is none. */
export function extensionOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? "" : name.slice(dot).toLowerCase();
}

/** Tells whether a path names one place whatever the working directory. */
export function isAbsolutePath(style: PathStyle, path: string): boolean {
  return splitPath(style, path) !== undefined;
}

/**
 * Tells whether two full paths name the same place by their spelling: without regard to `.`, `..`,
 * doubled separators, and on Windows also without regard to case, slash direction and the prefix
 * `\\?\`. Links are not followed.
 */
export function isSamePath(style: PathStyle, left: string, right: string): boolean {
  return pathKey(style, left) === pathKey(style, right);
}

/** A text that is equal for all spellings {@link isSamePath} calls the same: for maps and locks. */
export function pathKey(style: PathStyle, path: string): string {
  const normal = normalizePath(style, path);
  return style === "win32" ? normal.toUpperCase() : normal;
}

/**
 * The spelling of a full path without `.`, `..`, doubled separators, foreign slashes or `\\?\`.
 * Case is kept.
 */
export function normalizePath(style: PathStyle, path: string): string {
  const parts = splitPath(style, path);
  return parts === undefined ? path : joinParts(style, parts);
}

/** The folder of a full path. */
export function folderOf(style: PathStyle, path: string): string {
  const parts = splitPath(style, path);
  return parts === undefined
    ? path
    : joinParts(style, { root: parts.root, names: parts.names.slice(0, -1) });
}

/** The last name of a path of either style. */
export function fileNameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

/**
 * Resolves the relative path that a child records of its parent. Whatever the host's style, such a
 * path may be written with either slash, since children travel between hosts.
 *
 * @param childPath the full path of the child
 * @param relativePath for example `.\base.vhdx` or `../golden/base.vhdx`
 * @returns a full path
 */
export function resolveRelativePath(
  style: PathStyle,
  childPath: string,
  relativePath: string,
): string {
  const separator = separatorOf(style);
  return normalizePath(
    style,
    folderOf(style, childPath) + separator + relativePath.replaceAll(/[\\/]/g, separator),
  );
}

/**
 * Writes the path of a parent relative to the folder of its child, as Windows records it:
 * `.\base.vhdx`, always with backslashes.
 *
 * @returns `undefined` where the two are on different volumes
 */
export function relativeParentPath(
  style: PathStyle,
  childPath: string,
  parentPath: string,
): string | undefined {
  const child = splitPath(style, childPath);
  const parent = splitPath(style, parentPath);
  if (child === undefined || parent === undefined || !isSamePath(style, child.root, parent.root)) {
    return undefined;
  }
  const folder = child.names.slice(0, -1);
  let common = 0;
  while (
    common < folder.length &&
    common < parent.names.length - 1 &&
    sameName(style, folder[common], parent.names[common])
  ) {
    common += 1;
  }
  const climbs = folder.slice(common).map(() => "..");
  const start = climbs.length === 0 ? ["."] : climbs;
  return [...start, ...parent.names.slice(common)].join("\\");
}

function sameName(style: PathStyle, left: string | undefined, right: string | undefined): boolean {
  return style === "win32" ? left?.toUpperCase() === right?.toUpperCase() : left === right;
}

function separatorOf(style: PathStyle): string {
  return style === "win32" ? "\\" : "/";
}

function joinParts(style: PathStyle, parts: PathParts): string {
  return parts.root + parts.names.join(separatorOf(style));
}

function splitPath(style: PathStyle, path: string): PathParts | undefined {
  return style === "win32" ? splitWindowsPath(path) : splitPosixPath(path);
}

function splitPosixPath(path: string): PathParts | undefined {
  return path.startsWith("/") ? { root: "/", names: withoutDots(path.split("/")) } : undefined;
}

function splitWindowsPath(path: string): PathParts | undefined {
  const backslashed = path.replaceAll("/", "\\");
  const plain = backslashed
    .replace(/^\\\\\?\\UNC\\/i, "\\\\")
    .replace(/^(?:\\\\\?\\|\\\?\?\\)(?=[A-Za-z]:\\)/, "");
  const root =
    /^(?:[A-Za-z]:\\|\\\\\?\\Volume\{[^\\}]+\}\\|\\\\(?![?.]\\)[^\\]+\\[^\\]+(?:\\|$))/i.exec(
      plain,
    )?.[0];
  if (root === undefined) {
    return undefined;
  }
  return {
    root: root.endsWith("\\") ? root : `${root}\\`,
    names: withoutDots(plain.slice(root.length).split("\\")),
  };
}

function withoutDots(names: readonly string[]): string[] {
  const kept: string[] = [];
  for (const name of names) {
    if (name === "..") {
      kept.pop();
    } else if (name !== "" && name !== ".") {
      kept.push(name);
    }
  }
  return kept;
}
