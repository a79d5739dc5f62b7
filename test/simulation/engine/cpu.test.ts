import { describe, expect, it } from 'vitest';
import { Chance } from './chance.ts';
import { Container } from './container.ts';
import type { FaultName } from './faults.ts';
import { Scheduler } from './scheduler.ts';

/** A container that needs 100 ms of CPU for a message. */
function slowContainer() {
  const scheduler = new Scheduler(0, 1);
  const counted: FaultName[] = [];
  const container = new Container('fanout', 1, {
    scheduler,
    chance: new Chance(1),
    decide: () => undefined,
    count: (fault) => counted.push(fault),
    suffered: () => undefined,
    cpuMs: () => 100,
  });
  /** When a call with so many messages is answered. */
  const send = async (messages: number) => {
    const about = Array.from({ length: messages }, (_, at) => `m${at}`);
    await container.call({ name: 'queue.send', about }, async () => undefined);
    return scheduler.now;
  };
  return { scheduler, send, counted };
}

describe('the CPU of a container', () => {
  it('takes a time in proportion to the messages of a call', async () => {
    const { scheduler, send } = slowContainer();
    const sent = send(50);
    await scheduler.run(60_000, () => false);
    const ms = await sent;
    expect(ms).toBeGreaterThanOrEqual(5_000);
    expect(ms).toBeLessThan(5_100);
  });

  it('is one for all concurrent calls, which wait for it', async () => {
    const { scheduler, send, counted } = slowContainer();
    const sent = Promise.all(Array.from({ length: 50 }, () => send(1)));
    await scheduler.run(60_000, () => false);
    expect(Math.max(...(await sent))).toBeGreaterThanOrEqual(5_000);
    expect(counted).toContain('busy CPU');
  });

  it('is free again when it had nothing to do', async () => {
    const { scheduler, send } = slowContainer();
    const first = send(50);
    await scheduler.run(60_000, () => false);
    await first;
    const second = send(1);
    await scheduler.run(120_000, () => false);
    expect((await second) - 60_000).toBeLessThan(200);
  });
});
