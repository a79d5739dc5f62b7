import { flushCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import { workerData as given, parentPort } from 'node:worker_threads';
import type { FunctionError, Invocation, WorkerData, WorkerMessage } from './protocol.ts';
import { yieldToOthers } from './thread-priority.ts';

/**
 * The runtime side of a local Lambda: loads one bundle, unchanged, and calls its handler for each message.
 *
 * Unlike Lambda, it starts an invocation while others are still waiting: one worker represents as many execution
 * environments as the concurrency allows. Handlers without state across invocations see no difference.
 */

const { modulePath, handlerName, isBackground }: WorkerData = given;
const host = parentPort;
if (host === null) throw new Error('This file is the entry of a worker thread. Start local/start.ts instead.');
if (isBackground) yieldToOthers();

const bundle: Readonly<Record<string, unknown>> = await import(pathToFileURL(modulePath).href);
const handler = bundle[handlerName];
if (typeof handler !== 'function') throw new Error(`${modulePath} exports no function ${handlerName}.`);

host.on('message', (message: Invocation) => {
  void run(message).then(tell);
});
flushCompileCache();
tell({ type: 'loaded' });

async function run({ id, payload, deadlineMs, context }: Invocation): Promise<WorkerMessage> {
  try {
    const lambdaContext = {
      ...context,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    };
    const result: unknown = await Reflect.apply(Object(handler), undefined, [JSON.parse(payload), lambdaContext]);
    return { type: 'returned', id, payload: JSON.stringify(result) ?? 'null' };
  } catch (error) {
    return { type: 'threw', id, error: describe(error) };
  }
}

function describe(error: unknown): FunctionError {
  if (error instanceof Error) return { errorType: error.name, errorMessage: error.stack ?? error.message };
  return { errorType: typeof error, errorMessage: String(error) };
}

function tell(message: WorkerMessage): void {
  host?.postMessage(message);
}
