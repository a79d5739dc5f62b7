/** A fault whose message already says what to do. */
export class Fault extends Error {
  override readonly name: string = 'Fault';
}

/** An invalid command line. */
export class UsageFault extends Fault {
  override readonly name = 'UsageFault';

  constructor(message: string) {
    super(`${message} See --help.`);
  }
}

/** Advice by name or message of the AWS SDK's error: on callers that AWS refuses, and on the rest. */
const ON_CALLERS: readonly (readonly [RegExp, string])[] = [
  [
    /CredentialsProviderError|Could not load credentials/,
    'No AWS credentials found. Set AWS_PROFILE (after "aws sso login" if you use it), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  ],
  [/ExpiredToken/, 'Your AWS credentials have expired. Get new ones, for example with "aws sso login".'],
  [
    /InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature/,
    'AWS rejected these credentials. Check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  ],
  [
    /AccessDenied|not authorized/,
    'Your AWS credentials lack a permission. Ask for the permission that AWS names here:',
  ],
];
const ON_THE_REST: readonly (readonly [RegExp, string])[] = [
  [/Region is missing/, 'No AWS region is set. Set AWS_REGION or pass --region.'],
  [
    /ResourceNotFoundException/,
    'There is no such table in this account and region. Check --table and --region; RegistryTableName is an output of the State stack.',
  ],
  [/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|TimeoutError/, 'AWS cannot be reached. Check your network and region:'],
];

const adviceOf = (fault: Error, advice: readonly (readonly [RegExp, string])[]): string | undefined =>
  advice.find(([pattern]) => pattern.test(`${fault.name}: ${fault.message}`))?.[1];

/** Whether AWS refuses the caller: no credentials, invalid ones, or none with the permission. */
export function isCallerRefused(fault: unknown): boolean {
  return fault instanceof Error && !(fault instanceof Fault) && adviceOf(fault, ON_CALLERS) !== undefined;
}

/** One or two sentences on what went wrong and what to do. */
export function explain(fault: unknown): string {
  if (fault instanceof Fault) return fault.message;
  if (!(fault instanceof Error)) return String(fault);
  const said = `${fault.name}: ${fault.message}`;
  const advice = adviceOf(fault, ON_CALLERS) ?? adviceOf(fault, ON_THE_REST);
  if (advice === undefined) return said;
  return advice.endsWith(':') ? `${advice} ${said}` : advice;
}
