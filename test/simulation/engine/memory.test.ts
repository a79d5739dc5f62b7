import { describe, expect, it } from 'vitest';
import { Chance } from './chance.ts';
import { Container } from './container.ts';
import type { FaultName } from './faults.ts';
import { Scheduler } from './scheduler.ts';

const BODY_BYTES = 100_000;
const bodyOf = (name: string) => name.padEnd(BODY_BYTES);

/** A container with memory for two and a half bodies, or 106 messages. */
function smallContainer() {
  const scheduler = new Scheduler(0, 1);
  const counted: FaultName[] = [];
  const container = new Container('deliver', 1, {
    scheduler,
    chance: new Chance(1),
    decide: () => undefined,
    count: (fault) => counted.push(fault),
    suffered: () => undefined,
    memoryMax: () => 2.5 * 7 * BODY_BYTES,
  });
  container.begin(60_000);
  const read = (name: string) => void container.read({ name: 'payloads.get' }, async () => bodyOf(name));
  const send = (messages: number) => {
    const about = Array.from({ length: messages }, (_, at) => `m${at}`);
    void container.send(
      { name: 'queue.send', about },
      async () => undefined,
      async () => undefined,
    );
  };
  const run = () => {
    // Something to do at once, after which what was called has begun.
    scheduler.after(0, () => undefined);
    return scheduler.run(scheduler.now + 1_000, () => false);
  };
  return { container, counted, read, send, run };
}

describe('the memory of an invocation', () => {
  it('ends it if it reads more bodies than fit, every time', async () => {
    for (let time = 0; time < 5; time++) {
      const { container, counted, read, run } = smallContainer();
      for (const name of ['a', 'b', 'c']) read(name);
      await run();
      expect([container.dead, counted]).toEqual([true, ['out of memory']]);
    }
  });

  it('is free again for what was used, and for another invocation', async () => {
    const { container, read, run } = smallContainer();
    for (const name of ['a', 'b']) read(name);
    await run();
    container.used(bodyOf('a'));
    read('c');
    await run();
    container.begin(120_000);
    for (const name of ['d', 'e']) read(name);
    await run();
    expect(container.dead).toBe(false);
  });

  it('holds two bodies of the same bytes twice', async () => {
    const { container, read, run } = smallContainer();
    for (const name of ['a', 'a', 'a']) read(name);
    await run();
    expect(container.dead).toBe(true);
  });

  it('ends it if more messages are on their way than fit, and not if they are sent one batch after another', async () => {
    const [one, other] = [smallContainer(), smallContainer()];
    for (const { send, run } of [one, other]) {
      send(60);
      if (send === other.send) await run();
      send(60);
    }
    expect([one.container.dead, other.container.dead]).toEqual([true, false]);
  });
});
