import { readFileSync, readdirSync } from "node:fs";

/**
 * The processes below a process that run something, on Linux.
 *
 * @param rootPid of the process that started them, directly or not
 * @param text a part of their command line
 */
export function findDescendants(rootPid: number, text: string): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const parent = /^\d+$/.test(name) ? readParent(name) : undefined;
    if (parent !== undefined) {
      parents.set(Number(name), parent);
    }
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === rootPid || isBelow(parent));
  };
  return [...parents.keys()].filter((pid) => isBelow(pid) && readCommand(pid).includes(text));
}

/** A process may end at any moment. */
function readParent(pid: string): number | undefined {
  try {
    // The name of the program, which may hold anything, ends with the last parenthesis.
    const [, fields = ""] = /.*\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return Number(fields.split(" ")[1]);
  } catch {
    return undefined;
  }
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
