/** How a fake PowerShell behaves. Everything is JSON, because it is written into its launcher. */
export interface FakeBehaviour {
  /** Who answers: a module with the export `openSession`, see {@link FakeHostModule}. */
  readonly host: { readonly modulePath: string; readonly options?: unknown };
  /** Whether it greets at all, and whether it has CIM. */
  readonly greeting?: "normal" | "never" | "without CIM" | "garbage" | "exit 1" | undefined;
  /** That of its session; `FullLanguage` where absent. */
  readonly languageMode?: "FullLanguage" | "ConstrainedLanguage" | undefined;
  /**
   * What standard input is; an anonymous pipe where absent. On an overlapped pipe, the console
   * stream of .NET Framework reads nothing.
   */
  readonly input?: "anonymous pipe" | "overlapped pipe" | undefined;
  /** Written to standard output and standard error before the greeting. */
  readonly noise?: { readonly stdout?: string; readonly stderr?: string } | undefined;
  /** Before and after each line, such as escape sequences of a terminal. */
  readonly around?: readonly [before: string, after: string] | undefined;
  readonly lineEnd?: "\n" | "\r\n" | undefined;
  /** Answers are written in pieces of so many bytes. */
  readonly pieceBytes?: number | undefined;
  /** All answers of a batch stand in one line. */
  readonly mergeAnswers?: boolean | undefined;
  /** The other computer refuses the connection. */
  readonly refuseConnection?: boolean | undefined;
  readonly misdeeds?: readonly FakeMisdeed[] | undefined;
}

/** Something that goes wrong with one kind of request. */
export interface FakeMisdeed {
  /** The method of an `invoke`, or the class of any other request. */
  readonly at: string;
  readonly how:
    | "exit 0"
    | "exit 3"
    | "hang"
    | "answer an unknown request"
    | "answer twice"
    | "answer garbage"
    | "answer nonsense"
    | "write noise"
    | "write bytes that are no text"
    | "fill standard error";
  /** The host does what was asked, and then it goes wrong. */
  readonly after?: boolean | undefined;
  /** How often, over all processes of this fake; without end where absent. */
  readonly times?: number | undefined;
}

/** What a fake PowerShell did, oldest first. */
export type FakeEvent =
  | { readonly event: "start"; readonly pid: number; readonly arguments: readonly string[] }
  | {
      readonly event: "connect";
      readonly computerName: string;
      readonly user: string | null;
      readonly password: string;
    }
  | { readonly event: "line"; readonly requests: readonly string[]; readonly text: string }
  | { readonly event: "end of input"; readonly pid: number };
