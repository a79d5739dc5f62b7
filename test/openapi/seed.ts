import { type Client, ok, publish } from '@postrider/client';

export interface SeedOptions {
  readonly client: Client;
  /** Answers 2xx. */
  readonly goodUrl: string;
  /** Answers 500. */
  readonly badUrl: string;
}

/**
 * Creates some of everything that the API shows: endpoints, delivered and dead events, keys, a job.
 * @returns the id of an event.
 */
export async function seed({ client, goodUrl, badUrl }: SeedOptions): Promise<string> {
  const create = (body: { url: string; event_types: string[]; retry_policy?: { max_attempts: number } }) =>
    ok(client.POST('/v1/endpoints', { body }));
  await create({ url: goodUrl, event_types: ['*'] });
  await create({ url: badUrl, event_types: ['order.*'], retry_policy: { max_attempts: 1 } });
  const { id } = await publish(client, { type: 'order.created', data: { number: 0 } });
  const more = Array.from({ length: 4 }, (_, number) => ({ type: 'order.created', data: { number } }));
  await ok(client.POST('/v1/events', { body: more }));
  for (const role of ['viewer', 'producer'] as const) {
    await ok(client.POST('/v1/keys', { body: { name: `a ${role}`, role } }));
  }
  await ok(client.POST('/v1/redrives', { body: {} }));
  return id;
}
