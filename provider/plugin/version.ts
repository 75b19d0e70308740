import { createRequire } from "node:module";

/** The version of this package, from the package.json beside which it runs. */
export const PACKAGE_VERSION = (
  createRequire(__filename)("pulumi-vhd/package.json") as { version: string }
).version;
