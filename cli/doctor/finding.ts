export const RESULTS = ['ok', 'warn', 'fail'] as const;
export type Result = (typeof RESULTS)[number];

/** What a check of the doctor found. */
export interface Finding {
  readonly check: string;
  readonly result: Result;
  /** What is so, in a sentence. */
  readonly detail: string;
  /** What to do, in a sentence; null if there is nothing to do. */
  readonly next: string | null;
}

/** A finding that all is well. */
export const ok = (check: string, detail: string): Finding => ({ check, result: 'ok', detail, next: null });
/** Something to look at soon. */
export const warn = (check: string, detail: string, next: string): Finding => ({ check, result: 'warn', detail, next });
/** Something that does not work, or will not for long. */
export const fail = (check: string, detail: string, next: string): Finding => ({ check, result: 'fail', detail, next });
