import { afterEach, beforeEach, describe } from 'vitest';
import { deadLetterRules } from './dead-letters.ts';
import { fairnessRules } from './fairness.ts';
import { moveTaskRules } from './move-tasks.ts';
import { queueRules } from './queues.ts';
import { receivingRules } from './receiving.ts';
import { sendingRules } from './sending.ts';
import type { QueueWorld } from './world.ts';

/**
 * The behaviour of AWS SQS standard queues that Postrider relies on. Every replacement of SQS, in the simulation or
 * locally, must pass it; each test names the AWS page that it comes from.
 *
 * SQSG = https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide
 * API = https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference
 */
export function queueContract(name: string, createWorld: () => Promise<QueueWorld>): void {
  describe(`${name}, queues`, () => withWorld(createWorld, queueRules));
  describe(`${name}, sending`, () => withWorld(createWorld, sendingRules));
  describe(`${name}, receiving`, () => withWorld(createWorld, receivingRules));
  describe(`${name}, dead letters`, () => withWorld(createWorld, deadLetterRules));
  describe(`${name}, move tasks`, () => withWorld(createWorld, moveTaskRules));
  describe(`${name}, fair queues`, () => withWorld(createWorld, fairnessRules));
}

function withWorld(createWorld: () => Promise<QueueWorld>, rules: (world: () => QueueWorld) => void): void {
  let world: QueueWorld | undefined;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    await world?.close();
  });
  rules(() => {
    if (world) return world;
    throw new Error('There is no world outside a test.');
  });
}
