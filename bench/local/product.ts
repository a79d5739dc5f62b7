import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { type Child, startChild } from '../process/parent.ts';
import { createPublisher, type Publisher } from './publisher.ts';

const KEY = 'bench-key-of-the-local-run';

/** What a receiver recorded: ids and arrival times, by the machine's monotonic clock. */
export const arrivals = z.array(z.tuple([z.string(), z.number()]));

/** What the product's process has used: its Lambdas and all local AWS engines. */
export const usage = z.object({ cpuMs: z.number(), rssMb: z.number() });

/** The local product, a receiver and a publisher, each in its own process. */
export interface LocalProduct {
  readonly product: Child;
  readonly receiver: Child;
  readonly receiverUrl: string;
  readonly publisher: Publisher;
  readonly startSeconds: number;
  close(): Promise<void>;
}

/** Starts the local product as `npm start` does, with its own data. Always close it. */
export async function startLocal(): Promise<LocalProduct> {
  const began = performance.now();
  const [apiPort, awsPort] = [await freePort(), await freePort()];
  const product = await startChild(new URL('../../local/start.ts', import.meta.url), {
    args: ['--ephemeral'],
    execArgv: ['--import', new URL('probe.ts', import.meta.url).href],
    env: { PORT: String(apiPort), POSTRIDER_AWS_PORT: String(awsPort), POSTRIDER_API_KEY: KEY },
    shown: false,
  });
  const receiver = await startChild(new URL('../receiver.ts', import.meta.url));
  const publisher = createPublisher(`http://127.0.0.1:${apiPort}`, KEY);
  const close = async () => {
    publisher.close();
    await Promise.all([product.stop(), receiver.stop()]);
  };
  try {
    while (!(await publisher.isHealthy())) await sleep(50);
    const startSeconds = (performance.now() - began) / 1000;
    const receiverUrl = `http://127.0.0.1:${await receiver.ask('port', null, z.number())}/`;
    return { product, receiver, receiverUrl, publisher, startSeconds, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
