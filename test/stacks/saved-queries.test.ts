import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deliveryId } from '../../core/ids.ts';
import { logFields, logObserver } from '../../lambdas/deliver/observer.ts';
import { createLogger, describeFault } from '../../lambdas/runtime/logger.ts';
import { SAVED_QUERIES } from '../../lib/observability/saved-queries.ts';
import { IngestWorld } from '../lambdas/ingest/ingest-world.ts';
import { ApiWorld } from '../support/api-world.ts';
import { aMessage, DeliveryWorld } from '../support/delivery-world.ts';
import { resources, synthesise } from './synthesised.ts';

/** Part of CloudWatch Logs Insights' language, or what Lambda writes itself in its JSON format. */
const NOT_OURS =
  /^(fields|filter|stats|sort|limit|parse|by|as|asc|desc|and|or|like|count|count_distinct|latest|pct|max|bin|ispresent|h|1h|type|record|metrics|initDurationMs)$/;

type Line = Record<string, unknown>;
const lines: Line[] = [];

beforeEach(() => {
  lines.length = 0;
  // Powertools then writes to the console that tests can listen to.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  for (const method of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((line: string) => void lines.push(JSON.parse(line)));
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const textOf = (name: string) => SAVED_QUERIES.find((query) => query.name === name)?.text ?? '';

/** The fields that a query reads: what it names, without its own names, texts and the language. */
function fieldsOf(text: string): string[] {
  const own = [...text.matchAll(/\bas (\w+)/g), ...text.matchAll(/\(\?<(\w+)>/g)].map(([, name]) => name);
  const bare = text
    .replaceAll(/'[^']*'/g, '')
    .replaceAll(/ \/.*\/$/gm, '')
    .replaceAll(/@\w+/g, '');
  const names = bare.match(/[A-Za-z_]\w*/g) ?? [];
  return [...new Set(names)].filter((name) => !NOT_OURS.test(name) && !own.includes(name));
}

/** Makes the deliver function log attempts that fail, are refused for good and succeed, and its faults. */
async function deliverLines(): Promise<void> {
  const logger = createLogger('deliver');
  const world = new DeliveryWorld();
  world.ports = { ...world.ports, observer: logObserver(logger) };
  world.answer = (post) => (post === 1 ? 500 : post === 2 ? 'timeout' : post === 3 ? 410 : 200);
  const eventIds = ['evt_1', 'evt_2', 'evt_3', 'evt_4', 'evt_4'];
  for (const eventId of eventIds) await world.send(aMessage({ eventId }));
  await world.run(60_000);
  const [received] = world.receive().concat([{ message: aMessage(), messageId: 'm', receiveCount: 1 } as never]);
  if (received === undefined) throw new Error('There is no message.');
  logger.error('A delivery failed on our side.', { ...logFields(received), ...describeFault(new TypeError('x')) });
}

const fieldsIn = (found: Line[]) => new Set(found.flatMap((line) => Object.keys(line)));

describe('a saved query', () => {
  it('is in the folder of its stage, over the logs of functions', () => {
    const { observability } = synthesise('prod');
    const saved = observability ? resources('AWS::Logs::QueryDefinition', observability) : [];

    expect(saved.map(({ properties }) => properties.Name)).toEqual(
      SAVED_QUERIES.map(({ name }) => `Postrider/prod/${name}`),
    );
    for (const { properties } of saved) expect(properties.LogGroupNames.length).toBeGreaterThan(0);
  });

  it.each(['What became of an event', 'Endpoints that fail most', 'Slowest endpoints', 'Our faults', 'One trace'])(
    '"%s" reads fields that the functions write',
    async (name) => {
      const ingest = new IngestWorld();
      await ingest.start();
      await ingest.publish({ key: ingest.key() });
      const accepted = ingest.lines.map((line): Line => JSON.parse(line));
      vi.restoreAllMocks();
      for (const method of ['info', 'warn', 'error'] as const) {
        vi.spyOn(console, method).mockImplementation((line: string) => void lines.push(JSON.parse(line)));
      }
      await deliverLines();
      const written = fieldsIn([...accepted, ...lines]);
      // Of a certificate that is refused alone.
      written.add('errorDetail');

      const fields = fieldsOf(textOf(name));
      expect(fields.length).toBeGreaterThan(1);
      for (const field of fields) expect([...written], `${name}: ${field}`).toContain(field);
    },
  );

  it('finds a delivery by its event, and the endpoint in its id', async () => {
    await deliverLines();
    const pattern = /parse deliveryId \/(.*)\/$/m.exec(textOf('Endpoints that fail most'))?.[1] ?? '';
    const [event, endpoint] = ['evt_0123456789abcdefghjkmnpqrs', 'ep_tvwxyz0123456789abcdefghjk'];
    const parsed = new RegExp(pattern).exec(deliveryId(event, endpoint))?.groups;

    expect({ ...parsed }).toEqual({ event: event.slice(4), endpoint: endpoint.slice(3) });
    expect(lines.some(({ message, outcome }) => message === 'delivery attempted' && outcome === 'retry')).toBe(true);
    expect(deliveryId(event, endpoint)).toContain(event.slice('evt_'.length));
  });

  it('"Refused API requests by key" knows the key, at the API and at publishing', async () => {
    const ingest = new IngestWorld();
    await ingest.start();
    const key = ingest.key();
    expect((await ingest.publish({ key, body: '{"type":"a..b","data":1}' })).status).toBe(422);
    const [refused] = ingest.lines.map((line): Line => JSON.parse(line)).filter(({ message }) => message === 'refused');
    const api = new ApiWorld();
    await api.get('/v1/endpoints?limit=0');
    const [request] = api.lines;

    expect(refused).toMatchObject({ status: 422, route: 'POST /v1/events', keyId: expect.stringMatching(/^key_/) });
    expect(JSON.stringify(refused)).not.toContain(key);
    expect(request).toMatchObject({ status: 422, method: 'GET', keyId: expect.stringMatching(/^key_/) });
    const known = [...Object.keys({ ...refused, ...request }), 'principalArn'];
    for (const field of fieldsOf(textOf('Refused API requests by key'))) expect(known).toContain(field);
  });

  it('"Slices of a job" reads fields that the function writes', () => {
    const source = readFileSync(new URL('../../lambdas/redrive/jobs.ts', import.meta.url), 'utf8');
    const written = [...source.matchAll(/logger\.\w+\([^{]*\{([^}]*)\}/g)].flatMap(([, fields = '']) =>
      [...fields.matchAll(/\b(\w+)(?=[:,]|\s*$)/g)].map(([, name]) => name),
    );
    const known = ['message', ...written, ...Object.keys(describeFault(new Error('x')))];

    for (const field of fieldsOf(textOf('Slices of a job'))) expect(known).toContain(field);
  });
});
