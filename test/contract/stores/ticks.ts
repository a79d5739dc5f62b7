import { expect, test } from 'vitest';
import { START } from '../../support/delivery-world.ts';
import type { StoreWorld } from './world.ts';

export function tickRules(given: () => StoreWorld): void {
  test('the last end of each task is known, and of no other', async () => {
    const { ticks } = given();
    expect(await ticks.last()).toEqual(new Map());
    await ticks.note('sweep', START);
    await ticks.note('fan-outs', START + 1);
    await ticks.note('sweep', START + 180_000);
    expect(await ticks.last()).toEqual(
      new Map([
        ['sweep', START + 180_000],
        ['fan-outs', START + 1],
      ]),
    );
  });
}
