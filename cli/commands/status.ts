import type { components } from '@postrider/client';
import type { System } from '../doctor/system-checks.ts';
import { type Group, withExample } from '../runtime/command.ts';
import { AS_TEXT } from '../runtime/session.ts';

type Job = components['schemas']['Job'];
type Endpoint = components['schemas']['ListedEndpoint'];

/** `postrider status`: one screen of what goes on. */
export const statusCommand: Group = (root, run) => {
  withExample(
    root
      .command('status')
      .description('show what goes on: queues, dead letters, endpoints that get nothing, running jobs'),
    'postrider status',
    'one screen; postrider doctor judges it',
  ).action(() =>
    run(async (session) => {
      const { out, text } = { out: session.out, text: session.text.bind(session) };
      const system = await text((client) => client.GET('/v1/system', AS_TEXT));
      if (out.json) return out.data(system);
      const endpoints = async (filter: { state?: 'disabled' | 'paused'; circuit?: 'open' }) => {
        const query = { tenant: '*', limit: 100, ...filter };
        const page: { data: Endpoint[]; next: string | null } = JSON.parse(
          await text((client) => client.GET('/v1/endpoints', { params: { query }, ...AS_TEXT })),
        );
        return page.next === null ? String(page.data.length) : `at least ${page.data.length}`;
      };
      const jobs: { data: Job[] } = JSON.parse(
        await text((client) => client.GET('/v1/jobs', { params: { query: { tenant: '*', limit: 20 } }, ...AS_TEXT })),
      );
      const [disabled, paused, open] = await Promise.all([
        endpoints({ state: 'disabled' }),
        endpoints({ state: 'paused' }),
        endpoints({ circuit: 'open' }),
      ]);
      const {
        stage,
        version,
        queues,
        dead_letter_queues: letters,
        oldest_dead_letter_at: oldest,
        heartbeat,
      }: System = JSON.parse(system);
      out.data(`Postrider ${version}, stage ${stage}, ${(await session.place()).url}`);
      out.data('');
      out.items(
        queues.map((queue) => JSON.stringify(queue)),
        [
          { heading: 'queue', value: ({ name }: System['queues'][number]) => name },
          { heading: 'waiting', value: ({ waiting }: System['queues'][number]) => waiting },
          { heading: 'in flight', value: (queue: System['queues'][number]) => queue.in_flight },
          { heading: 'delayed', value: ({ delayed }: System['queues'][number]) => delayed },
        ],
      );
      out.data('');
      out.items(
        letters.map((queue) => JSON.stringify(queue)),
        [
          { heading: 'dead-letter queue', value: ({ name }: System['dead_letter_queues'][number]) => name },
          {
            heading: 'messages',
            value: ({ waiting, in_flight: inFlight }: System['dead_letter_queues'][number]) => waiting + inFlight,
          },
        ],
      );
      out.data('');
      out.data(`oldest dead letter  ${out.time(oldest) ?? 'none'}`);
      out.data(
        `heartbeat           ${heartbeat === null ? 'none' : `of ${out.time(heartbeat.at)}, ${heartbeat.delivered_at === null ? 'not delivered' : `delivered ${out.time(heartbeat.delivered_at)}`}`}`,
      );
      out.data(`endpoints           ${open} with an open circuit, ${disabled} disabled, ${paused} paused`);
      const running = jobs.data.filter(({ status }) => status === 'running');
      out.data(
        `jobs                ${running.length === 0 ? 'none running' : running.map(({ id, kind, found }) => `${id} (${kind}, ${found} so far)`).join(', ')}`,
      );
    }),
  );
};
