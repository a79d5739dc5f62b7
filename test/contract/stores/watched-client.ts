import type { DynamoDBClient, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-dynamodb';
import type { InitializeHandlerOutput } from '@smithy/types';
import { expect } from 'vitest';
import { loopbackClient } from '../../support/dynamodb.ts';

type Answer = InitializeHandlerOutput<ServiceOutputTypes>;

/** A client for an engine. Once frozen, an index query returns its last result. */
export function freezingIndexes(port: number): { client: DynamoDBClient; freeze: () => void } {
  const client = loopbackClient(port);
  const answers = new Map<string, Answer>();
  let frozen = false;
  client.middlewareStack.add(
    (next) => async (args) => {
      if (!('IndexName' in args.input)) return next(args);
      const question = JSON.stringify(args.input);
      if (frozen) return answers.get(question) ?? expect.fail('An index was asked something new.');
      const answer = await next(args);
      answers.set(question, answer);
      return answer;
    },
    { step: 'initialize', name: 'freezingIndexes' },
  );
  return {
    client,
    freeze() {
      frozen = true;
    },
  };
}

/** A client for an engine that records requests. */
export function recordingClient(port: number): { client: DynamoDBClient; asked: ServiceInputTypes[] } {
  const client = loopbackClient(port);
  const asked: ServiceInputTypes[] = [];
  client.middlewareStack.add(
    (next) => (args) => {
      asked.push(args.input);
      return next(args);
    },
    { step: 'initialize', name: 'recording' },
  );
  return { client, asked };
}
