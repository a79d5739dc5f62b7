import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { isSigned } from '../../adapters/standard-webhooks/verify.ts';
import { inTime } from '../runtime/deadline.ts';
import { readEnv } from '../runtime/env.ts';
import { createLogger, describeFault, logContext } from '../runtime/logger.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { composeHeartbeat } from './compose.ts';
import { heartbeatEnv } from './config.ts';
import { createReceiver } from './receiver.ts';
import { report } from './report.ts';

// Once per cold start.
const logger = createLogger('heartbeat');
const env = readEnv(heartbeatEnv);
const { send, secret } = composeHeartbeat(env, logger);
const emit = createMetrics(env.METRICS_STAGE);
const receive = createReceiver({
  secret,
  isSigned,
  failed: (fault) => logger.error('A heartbeat could not be checked.', describeFault(fault)),
});

// Once per five minutes: sends a heartbeat and waits for it.
// Once per webhook, in another execution environment: receives it.
export const handler = middy<unknown, unknown, Error, Context>()
  .use(logContext(logger))
  .handler(async (event, context) => {
    if (isRequest(event)) return receive(event);
    return report(() => inTime(context, send, tooLate), { logger, emit });
  });

const tooLate = () => new Error('Our own AWS calls took until the invocation had to end.');

function isRequest(event: unknown): event is APIGatewayProxyEventV2 {
  return typeof event === 'object' && event !== null && 'requestContext' in event;
}
