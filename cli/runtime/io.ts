import type { Readable } from 'node:stream';

/** What a command may use of the process that it runs in. Data goes to `out`, all else to `err`. */
export interface Io {
  readonly args: readonly string[];
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly stdin: Readable & { isTTY?: boolean };
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether data goes to a terminal: then in tables, else in lines of values between tabs. */
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** Opens a URL in a browser. @returns false if there is none. */
  readonly openUrl: (url: string) => Promise<boolean>;
}
