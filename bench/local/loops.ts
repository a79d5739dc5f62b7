import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from './publisher.ts';

/** One publish: its event, when it was due, and when it was acknowledged. */
export interface Published {
  readonly id: string;
  readonly beganMs: number;
  readonly acknowledgedMs: number;
}

type Publish = () => Promise<string>;

async function timed(publish: Publish, beganMs: number): Promise<Published> {
  const id = await publish();
  return { id, beganMs, acknowledgedMs: monotonicMs() };
}

/**
 * Publishes at a steady rate, however slow the answers. Each latency counts from the moment the publish was due, so that
 * a stall counts for every event that it delayed.
 */
export async function openLoop(publish: Publish, perSecond: number, seconds: number): Promise<Published[]> {
  const start = monotonicMs() + 100;
  const dues = Array.from({ length: perSecond * seconds }, (_, index) => start + (index * 1000) / perSecond);
  return Promise.all(
    dues.map(async (due) => {
      await sleep(due - monotonicMs());
      return timed(publish, due);
    }),
  );
}

/** Publishes events with several workers, each of which waits for its answer before it continues. */
export async function closedLoop(publish: Publish, workers: number, events: number): Promise<Published[]> {
  const published: Published[] = [];
  let begun = 0;
  const work = async () => {
    while (begun < events) {
      begun += 1;
      published.push(await timed(publish, monotonicMs()));
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return published;
}
