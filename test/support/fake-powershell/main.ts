import { appendFileSync, existsSync, statSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { isDiskError } from "../../../provider/disk/errors";
import { cimFailureOf } from "../../../provider/hyperv/cim/cim-failure";
import type { CimSession } from "../../../provider/hyperv/cim/cim-session";
import type { FakeBehaviour, FakeEvent, FakeMisdeed } from "./behaviour";
import { askHost } from "./ask-host";
import type { FakeHostModule } from "./fake-host";
import { FirstLines, startUp } from "./start-up";
import { type WireRequest, readText } from "./wire";

/**
 * Behaves as a PowerShell that was started to run the bridge.
 *
 * @param launcherPath what it did is kept in files beside it
 */
export async function runFakePowerShell(
  behaviour: FakeBehaviour,
  launcherPath: string,
): Promise<void> {
  const log = (event: FakeEvent): void =>
    appendFileSync(`${launcherPath}.events`, `${JSON.stringify(event)}\n`);
  log({ event: "start", pid: process.pid, arguments: process.argv.slice(2) });
  const start = startUp(process.argv.slice(2), behaviour);
  if (start.kind === "ends") {
    writeAll(1, Buffer.from((behaviour.noise?.stdout ?? "") + (start.stdout ?? "")));
    writeAll(2, Buffer.from(start.stderr ?? ""));
    process.exit(start.stderr === undefined ? 0 : 1);
  }
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  lines.on("close", () => {
    log({ event: "end of input", pid: process.pid });
    process.exit(0);
  });
  if (start.kind === "waits") {
    return;
  }
  const module = (await import(behaviour.host.modulePath)) as FakeHostModule;
  const first = new FirstLines();
  let shell: FakeShell | undefined;
  let work = Promise.resolve();
  lines.on("line", (line) => {
    work = work.then(async () => {
      if (shell !== undefined) {
        await shell.takeLine(line);
        return;
      }
      const sentinel = readSentinel(first, line);
      if (sentinel !== undefined) {
        const session = await module.openSession(behaviour.host.options);
        shell = new FakeShell(behaviour, launcherPath, session, sentinel, log);
        shell.greet();
      }
    });
  });
}

/**
 * A PowerShell that cannot read the script says so and goes on; this one ends.
 */
function readSentinel(first: FirstLines, line: string): string | undefined {
  try {
    return first.take(line);
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  }
}

/** What the bridge says first. `S-1-5-32-578` is Hyper-V Administrators. */
const GREETINGS = {
  normal: { version: "5.1.0.0", hasCim: true, groups: ["S-1-5-32-545", "S-1-5-32-578"] },
  "without CIM": { version: "7.4.0", hasCim: false, groups: [] },
};

const forever = new Promise<never>(Function.prototype as () => void);

class FakeShell {
  constructor(
    readonly behaviour: FakeBehaviour,
    readonly launcherPath: string,
    readonly session: CimSession,
    readonly sentinel: string,
    readonly log: (event: FakeEvent) => void,
  ) {}

  greet(): void {
    const { greeting = "normal", noise } = this.behaviour;
    writeAll(1, Buffer.from(noise?.stdout ?? ""));
    writeAll(2, Buffer.from(noise?.stderr ?? ""));
    if (greeting === "exit 1") {
      process.exit(1);
    } else if (greeting === "garbage") {
      this.#writeLine(`${this.sentinel}e30=.`);
    } else if (greeting !== "never") {
      this.#answer([{ id: 0, value: GREETINGS[greeting] }]);
    }
  }

  async takeLine(line: string): Promise<void> {
    const text = Buffer.from(line, "base64").toString("utf8");
    const { requests } = JSON.parse(text) as { requests: WireRequest[] };
    this.log({ event: "line", requests: requests.map(nameOf), text });
    const held: object[] = [];
    for (const request of requests) {
      const answer = await this.#run(request);
      if (this.behaviour.mergeAnswers === true) {
        held.push(answer);
      } else {
        this.#answer([answer]);
      }
    }
    this.#answer(held);
  }

  async #run(request: WireRequest): Promise<object> {
    const misdeed = this.#takeMisdeed(nameOf(request));
    if (misdeed !== undefined && misdeed.after !== true) {
      await this.#misbehave(misdeed, request);
    }
    const answer = await this.#ask(request);
    if (misdeed?.after === true) {
      await this.#misbehave(misdeed, request);
    }
    return answer;
  }

  async #ask(request: WireRequest): Promise<object> {
    const { id } = request;
    if (request.operation === "connect") {
      return this.#connect(request);
    }
    try {
      return { id, value: await askHost(this.session, request) };
    } catch (error) {
      const failure = cimFailureOf(error);
      if (failure !== undefined) {
        return { id, error: writeFailure(failure) };
      }
      process.stderr.write(`${String(error)}\n`);
      process.exit(isDiskError(error, "SessionDropped") ? 3 : 70);
    }
  }

  #connect({ id, computerName, user, password }: WireRequest): object {
    const account = user === undefined ? null : readText(user);
    this.log({
      event: "connect",
      computerName: readText(computerName),
      user: account,
      password: readText(password),
    });
    if (this.behaviour.refuseConnection !== true) {
      return { id, value: null };
    }
    const message = "Zugriff verweigert";
    return {
      id,
      error: writeFailure({
        hresult: 0x80070005,
        nativeErrorCode: 2,
        category: "PermissionDenied",
        message,
      }),
    };
  }

  /** How often each misdeed was done is kept in a file, because some of them end the process. */
  #takeMisdeed(name: string): FakeMisdeed | undefined {
    const { misdeeds = [] } = this.behaviour;
    const index = misdeeds.findIndex((misdeed, at) => {
      const path = `${this.launcherPath}.misdeed-${at}`;
      const done = existsSync(path) ? statSync(path).size : 0;
      return misdeed.at === name && done < (misdeed.times ?? Infinity);
    });
    if (index !== -1) {
      appendFileSync(`${this.launcherPath}.misdeed-${index}`, ".");
    }
    return misdeeds[index];
  }

  async #misbehave({ how }: FakeMisdeed, { id }: WireRequest): Promise<void> {
    const misdeeds: Record<FakeMisdeed["how"], () => void | Promise<never>> = {
      "exit 0": () => process.exit(0),
      "exit 3": () => process.exit(3),
      hang: () => forever,
      "answer an unknown request": () => this.#answer([{ id: 4711, value: null }]),
      "answer twice": () => this.#answer([{ id, error: writeFailure({ message: "first" }) }]),
      "answer garbage": () => this.#writeLine(`${this.sentinel}!§$%.`),
      "answer nonsense": () => this.#answer([{ id, value: [["ReturnValue", "Colour", "red"]] }]),
      "write noise": () => this.#writeLine("WARNUNG: Dies ist keine Antwort."),
      "write bytes that are no text": () =>
        writeAll(1, Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0x0a])),
      "fill standard error": () =>
        writeAll(2, Buffer.alloc(1024 * 1024, "stderr is not read by anybody\n")),
    };
    await misdeeds[how]();
  }

  #answer(answers: readonly object[]): void {
    if (answers.length > 0) {
      const texts = answers.map((answer) =>
        Buffer.from(JSON.stringify(answer), "utf8").toString("base64"),
      );
      this.#writeLine(texts.map((text) => `${this.sentinel}${text}.`).join(""));
    }
  }

  #writeLine(text: string): void {
    const { around = ["", ""], lineEnd = "\n", pieceBytes } = this.behaviour;
    const bytes = Buffer.from(around[0] + text + around[1] + lineEnd);
    for (let at = 0; at < bytes.length; at += pieceBytes ?? bytes.length) {
      writeAll(1, bytes.subarray(at, at + (pieceBytes ?? bytes.length)));
    }
  }
}

function nameOf(request: WireRequest): string {
  const name = request.method ?? request.target?.className;
  return name === undefined ? request.operation : readText(name);
}

/**
 * As `Write-Failure`: the HRESULT of the exception is .NET's own; the one that matters stands in
 * the error id.
 */
function writeFailure(failure: {
  hresult?: number | undefined;
  nativeErrorCode?: number | undefined;
  category?: string;
  message: string;
}): object {
  const code =
    failure.hresult === undefined
      ? "Unknown"
      : `HRESULT 0x${failure.hresult.toString(16).padStart(8, "0")}`;
  return {
    category: failure.category ?? "NotSpecified",
    fullyQualifiedErrorId: `${code},Microsoft.Management.Infrastructure.CimCmdlets.FakeCommand`,
    hresult: String(0x80131500 | 0),
    nativeErrorCode: String(failure.nativeErrorCode ?? 1),
    message: failure.message,
  };
}

/** Writes before it returns, so that nothing is lost when the process exits next. */
function writeAll(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") {
        throw error;
      }
    }
  }
}
