/** Builds the package, without looking for Pulumi. */
import { runMain } from "./setup/main.mjs";
import { setUpPackage } from "./setup.mjs";

await runMain(setUpPackage);
