import type { components } from '@postrider/client';
import type { System } from '../doctor/system-checks.ts';
import { stageConfig } from '../runtime/aws.ts';
import { type Group, withExample } from '../runtime/command.ts';
import { messageOf } from '../runtime/exit.ts';
import type { Column } from '../runtime/output.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';

type Job = components['schemas']['Job'];
type Endpoint = components['schemas']['ListedEndpoint'];
type Queue = System['queues'][number];
type DeadLetterQueue = System['dead_letter_queues'][number];

const QUEUES: readonly Column<Queue>[] = [
  { heading: 'queue', value: ({ name }) => name },
  { heading: 'waiting', value: ({ waiting }) => waiting },
  { heading: 'in flight', value: (queue) => queue.in_flight },
  { heading: 'delayed', value: ({ delayed }) => delayed },
];
const DEAD_LETTER_QUEUES: readonly Column<DeadLetterQueue>[] = [
  { heading: 'dead-letter queue', value: ({ name }) => name },
  { heading: 'messages', value: ({ waiting, in_flight: inFlight }) => waiting + inFlight },
];

/** `postrider status`: one screen of what goes on. */
export const statusCommand: Group = (root, run) => {
  withExample(
    root
      .command('status')
      .summary('show what goes on, on one screen')
      .description(
        'show what goes on: queues, dead letters, endpoints that get nothing, running jobs; with --stage, also the alarms that are raised. --json prints GET /v1/system alone',
      ),
    'postrider status',
    'one screen; postrider doctor judges it',
  ).action(() =>
    run(async (session) => {
      const { out } = session;
      const text = await session.text((client) => client.GET('/v1/system', AS_TEXT));
      if (out.json) return out.data(text);
      const system: System = JSON.parse(text);
      // All is known before anything is printed: a refusal leaves nothing half.
      const facts = [
        ['oldest dead letter', out.time(system.oldest_dead_letter_at) ?? 'none'],
        ['heartbeat', heartbeatOf(session, system)],
        ['endpoints', await endpointsOf(session)],
        ['jobs', await jobsOf(session)],
        ...(await alarmsLine(session, system)),
      ] as const;
      const { version, stage } = system;
      out.data(`Postrider ${version}, stage ${stage}, ${(await session.place()).url}`);
      section(session, system.queues, QUEUES);
      section(session, system.dead_letter_queues, DEAD_LETTER_QUEUES);
      out.data('');
      out.one<typeof facts>(JSON.stringify(facts), (lines) => lines);
    }),
  );
};

/** A table; for programs, each of its lines begins with what it is about. */
function section<Item>({ out, io }: Session, items: readonly Item[], columns: readonly Column<Item>[]): void {
  out.data('');
  const what: Column<Item> = { heading: '', value: () => columns[0]?.heading ?? '' };
  out.items(
    items.map((item) => JSON.stringify(item)),
    io.outIsTerminal ? columns : [what, ...columns],
  );
}

function heartbeatOf({ out }: Session, { heartbeat }: System): string {
  if (heartbeat === null) return 'none';
  const arrived = out.time(heartbeat.delivered_at);
  return `of ${out.time(heartbeat.at)}, ${arrived === null ? 'not delivered' : `delivered ${arrived}`}`;
}

async function endpointsOf(session: Session): Promise<string> {
  const count = async (filter: { state?: 'disabled' | 'paused'; circuit?: 'open' }) => {
    const query = { tenant: '*', limit: 100, ...filter };
    const page: { data: Endpoint[]; next: string | null } = JSON.parse(
      await session.text((client) => client.GET('/v1/endpoints', { params: { query }, ...AS_TEXT })),
    );
    return page.next === null ? String(page.data.length) : `at least ${page.data.length}`;
  };
  const [open, disabled, paused] = await Promise.all([
    count({ circuit: 'open' }),
    count({ state: 'disabled' }),
    count({ state: 'paused' }),
  ]);
  return `${open} with an open circuit, ${disabled} disabled, ${paused} paused`;
}

async function jobsOf(session: Session): Promise<string> {
  const query = { tenant: '*', limit: 20 };
  const { data }: { data: Job[] } = JSON.parse(
    await session.text((client) => client.GET('/v1/jobs', { params: { query }, ...AS_TEXT })),
  );
  const running = data.filter(({ status }) => status === 'running');
  return running.map(({ id, kind, found }) => `${id} (${kind}, ${found} so far)`).join(', ') || 'none running';
}

/** The API has no alarms: CloudWatch is asked, with the AWS credentials of `--stage`. A machine has none at all. */
async function alarmsLine(session: Session, system: System): Promise<(readonly [string, string])[]> {
  const { stage } = session.options;
  if (stage === undefined) return system.stage === 'local' ? [] : [['alarms', 'not asked: pass --stage']];
  try {
    // Loaded here: only this asks AWS.
    const [{ alarmsOf }, { stageOf }] = await Promise.all([
      import('../runtime/alarms.ts'),
      import('../../lib/stage-settings.ts'),
    ]);
    const { count, raised } = await alarmsOf(stageOf(stage, session.io.env), stageConfig(session));
    if (count === 0) return [['alarms', 'the stage has none']];
    return [['alarms', raised.join(', ') || `none of ${count} raised`]];
  } catch (fault) {
    session.out.note(`The alarms could not be asked for: ${messageOf(fault)}`);
    return [['alarms', 'not known']];
  }
}
