import { randomBytes } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { isDiskError } from "../../disk/errors";
import type { CimFailure } from "../cim/cim-failure";
import { type BridgeGreeting, decodeAnswer, decodeGreeting } from "./bridge-answers";
import {
  type BridgeAnswer,
  type RemoteComputer,
  encodeOperation,
  encodeRequestLine,
} from "./bridge-protocol";
import { LANGUAGE_MODE_LINE, encodeBridge } from "./bridge-scripts";
import { LineSplitter, extractAnswers } from "./shell-lines";
import { NoiseLog } from "./shell-noise";

/** A running program with its three streams; launch.ts starts real ones. */
export interface ShellProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * Told once, when the process is gone and all it wrote was delivered, or when it could not be
   * started.
   */
  onExit(listener: (exit: ShellExit) => void): void;
  /** Ends the process at once. Harmless when it is gone. */
  kill(): void;
  /** Whether the process keeps this program from ending. */
  setKeepAlive(keepAlive: boolean): void;
}

/** How a process ended. */
export interface ShellExit {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  /** Why it could not be started. */
  readonly error?: Error | undefined;
}

/** Why a bridge is no more. */
export interface BridgeEnd extends ShellExit {
  /** A clause: `the process ended`. */
  readonly what: string;
  /** The last lines it wrote that were no answers. */
  readonly lastOutput?: string | undefined;
  /** What the host said, where it refused the connection. */
  readonly failure?: CimFailure | undefined;
  /** True for a PowerShell that has no CIM at all. */
  readonly withoutCim?: boolean | undefined;
  /** Of a PowerShell that may not call .NET, such as `ConstrainedLanguage`. */
  readonly languageMode?: string | undefined;
}

/** What a bridge needs, and whom it informs. */
export interface BridgeProcessOptions {
  /** The text of cim-bridge.ps1. */
  readonly script: string;
  readonly computer: RemoteComputer | undefined;
  readonly startTimeoutMs: number;
  readonly maxAnswerChars: number;
  /** Told once, what PowerShell says of itself. */
  readonly onGreeting?: ((greeting: BridgeGreeting) => void) | undefined;
  /** Told once, when requests can be sent. */
  readonly onReady: () => void;
  readonly onAnswer: (answer: BridgeAnswer) => void;
  /** Told once; nothing else follows. */
  readonly onEnd: (end: BridgeEnd) => void;
}

const GREETING_ID = 0;
const CONNECT_ID = 1;
/** The first number that {@link BridgeProcess.send} may use. */
export const FIRST_REQUEST_ID = 2;

const MAX_NOISE_CHARS = 64 * 1024;
const CLOSE_TIMEOUT_MS = 2000;

/** A shell that runs cim-bridge.ps1: takes lines of requests, gives answers, and ends once. */
export class BridgeProcess {
  readonly #noise = new NoiseLog();
  readonly #sentinel = randomBytes(12).toString("hex");
  readonly #startTimer: NodeJS.Timeout;
  readonly #gone: Promise<void>;
  #isReady = false;
  #isEnded = false;

  constructor(
    readonly shell: ShellProcess,
    readonly options: BridgeProcessOptions,
  ) {
    this.#gone = new Promise((resolve) => {
      shell.onExit((exit) => {
        resolve();
        this.#end({
          what: exit.error === undefined ? "the process ended" : "the process cannot be started",
          ...exit,
        });
      });
    });
    this.#readStreams();
    this.#startTimer = setTimeout(
      () => this.#end({ what: "PowerShell did not start in time" }),
      options.startTimeoutMs,
    );
    this.#startTimer.unref();
    this.#write(encodeBridge(options.script, this.#sentinel));
  }

  /** Whether requests can be sent. */
  get isReady(): boolean {
    return this.#isReady && !this.#isEnded;
  }

  /** Whether it ever got so far. */
  get wasReady(): boolean {
    return this.#isReady;
  }

  /** Sends a line of requests made by `encodeRequestLine`. */
  send(line: string): void {
    this.#write(line);
  }

  /** Ends the bridge now, whatever it is doing. */
  kill(what: string): void {
    this.#end({ what });
  }

  /** Lets the bridge end by itself, and makes it when it does not. */
  async close(): Promise<void> {
    this.#isEnded = true;
    clearTimeout(this.#startTimer);
    this.shell.setKeepAlive(true);
    this.shell.stdin.end();
    const timer = setTimeout(() => this.shell.kill(), CLOSE_TIMEOUT_MS);
    await this.#gone;
    clearTimeout(timer);
  }

  #readStreams(): void {
    const { stdin, stdout, stderr } = this.shell;
    const answers = new LineSplitter(
      this.options.maxAnswerChars,
      (line) => this.#readLine(line),
      () => this.#end({ what: "the answer of the host does not fit into memory" }),
    );
    const noise = new LineSplitter(
      MAX_NOISE_CHARS,
      (line) => this.#noise.add(line),
      (line) => this.#noise.add(line),
    );
    stdout.on("data", (chunk: Buffer | string) => answers.push(chunk.toString()));
    stdout.on("end", () => answers.end());
    stderr.on("data", (chunk: Buffer | string) => noise.push(chunk.toString()));
    stderr.on("end", () => noise.end());
    for (const stream of [stdin, stdout, stderr]) {
      stream.on("error", (error) => this.#noise.add(error.message));
    }
  }

  #readLine(line: string): void {
    if (this.#isEnded) {
      return;
    }
    const { answers, noise } = extractAnswers(line, this.#sentinel);
    this.#noise.add(noise);
    const languageMode = this.#isReady ? undefined : LANGUAGE_MODE_LINE.exec(noise)?.[1];
    if (languageMode !== undefined) {
      this.#end({ what: `PowerShell is in ${languageMode} mode`, languageMode });
      return;
    }
    for (const text of answers) {
      this.#readAnswer(text);
    }
  }

  #readAnswer(text: string): void {
    try {
      const answer = decodeAnswer(text);
      if (this.#isReady) {
        this.options.onAnswer(answer);
      } else {
        this.#takeStartAnswer(answer);
      }
    } catch (error) {
      this.#end({
        what: "the host returned something unreadable",
        error: isDiskError(error) ? error : undefined,
      });
    }
  }

  /**
   * First the bridge greets; then, where there is another computer, it says whether it got there.
   */
  #takeStartAnswer(answer: BridgeAnswer): void {
    const { computer } = this.options;
    const greeting =
      "value" in answer && answer.id === GREETING_ID ? decodeGreeting(answer.value) : undefined;
    if ("failure" in answer) {
      this.#end({ what: "the connection was refused", failure: answer.failure });
      return;
    }
    if (greeting?.hasCim === false) {
      this.#end({ what: "this PowerShell has no CIM cmdlets", withoutCim: true });
      return;
    }
    if (greeting !== undefined) {
      this.options.onGreeting?.(greeting);
    }
    if (greeting !== undefined && computer !== undefined) {
      this.#write(
        encodeRequestLine([
          { id: CONNECT_ID, ...encodeOperation({ operation: "connect", computer }) },
        ]),
      );
    } else {
      clearTimeout(this.#startTimer);
      this.#isReady = true;
      this.options.onReady();
    }
  }

  #write(line: string): void {
    this.shell.stdin.write(`${line}\n`);
  }

  #end(end: BridgeEnd): void {
    if (this.#isEnded) {
      return;
    }
    this.#isEnded = true;
    clearTimeout(this.#startTimer);
    this.shell.kill();
    this.options.onEnd({ lastOutput: this.#noise.describe(), ...end });
  }
}
