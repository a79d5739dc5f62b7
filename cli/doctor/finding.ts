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
/** Deploys what is missing. Without the stage, the command would deploy another one. */
export const deployAgain = (stage: string): string => `POSTRIDER_STAGE=${stage} npx cdk deploy --all`;

/** Puts back what was deleted or changed by hand, which CloudFormation does not notice unless it is told to look. */
export const setRight = (stage: string): string => `${deployAgain(stage)} --revert-drift`;

/** A check that could not be made: of what it would have found, nothing is known. */
export function unchecked(check: string, fault: unknown): Finding {
  const why = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
  return warn(
    check,
    `It could not be checked: ${why}`,
    'Allow your AWS credentials the call that AWS names, or try again.',
  );
}

/** Makes a check; if AWS refuses or does not answer, that is the finding. */
export const checked = (check: string, made: Promise<readonly Finding[]>): Promise<readonly Finding[]> =>
  made.catch((fault: unknown) => [unchecked(check, fault)]);

/** Whether AWS says that what was asked about does not exist. */
export const isMissing = (fault: unknown): boolean =>
  fault instanceof Error && /^(ResourceNotFound|NotFound|NoSuchBucket|NoSuchEntity)(Exception)?$/.test(fault.name);
