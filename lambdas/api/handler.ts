import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { inTime } from '../runtime/deadline.ts';
import { readEnv } from '../runtime/env.ts';
import { logFault, problemResponse } from '../runtime/http.ts';
import { createLogger, logContext } from '../runtime/logger.ts';
import { createApp } from './app.ts';
import { composePorts } from './compose.ts';
import { apiEnv } from './config.ts';
import { answerTo } from './gateway.ts';

// Once per cold start.
const logger = createLogger('api');
const app = createApp(composePorts(readEnv(apiEnv), logger));

// Called by AWS, once per request.
export const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Error, Context>()
  .use(logContext(logger))
  .onError((request) => {
    request.response = problemResponse(logFault(logger, request.error));
  })
  .handler((event, context) => inTime(context, () => answerTo(event, app.fetch)));
