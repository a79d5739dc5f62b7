import { Option } from '@commander-js/extra-typings';
import type { components } from '@postrider/client';
import { ROLES } from '../../core/keys/key.ts';
import { allOption, type Group, limitOption, tenantOption, withExample, yesOption } from '../runtime/command.ts';
import type { Column } from '../runtime/output.ts';
import { AS_TEXT } from '../runtime/session.ts';

type Key = components['schemas']['Key'];
type CreatedKey = components['schemas']['CreatedKey'];

const COLUMNS: readonly Column<Key>[] = [
  { heading: 'id', value: ({ id }) => id },
  { heading: 'name', value: ({ name }) => name },
  { heading: 'role', value: ({ role }) => role },
  { heading: 'tenant', value: ({ tenant }) => tenant ?? 'all' },
  { heading: 'begins with', value: ({ prefix }) => prefix },
  { heading: 'last used', value: (key) => key.last_used_on },
  { heading: 'expires', value: (key, time) => time(key.expires_at) },
];

/** `postrider keys`: API keys. */
export const keyCommands: Group = (root, run) => {
  const keys = root.command('keys').description('API keys');

  withExample(
    keys
      .command('list')
      .description('list API keys, newest first')
      .addOption(tenantOption())
      .addOption(limitOption())
      .addOption(allOption()),
    'postrider keys list --tenant acme',
    'the keys of a tenant',
  ).action(({ tenant, ...list }) =>
    run((session) =>
      session.list(list, COLUMNS, (client, from) =>
        client.GET('/v1/keys', { params: { query: { ...(tenant !== undefined && { tenant }), ...from } }, ...AS_TEXT }),
      ),
    ),
  );

  withExample(
    keys
      .command('create')
      .description('create an API key; it is shown only once')
      .requiredOption('--name <text>', 'who uses it')
      .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
      .option('--tenant <name>', 'bind it to a tenant')
      .option('--expires <time>', 'when it ends, RFC 3339'),
    "postrider keys create --name 'shop backend' --role producer --tenant acme",
    'a key with which a shop publishes its events',
  ).action(({ name, role, tenant, expires }) =>
    run(async (session) => {
      const body = {
        name,
        role,
        ...(tenant !== undefined && { tenant }),
        ...(expires !== undefined && { expires_at: expires }),
      };
      const text = await session.text((client) => client.POST('/v1/keys', { body, ...AS_TEXT }));
      if (session.out.json) return session.out.data(text);
      const made: CreatedKey = JSON.parse(text);
      session.out.note(`Created ${made.id}, "${made.name}": role ${made.role}, ${made.tenant ?? 'all tenants'}.`);
      session.out.note('Save the key: only its hash is stored, and it is not shown again.');
      session.out.data(made.key);
    }),
  );

  withExample(
    keys
      .command('revoke')
      .description('revoke an API key, everywhere within 60 seconds')
      .argument('<id>', 'the key')
      .addOption(yesOption()),
    'postrider keys revoke key_01kapj0r5t9w2x4y6z8a1b3c5d',
    'nobody can use the key any more',
  ).action((id, options) =>
    run(async (session) => {
      await session.confirm(`Whoever uses ${id} will be refused.`, options);
      await session.text((client) => client.DELETE('/v1/keys/{id}', { params: { path: { id } }, ...AS_TEXT }));
      session.out.note(`Revoked ${id}.`);
    }),
  );
};
