import { ok as answered, type Client, type components } from '@postrider/client';
import { type Finding, ok, warn } from './finding.ts';

type Endpoint = components['schemas']['ListedEndpoint'];

const SHOWN = 3;
const LIMIT = 100;

/** Endpoints that get nothing: of all tenants, if the key is bound to none. */
export async function endpointChecks(client: Client, tenant: string | null): Promise<Finding[]> {
  const query = { tenant: tenant ?? '*', limit: LIMIT };
  const list = (filter: { state?: 'disabled'; circuit?: 'open' }) =>
    answered(client.GET('/v1/endpoints', { params: { query: { ...query, ...filter } } }));
  const [disabled, open] = await Promise.all([list({ state: 'disabled' }), list({ circuit: 'open' })]);
  const opened = open.data.filter(({ state }) => state === 'active');
  return [
    disabled.data.length === 0
      ? ok('disabled endpoints', 'There are none.')
      : warn(
          'disabled endpoints',
          `${howMany(disabled)} disabled: ${named(disabled.data)}.`,
          'See why: postrider endpoints get. Enable: postrider endpoints resume, then postrider recover.',
        ),
    opened.length === 0
      ? ok('open circuits', 'There are none.')
      : warn(
          'open circuits',
          `${howMany({ ...open, data: opened })} failing, and their deliveries wait: ${named(opened)}.`,
          'Tell whoever runs the receivers; postrider endpoints test tries one at once.',
        ),
  ];
}

function howMany({ data, next }: { data: readonly Endpoint[]; next: string | null }): string {
  const count = `${next === null ? '' : 'at least '}${data.length}`;
  return `${count} ${data.length === 1 && next === null ? 'endpoint is' : 'endpoints are'}`;
}

function named(endpoints: readonly Endpoint[]): string {
  const shown = endpoints.slice(0, SHOWN).map(({ id }) => id);
  return endpoints.length > SHOWN ? `${shown.join(', ')} and others` : shown.join(', ');
}
