// `npm run workflows`: checks the workflows of .github with actionlint, which is built from its Go
// modules; tools/actionlint pins them.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./setup/folders.mjs";
import { run } from "./setup/run.mjs";
import { say } from "./setup/steps.mjs";

const FOLDER = join(ROOT, ".github", "workflows");

const go = await run("go", ["version"], { quiet: true }).catch(() => undefined);
if (go === undefined) {
  say("skipped: the workflows are not checked, because Go is not installed (https://go.dev/dl)");
} else {
  const paths = readdirSync(FOLDER).map((name) => join(FOLDER, name));
  // Checkers of scripts that actionlint would find on some machines and not on others.
  const options = ["-shellcheck=", "-pyflakes="];
  try {
    await run("go", ["run", "github.com/rhysd/actionlint/cmd/actionlint", ...options, ...paths], {
      cwd: join(ROOT, "tools", "actionlint"),
      env: { ...process.env, GOTOOLCHAIN: "local", GOWORK: "off", GOFLAGS: "-mod=readonly" },
    });
  } catch {
    process.exitCode = 1;
  }
}
