import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { readEnv } from '../runtime/env.ts';
import { logFault, problemResponse } from '../runtime/http.ts';
import { createLogger } from '../runtime/logger.ts';
import { createApp } from './app.ts';
import { composePorts } from './compose.ts';
import { apiEnv } from './config.ts';
import { answerTo } from './gateway.ts';

// Once per cold start.
const logger = createLogger('api');
const app = createApp(composePorts(readEnv(apiEnv), logger));

// Once per request.
const answer = (event: APIGatewayProxyEventV2) => answerTo(event, app.fetch);

// Called by AWS.
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    return await answer(event);
  } catch (fault) {
    return problemResponse(logFault(logger, fault));
  }
}
