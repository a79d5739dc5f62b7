import { Logger } from '@aws-lambda-powertools/logger';

/** The function's logger: one JSON line per entry. Never pass it a secret, a payload, a header or a whole event. */
export function createLogger(serviceName: string): Logger {
  return new Logger({ serviceName: `postrider-${serviceName}` });
}

/** What a log line may hold of an error: its name, message and stack. */
export function describeFault(fault: unknown): Record<string, unknown> {
  if (!(fault instanceof Error)) return { fault: 'unknown' };
  return { fault: fault.name, faultMessage: fault.message, stack: fault.stack };
}
