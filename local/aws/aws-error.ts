/** An error response of an AWS service: AWS's error code and the HTTP status. */
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
 * The response to an operation that no local engine has. 501 distinguishes it from every response of AWS.
 */
export function notLocal(service: string, operation: string): AwsError {
  return new AwsError(
    'NotImplemented',
    `The local ${service} does not support ${operation}. It supports what Postrider uses; use an AWS account for the rest.`,
    501,
  );
}
