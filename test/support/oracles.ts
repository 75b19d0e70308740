import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";

/**
 * Software that we did not write and that reads the same formats. Where it is not installed, tests
 * that ask it are skipped with the reason printed; CI installs it and fails where it cannot.
 */
export type Oracle = "7zz" | "qemu-img" | "qemu-io";

const VERSION_ARGUMENTS: Readonly<Record<Oracle, string[]>> = {
  "7zz": ["i"],
  "qemu-img": ["--version"],
  "qemu-io": ["--version"],
};

/** `describe` where the oracle is installed, `describe.skip` elsewhere. */
export function describeWithOracle(oracle: Oracle, name: string, body: () => void): void {
  if (spawnSync(oracle, VERSION_ARGUMENTS[oracle]).status === 0) {
    describe(name, body);
    return;
  }
  process.stderr.write(`skipped: ${name} (${oracle} is not installed)\n`);
  describe.skip(name, () => {
    it.todo(`needs ${oracle}`);
  });
}

/** Runs an oracle to its end. */
export function runOracle(
  oracle: Oracle,
  args: readonly string[],
): { status: number | null; stdout: Buffer; stderr: string } {
  const result = spawnSync(oracle, args, { maxBuffer: 1024 * 1024 * 1024 });
  return { status: result.status, stdout: result.stdout, stderr: result.stderr.toString("utf8") };
}

/**
 * The content of a disk through its whole chain as 7-Zip reads it. Parents must be where the
 * locators say.
 */
export function readContentWith7zip(path: string): Buffer {
  const type = path.toLowerCase().endsWith("x") ? "-tvhdx" : "-tvhd";
  const result = runOracle("7zz", ["e", "-so", type, path]);
  if (result.status !== 0) {
    throw new Error(`7zz cannot read ${path}: ${result.stderr}`);
  }
  return result.stdout;
}

/** The MD5 of some bytes in lowercase hexadecimal digits. */
export function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
