import { Logger } from '@aws-lambda-powertools/logger';
import { describe, expect, it } from 'vitest';
import { Problem, problemDocument } from '../../../core/problem.ts';
import { logFault, problemResponse } from '../../../lambdas/runtime/http.ts';
import { traceIdOf } from '../../../lambdas/runtime/trace.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const logger = new Logger({ serviceName: 'test', logLevel: 'SILENT' });

describe('an error response', () => {
  it('is a problem document, with instructions in its headers', () => {
    const response = problemResponse(new Problem('unavailable', 'Try again.', { retryAfterSeconds: 2 }));
    expect(response).toMatchObject({
      statusCode: 503,
      headers: { 'content-type': 'application/problem+json', 'retry-after': '2' },
    });
    expect(problemResponse(new Problem('unauthenticated', 'x')).headers).toMatchObject({
      'www-authenticate': 'Bearer',
    });
  });

  it.each([
    [Object.assign(new Error('Rate exceeded for key AKIA'), { $metadata: {} }), 503],
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 503],
    [new TypeError('secret is undefined'), 500],
    ['a text', 500],
  ])('for %o does not reveal the error', (fault, status) => {
    const document = problemDocument(logFault(logger, fault));
    expect(document.status).toBe(status);
    expect(JSON.stringify(document)).not.toMatch(/AKIA|secret|connect/);
  });
});

describe('the trace of a request', () => {
  const random = seededRandom(1);
  it('is that of its traceparent, or a new one if that is missing or invalid', () => {
    const id = '4bf92f3577b34da6a3ce929d0e0e4736';
    expect(traceIdOf(`00-${id}-00f067aa0ba902b7-01`, random)).toBe(id);
    for (const header of [undefined, 'x', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`]) {
      expect(traceIdOf(header, random)).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
    }
  });
});
