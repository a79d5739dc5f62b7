/** An error that an AWS service answers with: its code as AWS spells it, and the HTTP status. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/**
 * The answer to an operation that no local engine has. 501, so that it can be told from every answer that AWS gives.
 */
export function notLocal(service: string, operation: string): AwsError {
  return new AwsError(
    'NotImplemented',
    `The local ${service} does not know ${operation}. It runs what Postrider uses; use an AWS account for the rest.`,
    501,
  );
}
