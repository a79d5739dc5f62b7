import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';

/** The function's logger: one JSON line per entry. Never pass it a secret, a payload, a header or a whole event. */
export function createLogger(serviceName: string): Logger {
  return new Logger({ serviceName: `postrider-${serviceName}`, logFormatter: new ShortLines() });
}

/**
 * Middleware that adds the invocation to every line. It never logs the event, whatever the environment asks for: an event
 * holds payloads and keys.
 */
export const logContext = (logger: Logger) => injectLambdaContext(logger, { logEvent: false });

/**
 * A line says which invocation wrote it. The function's name, ARN and memory are left out: they are the same on every line
 * of a log group, and would be more than a third of its bytes, which CloudWatch bills.
 */
class ShortLines extends LogFormatter {
  formatAttributes(attributes: UnformattedAttributes, own: LogAttributes): LogItem {
    const { logLevel, message, timestamp, serviceName, lambdaContext, xRayTraceId } = attributes;
    const line = {
      level: logLevel,
      message,
      timestamp: this.formatTimestamp(timestamp),
      service: serviceName,
      function_request_id: lambdaContext?.awsRequestId,
      ...(lambdaContext?.coldStart && { cold_start: true }),
      xray_trace_id: xRayTraceId,
    };
    return new LogItem({ attributes: line }).addAttributes(own);
  }
}

/** What a log line may hold of an error: its name, message and stack. */
export function describeFault(fault: unknown): Record<string, unknown> {
  if (!(fault instanceof Error)) return { fault: 'unknown' };
  return { fault: fault.name, faultMessage: fault.message, stack: fault.stack };
}
