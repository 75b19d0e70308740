import { DISK_FORMATS, listFormats } from "../formats";
import {
  type PathStyle,
  extensionOf,
  fileNameOf,
  isAbsolutePath,
  normalizePath,
} from "../host-path";

const RESERVED_NAME =
  /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])(?:\s*\..*|\s*)$/i;
// eslint-disable-next-line no-control-regex -- control characters are exactly what Windows forbids
const FORBIDDEN_CHARACTERS = /[<>:"|?*\u0000-\u001f]/;

/**
 * What the usual file systems allow one name: bytes of UTF-8 on Linux and macOS, UTF-16 code units
 * on Windows.
 */
const MAX_NAME_LENGTH = 255;

/**
 * Describes what is wrong with the path of a disk, before any host sees it.
 *
 * Names that Windows reserves are refused in the last name on every host (a disk travels to Windows
 * sooner or later) and in all names of a Windows path. `%` is refused in Windows paths because the
 * image management service expands environment variables in them.
 *
 * @returns a sentence for the user, or `undefined` where nothing is wrong
 * @see Naming Files, Paths, and Namespaces (Win32)
 */
export function describePathProblem(style: PathStyle, path: string): string | undefined {
  if (path.includes("\0")) {
    return "The path contains a NUL character.";
  }
  if (!isAbsolutePath(style, path)) {
    return describeRelativePath(style, path);
  }
  return describeLengthProblem(style, fileNameOf(path)) ?? describeNamesProblem(style, path);
}

/**
 * Describes what is wrong with the extension of a path, which decides the format.
 *
 * @param purpose `new` for a disk that is to be made: Hyper-V keeps `.avhd` and `.avhdx` for
 *   checkpoints
 * @returns a sentence for the user, or `undefined` where nothing is wrong
 */
export function describeExtensionProblem(
  path: string,
  purpose: "new" | "existing",
): string | undefined {
  const extensions = listExtensions(purpose);
  const extension = extensionOf(path);
  if (extensions.includes(extension)) {
    return undefined;
  }
  const found = extension === "" ? "but there is none" : `not ${extension}`;
  return `The extension determines the format: it must be ${extensions.join(" or ")}, ${found}.`;
}

/**
 * The extensions of disks, and behind them those of the files of checkpoints, which no program
 * makes.
 */
function listExtensions(purpose: "new" | "existing"): string[] {
  const facts = listFormats().map((format) => DISK_FORMATS[format]);
  const extensions = facts.map(({ extension }) => extension);
  return purpose === "new"
    ? extensions
    : [...extensions, ...facts.map((format) => format.checkpointExtension)];
}

function describeLengthProblem(style: PathStyle, name: string): string | undefined {
  const length = style === "win32" ? name.length : new TextEncoder().encode(name).length;
  if (length <= MAX_NAME_LENGTH) {
    return undefined;
  }
  const unit = style === "win32" ? "characters" : "bytes";
  return (
    `The file name has ${length} ${unit}, but a file system allows at most ${MAX_NAME_LENGTH}. ` +
    "Choose a shorter name."
  );
}

function describeNamesProblem(style: PathStyle, path: string): string | undefined {
  return style === "win32" ? describeWindowsProblem(path) : describeNameProblem(fileNameOf(path));
}

function describeRelativePath(style: PathStyle, path: string): string {
  if (style === "posix" && isAbsolutePath("win32", path)) {
    return (
      `${path} is a Windows path, but the disks are on this machine, where a path begins with a ` +
      "slash. To manage the disks of a Hyper-V host, set vhd:backend to hyperv."
    );
  }
  if (style === "win32" && isAbsolutePath("posix", path)) {
    return (
      `${path} is a Linux or macOS path, but the disks are on a Hyper-V host, which expects a ` +
      "path such as C:\\disks\\child.vhdx or \\\\server\\share\\child.vhdx. To manage files of " +
      "this machine, set vhd:backend to embedded."
    );
  }
  const example = style === "win32" ? "C:\\disks\\child.vhdx" : "/disks/child.vhdx";
  return (
    `${path} is not a full path. Write a path such as ${example}; path.resolve() turns a ` +
    "relative path into a full one."
  );
}

function describeWindowsProblem(path: string): string | undefined {
  if (path.includes("%")) {
    return (
      `${path} contains "%", which Hyper-V expands as an environment variable. Write the path ` +
      "without it."
    );
  }
  const names = normalizePath("win32", path)
    .replace(/^(?:[A-Za-z]:\\|\\\\\?\\Volume\{[^\\}]+\}\\|\\\\)/i, "")
    .split("\\");
  for (const name of names) {
    const problem = describeNameProblem(name) ?? describeForbiddenName(name);
    if (problem !== undefined) {
      return problem;
    }
  }
  return undefined;
}

function describeNameProblem(name: string): string | undefined {
  if (RESERVED_NAME.test(name)) {
    return `Windows reserves the name ${name} for a device. Choose another file name.`;
  }
  return undefined;
}

function describeForbiddenName(name: string): string | undefined {
  if (FORBIDDEN_CHARACTERS.test(name)) {
    return (
      `The name ${JSON.stringify(name)} contains a character that Windows does not allow in file ` +
      "names."
    );
  }
  if (/[. ]$/.test(name)) {
    return (
      `The name ${JSON.stringify(name)} ends with a dot or a space, which Windows drops ` +
      "silently."
    );
  }
  return undefined;
}
