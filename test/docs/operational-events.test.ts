import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { startOf } from '../../core/deliveries/advance.ts';
import { freshHealth } from '../../core/endpoints/health.ts';
import { deathOf, eventOf } from '../../core/operational-events/deaths.ts';
import { deliveryEvent, endpointEvent } from '../../core/operational-events/operational-event.ts';
import { aMessage, anEndpoint, START } from '../support/delivery-world.ts';

const page = readFileSync(new URL('../../docs/operational-events.md', import.meta.url), 'utf8');
const example = z.object({ type: z.string(), data: z.record(z.string(), z.unknown()) });
const shapeOf = ({ type, data }: { type: string; data: object }) => `${type}: ${Object.keys(data).join(', ')}`;

it('the page on operational events shows each type with its data', () => {
  const [endpoint, health] = [anEndpoint(), freshHealth('ep_1')];
  const record = startOf(aMessage(), START);
  const death = deathOf(record, { kind: 'dead', cycle: 1, at: START });
  const made = [
    endpointEvent(endpoint, health, { type: 'circuit_opened', at: START, failures: 10 }),
    endpointEvent(endpoint, health, { type: 'circuit_closed', at: START }),
    endpointEvent(endpoint, health, { type: 'disabled', at: START, reason: 'gone' }),
    endpointEvent(endpoint, health, {
      type: 'filter_failing',
      at: START,
      reason: 'contains() takes an array or a string, not null',
    }),
    deliveryEvent(record, { kind: 'dead', cycle: 1, at: START }),
    eventOf([death, death], 0),
    deliveryEvent(record, { kind: 'recovered', cycle: 2, at: START }),
  ];

  const blocks = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']) => JSON.parse(text));
  const shown = blocks.map((block) => example.safeParse(block)).flatMap(({ data }) => (data ? [data] : []));
  expect(shown.map(shapeOf)).toEqual(made.map(shapeOf));
  const listed = [...page.matchAll(/^\| `(postrider[\w.]+)`/gm)].map(([, type]) => type);
  expect(listed).toEqual(made.map(({ type }) => type));
});
