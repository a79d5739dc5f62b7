import type { components } from '@postrider/client';
import { allOption, type Group, limitOption, withExample } from '../runtime/command.ts';
import type { Column } from '../runtime/output.ts';
import { AS_TEXT } from '../runtime/session.ts';

const COLUMNS: readonly Column<components['schemas']['Tenant']>[] = [
  { heading: 'name', value: ({ name }) => name },
  { heading: 'since', value: (tenant, time) => time(tenant.created_at) },
];

/** `postrider tenants`: who there is. */
export const tenantCommands: Group = (root, run) => {
  const tenants = root.command('tenants').description('who there is');

  withExample(
    tenants
      .command('list')
      .description('list the tenants that have had an endpoint or a key, newest first')
      .addOption(limitOption())
      .addOption(allOption()),
    'postrider tenants list --all',
    'all of them',
  ).action((list) =>
    run((session) =>
      session.list(list, COLUMNS, (client, from) => client.GET('/v1/tenants', { params: { query: from }, ...AS_TEXT })),
    ),
  );
};
