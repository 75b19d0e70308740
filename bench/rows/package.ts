import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { MIB } from "../support/disks";
import type { Figure, Measured, Row, Unit } from "../support/row";

/** What `npm install pulumi-vhd` brings. */
export const packageSize: Row = {
  id: "package",
  title: "The package, unpacked, and its runtime dependencies",
  against: "1 MiB and 3",
  rounds: 1,
  measure(): Promise<Measured> {
    const manifestPath = require.resolve("pulumi-vhd/package.json");
    const manifest = JSON.parse(readFileSync(manifestPath, "utf8")) as {
      dependencies: Record<string, string>;
    };
    const packed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: dirname(manifestPath),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [{ unpackedSize }] = JSON.parse(packed) as [{ unpackedSize: number }];
    const dependencyCount = Object.keys(manifest.dependencies).length;
    return Promise.resolve({
      figures: [
        once("unpacked", "bytes", unpackedSize, MIB),
        once("dependencies", "count", dependencyCount, 3),
      ],
    });
  },
};

function once(name: string, unit: Unit, value: number, bound: number): Figure {
  return { name, unit, value, least: value, most: value, bound };
}
