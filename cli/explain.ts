/** A fault whose message already says what to do. */
export class Fault extends Error {
  override readonly name: string = 'Fault';
}

/** A command line that cannot be carried out. */
export class UsageFault extends Fault {
  override readonly name = 'UsageFault';

  constructor(message: string) {
    super(`${message} See --help.`);
  }
}

/** What to do, by the name or message of what the AWS SDK throws. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /CredentialsProviderError|Could not load credentials/,
    'There are no AWS credentials. Set AWS_PROFILE (after "aws sso login" where you use it), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  ],
  [/Region is missing/, 'There is no AWS region. Set AWS_REGION or give --region.'],
  [/ExpiredToken/, 'Your AWS credentials have expired. Get new ones, for instance by "aws sso login".'],
  [
    /InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature/,
    'AWS does not know these credentials. Look at AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  ],
  [/AccessDenied|not authorized/, 'Your AWS credentials may not do this. Ask for the permission that AWS names here:'],
  [
    /ResourceNotFoundException/,
    'There is no such table in this account and region. Look at --table and --region; RegistryTableName is an output of the State stack.',
  ],
  [
    /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|TimeoutError/,
    'AWS cannot be reached. Look at your network and region:',
  ],
];

/** One sentence or two on what went wrong and what to do about it. */
export function explain(fault: unknown): string {
  if (fault instanceof Fault) return fault.message;
  if (!(fault instanceof Error)) return String(fault);
  const said = `${fault.name}: ${fault.message}`;
  const [, advice] = ADVICE.find(([pattern]) => pattern.test(said)) ?? [];
  if (advice === undefined) return said;
  return advice.endsWith(':') ? `${advice} ${said}` : advice;
}
