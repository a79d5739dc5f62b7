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
  return openLoopWhile(publish, perSecond, (begun) => begun < perSecond * seconds);
}

/** The same for as long as `goesOn`, which is asked with the number of publishes so far. */
export async function openLoopWhile(
  publish: Publish,
  perSecond: number,
  goesOn: (begun: number) => boolean,
): Promise<Published[]> {
  const open: Promise<Published>[] = [];
  const start = monotonicMs();
  while (goesOn(open.length)) {
    const due = start + (open.length * 1000) / perSecond;
    await sleep(Math.max(0, due - monotonicMs()));
    open.push(timed(publish, due));
  }
  return Promise.all(open);
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
