import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TranscriptFile } from "../../provider/cli/check-host";
import { surveyHost } from "../../provider/hyperv/check/survey-host";
import { replaySession } from "../../provider/hyperv/transcript/replay-session";

/** Files that `pulumi-vhd check-host --transcript` wrote: a new one here is a new test. */
const FOLDER = join(__dirname, "hosts");

describe("the transcript of a host", () => {
  it.each(readdirSync(FOLDER))("still gives the survey that it came with: %s", async (name) => {
    const file = JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as TranscriptFile;

    const survey = await surveyHost(replaySession(file));

    expect(survey).toEqual(file.survey);
  });
});
