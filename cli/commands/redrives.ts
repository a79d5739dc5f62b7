import { Option } from '@commander-js/extra-typings';
import type { components } from '@postrider/client';
import { Fault } from '../explain.ts';
import {
  endpointOption,
  type Group,
  given,
  sinceOption,
  tenantOption,
  typeOption,
  untilOption,
  withExample,
  yesOption,
} from '../runtime/command.ts';
import type { Session } from '../runtime/session.ts';
import { showJob, watchJob } from './jobs.ts';

const dryRunOption = () => new Option('--dry-run', 'only count what would be sent');
const waitOption = () => new Option('--wait', 'show the progress until the job has ended; exit 1 if it fails');

interface Options {
  readonly dryRun?: true | undefined;
  readonly wait?: true | undefined;
  readonly yes?: true | undefined;
}

type Count = components['schemas']['DryRun'];

const RANGED = [
  {
    name: 'recover',
    does: "send an endpoint's dead and discarded deliveries again",
    asks: (id: string) => `Every dead and discarded delivery of that time is sent to ${id} again.`,
    says: 'after its receiver was mended: count, then send',
  },
  {
    name: 'replay-missing',
    does: 'send an endpoint the events that it never received',
    asks: (id: string) => `Every event of that time that ${id} never received is sent to it.`,
    says: 'an endpoint that was created or subscribed too late: count, then send',
  },
] as const;

/** `postrider recover`, `replay-missing` and `redrive`: what failed, in bulk. */
export const redriveCommands: Group = (root, run) => {
  for (const { name, does, asks, says } of RANGED) {
    withExample(
      root
        .command(name)
        .description(does)
        .argument('<endpoint>', 'its id')
        .addOption(sinceOption().makeOptionMandatory())
        .addOption(untilOption())
        .addOption(dryRunOption())
        .addOption(waitOption())
        .addOption(yesOption()),
      `postrider ${name} ep_01kapj1b6g2h4k6m8n0q3s5v7x --since 6h --dry-run`,
      says,
    ).action((id, { since, until, ...options }) =>
      run((session) =>
        start(session, `/v1/endpoints/${encodeURIComponent(id)}/${name}`, given({ since, until }), asks(id), options),
      ),
    );
  }

  withExample(
    root
      .command('redrive')
      .description('send dead deliveries again')
      .addOption(tenantOption())
      .addOption(endpointOption())
      .addOption(typeOption())
      .addOption(sinceOption())
      .addOption(untilOption())
      .addOption(dryRunOption())
      .addOption(waitOption())
      .addOption(yesOption()),
    "postrider redrive --tenant '*' --since 6h --wait --yes",
    'send what died in the last six hours, whoever it was for, and wait',
  ).action(({ tenant, endpoint, type, since, until, ...options }) =>
    run((session) => {
      const filters = given({ tenant, endpoint_id: endpoint, type, from: since, to: until });
      const named = Object.entries(given({ tenant, endpoint, type, since, until }));
      const which = named.map(([filter, value]) => `--${filter} ${value}`).join(' ') || "the key's tenant";
      return start(session, '/v1/redrives', filters, `Every dead delivery is sent again (${which}).`, options);
    }),
  );
};

/** Counts, or starts a job and waits for its end if that is wanted. */
async function start(
  session: Session,
  path: string,
  body: object,
  what: string,
  { dryRun, wait, yes }: Options,
): Promise<void> {
  if (dryRun === true) {
    const text = await session.call('POST', path, JSON.stringify({ ...body, dry_run: true }));
    if ((JSON.parse(text) as Partial<Count>).dry_run !== true) {
      throw new Fault(`This was no dry run: the API is older than this command, and answered ${text}`);
    }
    return session.out.one<Count>(text, ({ matched, skipped, complete }) => {
      const counted = (count: number) => (complete ? count : `${count} or more`);
      return [
        ['matched', counted(matched)],
        ['skipped', counted(skipped)],
      ];
    });
  }
  await session.confirm(what, { yes });
  const text = await session.call('POST', path, JSON.stringify(body));
  const { id }: components['schemas']['Job'] = JSON.parse(text);
  if (wait !== true) return showJob(session, text);
  session.out.note(`Started ${id}. Ctrl-C stops watching it, and not the job.`);
  await watchJob(session, id);
}
