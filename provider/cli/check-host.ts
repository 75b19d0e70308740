import { writeFileSync } from "node:fs";
import { type ConfigSource, type ConfiguredHost, openHost } from "../config";
import { DiskError } from "../disk/errors";
import { type HostSurvey, PROBE_PATHS, isUsable, surveyHost } from "../hyperv/check/survey-host";
import { anonymize } from "../hyperv/transcript/anonymizer";
import { recordSession } from "../hyperv/transcript/record-session";
import { replaySession } from "../hyperv/transcript/replay-session";
import type { Exchange, Transcript } from "../hyperv/transcript/transcript";
import { type HostReport, formatReport } from "./format-report";
import type { Output } from "./main";

/** What check-host is told besides the host. */
export interface CheckOptions {
  readonly json: boolean;
  /** Where to write what was asked and answered; a file that does not exist yet. */
  readonly transcript: string | undefined;
}

/** A transcript that a test plays back, and what the survey makes of it. */
export interface TranscriptFile extends Transcript {
  readonly survey: HostSurvey;
}

const ADMINISTRATORS = "S-1-5-32-544";
const HYPERV_ADMINISTRATORS = "S-1-5-32-578";
/** What Windows says of itself. */
const KEPT_PROPERTIES = ["Win32_OperatingSystem.Caption", "Win32_OperatingSystem.Version"];

/**
 * Asks a host what works, and tells it.
 *
 * @param config as for a stack
 * @returns the exit code: 0 where disks can be managed, else 1
 * @throws InvalidInput for the configuration; AlreadyExists or IoFailed for the transcript
 */
export async function checkHost(
  config: ConfigSource,
  options: CheckOptions,
  output: Output,
): Promise<number> {
  const host = openHost(config);
  try {
    const { session, exchanges } = recordSession(host.session);
    const survey = await surveyHost(session);
    if (options.transcript !== undefined) {
      await writeTranscript(options.transcript, exchanges);
    }
    const report = describeHost(host, survey);
    output.out(options.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
    return isUsable(survey) ? 0 : 1;
  } finally {
    await host.session.close();
  }
}

function describeHost(
  { name, transport, greeting }: ConfiguredHost,
  survey: HostSurvey,
): HostReport {
  const { version, groups } = greeting() ?? {};
  // Over WinRM, PowerShell runs here: its account says nothing about the host.
  const known = transport === "winrm" ? undefined : groups;
  return {
    host: name,
    transport,
    powerShell: version,
    account: known && {
      isAdministrator: known.includes(ADMINISTRATORS),
      isHypervAdministrator: known.includes(HYPERV_ADMINISTRATORS),
    },
    ...survey,
  };
}

/** The survey of the transcript is what the transcript itself answers, names taken out. */
async function writeTranscript(path: string, exchanges: readonly Exchange[]): Promise<void> {
  const options = { kept: PROBE_PATHS, keptProperties: KEPT_PROPERTIES };
  const transcript = anonymize({ exchanges }, options);
  const file: TranscriptFile = {
    survey: await surveyHost(replaySession(transcript)),
    ...transcript,
  };
  try {
    writeFileSync(path, `${JSON.stringify(file, null, 2)}\n`, { flag: "wx" });
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw new DiskError(exists ? "AlreadyExists" : "IoFailed", {
      what: exists
        ? "a file already exists at the path of the transcript"
        : "the transcript was not written",
      subject: path,
      facts: { error: exists ? undefined : (error as Error).message },
      remedy: "Choose another path.",
      cause: error,
    });
  }
}
