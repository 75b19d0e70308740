/**
 * `npm install` in this folder, which `pulumi package add` runs for a clone of the repository,
 * builds the package first. The published package is built already.
 */
const { execSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const path = require("node:path");

const root = path.join(__dirname, "..");
if (!existsSync(path.join(root, "dist", "provider", "plugin", "main.js"))) {
  execSync("npm ci --ignore-scripts --no-audit --no-fund && npm run build", {
    cwd: root,
    stdio: "inherit",
  });
}
