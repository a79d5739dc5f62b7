import { QueueModel } from '../../../local/sqs-model/queue-model.ts';
import type { QueueWorld } from './world.ts';

/** The model itself, in virtual time. */
export async function createModelWorld(): Promise<QueueWorld> {
  let nowMs = Date.UTC(2026, 0, 1);
  let ids = 0;
  const model = new QueueModel({
    now: () => nowMs,
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
  });
  return {
    now: () => nowMs,
    advance: async (ms) => {
      nowMs += ms;
      model.advance();
    },
    createQueue: async (name, attributes) => model.createQueue(name, attributes),
    setAttributes: async (arn, attributes) => model.setAttributes(arn, attributes),
    attributes: async (arn) => model.attributes(arn),
    deleteQueue: async (arn) => model.deleteQueue(arn),
    deadLetterSources: async (arn) => model.deadLetterSources(arn),
    counts: async (arn) => model.counts(arn),
    send: async (arn, input) => model.send(arn, input),
    sendBatch: async (arn, entries) => model.sendBatch(arn, entries),
    receive: async (arn, options) => model.receive(arn, options),
    delete: async (arn, handle) => model.delete(arn, handle),
    deleteBatch: async (arn, entries) => model.deleteBatch(arn, entries),
    changeVisibility: async (arn, handle, seconds) => model.changeVisibility(arn, handle, seconds),
    changeVisibilityBatch: async (arn, entries) => model.changeVisibilityBatch(arn, entries),
    purge: async (arn) => model.purge(arn),
    startMoveTask: async (request) => model.startMoveTask(request),
    listMoveTasks: async (arn, max) => model.listMoveTasks(arn, max),
    cancelMoveTask: async (handle) => model.cancelMoveTask(handle),
    close: async () => {},
  };
}
