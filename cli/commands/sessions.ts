import { Option } from '@commander-js/extra-typings';
import type { components } from '@postrider/client';
import { CAPABILITIES, type Capability } from '../../core/sessions/capabilities.ts';
import { UsageFault } from '../explain.ts';
import {
  allOption,
  type Group,
  given,
  limitOption,
  tenantOption,
  wholeNumber,
  withExample,
  yesOption,
} from '../runtime/command.ts';
import type { Column } from '../runtime/output.ts';
import { AS_TEXT } from '../runtime/session.ts';

type PortalSession = components['schemas']['PortalSession'];
type Created = components['schemas']['CreatedPortalSession'];

const COLUMNS: readonly Column<PortalSession>[] = [
  { heading: 'id', value: ({ id }) => id },
  { heading: 'who', value: ({ subject }) => subject },
  { heading: 'role', value: ({ role }) => role },
  { heading: 'tenant', value: ({ tenant }) => tenant ?? 'all' },
  { heading: 'may', value: ({ capabilities }) => capabilities.join(' ') },
  { heading: 'created by', value: (session) => session.created_by.name },
  { heading: 'opened', value: (session, time) => time(session.redeemed_at) },
  { heading: 'until', value: (session, time) => time(session.expires_at) },
];

/** `postrider sessions` and `postrider portal`: who is signed in, in a browser. */
export const sessionCommands: Group = (root, run) => {
  const sessions = root.command('sessions').description('who is signed in at the portal or the console');

  withExample(
    sessions
      .command('list')
      .description('list the sessions that have not ended, newest first')
      .addOption(tenantOption())
      .addOption(limitOption())
      .addOption(allOption()),
    'postrider sessions list --tenant acme',
    'who of a tenant is signed in, until when, and what they may do',
  ).action(({ tenant, ...list }) =>
    run((session) =>
      session.list(list, COLUMNS, (client, from) =>
        client.GET('/v1/portal-sessions', { params: { query: { ...given({ tenant }), ...from } }, ...AS_TEXT }),
      ),
    ),
  );

  withExample(
    sessions
      .command('end')
      .description('end a session, or all of a tenant, everywhere within 60 seconds')
      .argument('[id]', 'the session')
      .option('--tenant <name>', 'all sessions of this tenant, links that were not opened yet included')
      .addOption(yesOption()),
    'postrider sessions end --tenant acme',
    'everybody of a tenant must sign in again',
  ).action((id, { tenant, ...options }) =>
    run(async (session) => {
      if ((id === undefined) === (tenant === undefined)) throw new UsageFault('Name one session, or a --tenant.');
      await session.confirm(`Whoever uses ${id ?? `a session of ${tenant}`} will be signed out.`, options);
      await session.text((client) =>
        id === undefined
          ? client.DELETE('/v1/portal-sessions', { params: { query: { tenant: tenant ?? '' } }, ...AS_TEXT })
          : client.DELETE('/v1/portal-sessions/{id}', { params: { path: { id } }, ...AS_TEXT }),
      );
      session.out.note(`Ended ${id ?? `the sessions of ${tenant}`}: refused everywhere within 60 seconds.`);
    }),
  );

  withExample(
    root
      .command('portal')
      .description("open a tenant's portal in the browser, as your product would for its people")
      .argument('<tenant>', 'the tenant')
      .option('--subject <name>', "who uses it, for the audit trail (default: the key's name)")
      .addOption(
        new Option('--allow <capability...>', 'what the session may do').choices(CAPABILITIES).default(['view']),
      )
      .option('--expires-in <seconds>', 'how long it lasts, an hour by default', wholeNumber)
      .option('--print', 'print the URL instead; it works once, within five minutes'),
    'postrider portal acme --allow view send_test --print',
    'a link for support, which may look and send test events',
  ).action((tenant, { subject, allow, expiresIn, print }) =>
    run(async (session) => {
      const capabilities = allow as Capability[];
      const body = { tenant, capabilities, ...given({ subject, expires_in: expiresIn }) };
      const text = await session.text((client) => client.POST('/v1/portal-sessions', { body, ...AS_TEXT }));
      if (session.out.json) return session.out.data(text);
      const { url, expires_at }: Created = JSON.parse(text);
      if (print !== true && (await session.io.openUrl(url))) {
        session.out.note(`Opened the portal of ${tenant}, until ${session.out.time(expires_at)}.`);
        return;
      }
      if (print !== true) session.out.note('No browser could be started here: open this URL.');
      session.out.note('It works once, within five minutes.');
      session.out.data(url);
    }),
  );
};
