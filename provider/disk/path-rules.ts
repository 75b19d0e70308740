import { type PathStyle, isAbsolutePath, normalizePath } from "./host-path";

const RESERVED_NAME = /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])(?:\s*\..*|\s*)$/i;
// eslint-disable-next-line no-control-regex -- control characters are exactly what Windows forbids
const FORBIDDEN_CHARACTERS = /[<>:"|?*\u0000-\u001f]/;

/**
 * Tells what is wrong with the path of a disk, before any host sees it.
 *
 * Names that Windows reserves are refused in the last name on every host (a disk travels to Windows sooner or later) and
 * in all names of a Windows path. `%` is refused in Windows paths because the image management service expands
 * environment variables in them.
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
  return style === "win32" ? describeWindowsProblem(path) : describeNameProblem(lastName(path));
}

function describeRelativePath(style: PathStyle, path: string): string {
  if (style === "posix" && isAbsolutePath("win32", path)) {
    return `${path} is a Windows path, but this host writes paths with a leading slash. To manage disks of a Hyper-V host, set vhd:backend to hyperv.`;
  }
  const example = style === "win32" ? "C:\\disks\\child.vhdx" : "/disks/child.vhdx";
  return `${path} is not a full path. Write one such as ${example}; path.resolve() makes one from a relative path.`;
}

function describeWindowsProblem(path: string): string | undefined {
  if (path.includes("%")) {
    return `${path} contains "%", which Hyper-V expands as an environment variable. Write the path without it.`;
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
    return `The name ${JSON.stringify(name)} contains a character that Windows does not allow in file names.`;
  }
  if (/[. ]$/.test(name)) {
    return `The name ${JSON.stringify(name)} ends with a dot or a space, which Windows drops silently.`;
  }
  return undefined;
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
