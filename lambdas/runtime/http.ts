import type { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import * as z from 'zod';
import { PROBLEMS, type Problem, problemDocument } from '../../core/problem.ts';
import { bodyText } from './body.ts';
import { inTime } from './deadline.ts';
import { describeFault, logContext } from './logger.ts';
import { problemOf } from './problem-of.ts';

export interface HttpRequest {
  /** The route that API Gateway chose, such as `POST /v1/events`. */
  routeKey: string;
  /** Looks up the ARN of the caller that API Gateway authorized by IAM; undefined on every other route. */
  principalArn: () => string | undefined;
  /** Header names are in lower case, as API Gateway gives them. */
  headers: Record<string, string | undefined>;
  /** The body as text, without a byte order mark; empty if there is none. */
  body: string;
}

export interface HttpResponse {
  status: number;
  body: unknown;
}

const authorizedByIam = z.object({
  authorizer: z.object({ iam: z.object({ userArn: z.string().startsWith('arn:') }) }),
});

/**
 * Who signed the request, as API Gateway says on a route with IAM authorization: a user's ARN, or an assumed role's
 * with its session. Source: API Gateway developer guide, payload format 2.0.
 */
export function principalArnOf(event: Pick<APIGatewayProxyEventV2, 'requestContext'>): string | undefined {
  return authorizedByIam.safeParse(event.requestContext).data?.authorizer.iam.userArn;
}

/** A problem document as a response of API Gateway. */
export function problemResponse(problem: Problem): APIGatewayProxyStructuredResultV2 {
  const { retryAfterSeconds } = problem;
  return {
    statusCode: PROBLEMS[problem.kind].status,
    headers: {
      'content-type': 'application/problem+json',
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      ...(problem.kind === 'unauthenticated' && { 'www-authenticate': 'Bearer' }),
    },
    body: JSON.stringify(problemDocument(problem)),
  };
}

/** Logs errors on our side; a caller's mistake is a normal response. */
export function logFault(logger: Logger, fault: unknown): Problem {
  const problem = problemOf(fault);
  if (PROBLEMS[problem.kind].status >= 500) logger.error(problem.message, describeFault(fault));
  return problem;
}

/** Wraps a function behind an HTTP route: request in, response or problem document out. */
export function httpHandler(handle: (request: HttpRequest) => Promise<HttpResponse>, logger: Logger) {
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Error, Context>()
    .use(logContext(logger))
    .onError((request) => {
      request.response = problemResponse(logFault(logger, request.error));
    })
    .handler(async (event, context) => {
      const { routeKey, headers } = event;
      const request = { routeKey, principalArn: () => principalArnOf(event), headers, body: bodyText(event) };
      const answer = await inTime(context, () => handle(request));
      return {
        statusCode: answer.status,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(answer.body),
      };
    });
}
