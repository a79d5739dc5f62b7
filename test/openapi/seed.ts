import { type Client, ok } from '@postrider/client';

export interface SeedOptions {
  readonly client: Client;
  /** Answers 2xx. */
  readonly goodUrl: string;
  /** Answers 500. */
  readonly badUrl: string;
}

/** Something of everything that the API can show: endpoints, events delivered and dead, keys, a job. */
export async function seed({ client, goodUrl, badUrl }: SeedOptions): Promise<void> {
  const create = (body: { url: string; event_types: string[]; retry_policy?: { max_attempts: number } }) =>
    ok(client.POST('/v1/endpoints', { body }));
  await create({ url: goodUrl, event_types: ['*'] });
  await create({ url: badUrl, event_types: ['order.*'], retry_policy: { max_attempts: 1 } });
  const events = Array.from({ length: 5 }, (_, number) => ({ type: 'order.created', data: { number } }));
  await ok(client.POST('/v1/events', { body: events }));
  for (const role of ['viewer', 'producer'] as const) {
    await ok(client.POST('/v1/keys', { body: { name: `a ${role}`, role } }));
  }
  await ok(client.POST('/v1/redrives', { body: {} }));
}
