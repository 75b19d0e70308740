import { alternate, compareTimes } from "../support/measure";
import { runProgram } from "../support/programs";
import type { Effort, Measured, Row } from "../support/row";

/**
 * What Pulumi starts for a dynamic provider, up to the first provider that it takes from a state.
 */
const SERVER = `
  const { join } = require("node:path");
  const root = join(require.resolve("@pulumi/pulumi"), "..");
  const server = join(root, "cmd", "dynamic-provider", "index.js");
  process.argv = [process.argv[0], server, "127.0.0.1:1"];
  require(process.argv[1]);
  require("require-from-string")(process.env.PROVIDER_TEXT).handler();
  process.exit(0);
`;
const OURS = 'exports.handler = () => require("pulumi-vhd/provider").differencingDisk;';
const EMPTY =
  "exports.handler = () => ({ create: async (inputs) => ({ id: inputs.path, outs: inputs }) });";

/** How much longer a provider process takes until it can serve. */
export const start: Row = {
  id: "start",
  title: "Start of the provider",
  against: "an empty dynamic provider",
  rounds: 15,
  async measure({ rounds }: Effort): Promise<Measured> {
    const serve = (text: string) => ({
      run: () =>
        runProgram(process.execPath, ["-e", SERVER], {
          env: { ...process.env, PROVIDER_TEXT: text },
        }),
    });
    const { ours, empty } = await alternate({ ours: serve(OURS), empty: serve(EMPTY) }, rounds);
    return { figures: [compareTimes("start", ours, empty, 1.1)] };
  },
};
