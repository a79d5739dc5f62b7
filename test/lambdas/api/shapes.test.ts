import { expect, it } from 'vitest';
import * as z from 'zod';
import { endpointSettings } from '../../../core/endpoints/settings.ts';
import { retryPolicy } from '../../../core/retry/policy.ts';
import { ApiWorld } from '../../support/api-world.ts';

const object = z.record(z.string(), z.unknown());

/** The names of an object's members, with those of nested objects in brackets. */
function namesIn(value: unknown): string {
  const inner = (member: unknown): string => {
    const one = Array.isArray(member) ? member[0] : member;
    const parsed = object.safeParse(one);
    return parsed.success && Object.keys(parsed.data).length > 0 ? ` [${namesIn(parsed.data)}]` : '';
  };
  return Object.entries(object.parse(value))
    .map(([name, member]) => `${name}${inner(member)}`)
    .sort()
    .join(' ');
}

const words = (text: string) => text.trim().split(/\s+/).sort().join(' ');

const DELIVERY = `id event_id event_type endpoint_id tenant status waiting_for cycle attempt_count next_attempt_at
  last_error discard_reason death_reason in_dlq created_at updated_at delivered_at`;
const HEALTH = '[circuit consecutive_failures next_probe_at]';
const OWN = 'id tenant disabled_reason created_at updated_at';
const SETTINGS = Object.keys(endpointSettings.shape).filter((name) => name !== 'retry_policy');
const RETRY = `[${Object.keys(retryPolicy.shape).sort().join(' ')}]`;
const endpointNames = (...more: string[]) =>
  [...words(OWN).split(' '), ...SETTINGS, ...more, `retry_policy ${RETRY}`, `health ${HEALTH}`].sort().join(' ');

it('every object has all of its members, even if values are unknown', async () => {
  const world = new ApiWorld();
  const made = await world.post('/v1/endpoints', { url: 'https://example.com/x', event_types: ['*'] });
  const endpoint = made.field('id');
  const event = world.event([endpoint]);
  const attempt = { number: 1, cycle: 1, at: world.now, durationMs: 1, statusCode: 200, errorCode: null };
  const delivery = world.delivery(event, endpoint, { attempts: [{ ...attempt, responseExcerpt: '' }] });
  const rotated = await world.post(`/v1/endpoints/${endpoint}/secret/rotate`);
  const key = await world.post('/v1/keys', { name: 'n', role: 'viewer' });
  const first = async (path: string) => namesIn((await world.get(path)).list.data[0]);
  const KEY = 'id name role tenant prefix created_at expires_at last_used_on';

  expect(namesIn(made.body)).toBe(endpointNames('secret'));
  expect(await first('/v1/endpoints')).toBe(endpointNames());
  expect(namesIn(rotated.body)).toBe('newest_alone_at previous [expires_at signs] secret');
  expect(await first('/v1/deliveries')).toBe(words(DELIVERY));
  const attempts =
    'attempts [at cycle duration_ms error_code error_detail number remote_ip response_excerpt response_headers status_code url]';
  expect(namesIn((await world.get(`/v1/deliveries/${delivery}`)).body)).toBe(
    [...words(`${DELIVERY} step whereabouts claim`).split(' '), attempts].sort().join(' '),
  );
  const EVENT = 'id type tenant timestamp accepted_at version metadata resource_url size_bytes matched_endpoints';
  expect(await first('/v1/events')).toBe(
    [...words(EVENT).split(' '), `deliveries [${words(DELIVERY)}]`].sort().join(' '),
  );
  expect(namesIn((await world.post('/v1/redrives')).body)).toBe(
    words(
      'id kind status tenant endpoint_id type from to created_by expected found sent skipped created_at updated_at error',
    ).replace('created_by', 'created_by [id kind name]'),
  );
  expect(namesIn(key.body)).toBe(words(`${KEY} key`));
  expect(await first('/v1/keys')).toBe(words(KEY));
  const [entry] = (await world.get('/v1/audit')).list.data;
  expect(
    Object.keys(entry ?? {})
      .sort()
      .join(' '),
  ).toBe(words('id at actor action object tenant before after'));
  expect(namesIn(entry?.actor)).toBe('id kind name');
});
