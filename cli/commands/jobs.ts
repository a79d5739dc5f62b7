import type { components } from '@postrider/client';
import { allOption, type Group, given, limitOption, tenantOption, withExample } from '../runtime/command.ts';
import { Failed } from '../runtime/exit.ts';
import type { Column, ShowTime } from '../runtime/output.ts';
import { poll } from '../runtime/poll.ts';
import { Progress } from '../runtime/progress.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';

type Job = components['schemas']['Job'];

/** How long to wait between looks: longer each time. */
const LOOK_MS = 250;
const LOOK_MS_MAX = 2_000;
const GROWTH = 1.3;

const COLUMNS: readonly Column<Job>[] = [
  { heading: 'id', value: ({ id }) => id },
  { heading: 'kind', value: ({ kind }) => kind },
  { heading: 'tenant', value: ({ tenant }) => tenant ?? 'all' },
  { heading: 'status', value: ({ status }) => status },
  { heading: 'found', value: ({ found }) => found },
  { heading: 'sent', value: ({ sent }) => sent },
  { heading: 'skipped', value: ({ skipped }) => skipped },
  { heading: 'started', value: (job, time) => time(job.created_at) },
  { heading: 'by', value: (job) => job.created_by?.name ?? null },
];

const fieldsOf = (job: Job, time: ShowTime) =>
  [
    ['id', job.id],
    ['kind', job.kind],
    ['status', job.status],
    ['expected', job.expected],
    ['found', job.found],
    ['sent', job.sent],
    ['skipped', job.skipped],
    ['tenant', job.tenant ?? 'all'],
    ['endpoint', job.endpoint_id ?? 'all'],
    ['type', job.type ?? 'all'],
    ['since', time(job.from)],
    ['until', time(job.to)],
    ['by', job.created_by && `${job.created_by.name} (${job.created_by.id})`],
    ['started', time(job.created_at)],
    ['changed', time(job.updated_at)],
    ['error', job.error],
  ] as const;

/** Shows a job. */
export const showJob = ({ out }: Session, text: string) => out.one<Job>(text, fieldsOf);

const readJob = (session: Session, id: string) =>
  session.text((client) => client.GET('/v1/jobs/{id}', { params: { path: { id } }, ...AS_TEXT }));

/**
 * Shows the progress of a job until it has ended, and then the job.
 * @throws Failed if it was cancelled or failed.
 */
export async function watchJob(session: Session, id: string): Promise<void> {
  const progress = new Progress(session.io);
  let text = '';
  let lookMs = LOOK_MS;
  await poll(session, async () => {
    text = await readJob(session, id);
    const job: Job = JSON.parse(text);
    progress.show(stepOf(job), job.status !== 'running');
    lookMs = Math.min(lookMs * GROWTH, LOOK_MS_MAX);
    return job.status === 'running' ? lookMs : undefined;
  });
  showJob(session, text);
  const { status, error }: Job = JSON.parse(text);
  if (status === 'completed') return;
  session.out.note(status === 'failed' ? `The job failed: ${error ?? 'see the logs'}.` : 'The job was cancelled.');
  throw new Failed();
}

function stepOf({ status, found, sent, skipped, expected }: Job) {
  const of = status === 'completed' ? found : expected;
  const all = of === null || status === 'completed' ? '' : ` of ${of}`;
  return { done: found, of, says: `${status}: ${found}${all} found, ${sent} sent, ${skipped} skipped` };
}

/** `postrider jobs`: what recover, replay-missing and redrive have started. */
export const jobCommands: Group = (root, run) => {
  const jobs = root.command('jobs').description('what recover, replay-missing and redrive have started');

  withExample(
    jobs
      .command('list')
      .description('list jobs, newest first')
      .addOption(tenantOption())
      .addOption(limitOption())
      .addOption(allOption()),
    "postrider jobs list --tenant '*'",
    'those for all tenants',
  ).action(({ tenant, ...list }) =>
    run((session) =>
      session.list(list, COLUMNS, (client, from) =>
        client.GET('/v1/jobs', { params: { query: { ...given({ tenant }), ...from } }, ...AS_TEXT }),
      ),
    ),
  );

  withExample(
    jobs.command('get').description('show a job').argument('<id>', 'the job'),
    'postrider jobs get job_01kapk9d2s7v3w5x8y1z4a6b0c',
    'how far it is',
  ).action((id) => run(async (session) => showJob(session, await readJob(session, id))));

  withExample(
    jobs
      .command('watch')
      .description('show the progress of a job until it has ended; exit 1 if it failed or was cancelled')
      .argument('<id>', 'the job'),
    'postrider jobs watch job_01kapk9d2s7v3w5x8y1z4a6b0c',
    'wait for its end',
  ).action((id) => run((session) => watchJob(session, id)));

  withExample(
    jobs.command('cancel').description('cancel a running job; what was sent stays sent').argument('<id>', 'the job'),
    'postrider jobs cancel job_01kapk9d2s7v3w5x8y1z4a6b0c',
    'send no more',
  ).action((id) =>
    run(async (session) => {
      const text = await session.text((client) =>
        client.POST('/v1/jobs/{id}/cancel', { params: { path: { id } }, ...AS_TEXT }),
      );
      showJob(session, text);
    }),
  );
};
