import { readFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import type { components } from '@postrider/client';
import { Fault } from '../explain.ts';
import { type Group, given, withExample, yesOption } from '../runtime/command.ts';
import type { Io } from '../runtime/io.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';
import { durationArgument } from '../runtime/time.ts';

type Secret = components['schemas']['Secret'];

/** Prints the secret; what is to be known about older ones goes elsewhere. */
function show({ out }: Session, text: string): void {
  if (out.json) {
    out.data(text);
    return;
  }
  const { secret, previous, newest_alone_at: alone }: Secret = JSON.parse(text);
  out.data(secret);
  for (const { expires_at: end, signs } of previous) {
    out.note(`A previous secret signs until ${out.time(end)}: ${signs.join(', ')}.`);
  }
  if (alone !== null) out.note(`From ${out.time(alone)} on, this secret alone signs.`);
}

/** `postrider secret`: what receivers verify webhooks with. */
export const secretCommands: Group = (root, run) => {
  const secret = root.command('secret').description('what receivers verify webhooks with');

  withExample(
    secret
      .command('reveal')
      .description('print the signing secret of an endpoint; the audit trail says who saw it')
      .argument('<endpoint>', 'its id'),
    'postrider secret reveal ep_01kapj1b6g2h4k6m8n0q3s5v7x',
    'to configure its receiver',
  ).action((id) =>
    run(async (session) => {
      const text = await session.text((client) =>
        client.GET('/v1/endpoints/{id}/secret', { params: { path: { id } }, ...AS_TEXT }),
      );
      show(session, text);
    }),
  );

  withExample(
    secret
      .command('rotate')
      .description('give an endpoint another signing secret, and print it')
      .argument('<endpoint>', 'its id')
      .option('--overlap <time>', 'how long the old one also signs (default: 1d)', durationArgument)
      .option('--no-overlap', 'end the old ones at once')
      .option('--from <file>', 'the secret, instead of a random one; - for standard input')
      .addOption(yesOption()),
    'postrider secret rotate ep_01kapj1b6g2h4k6m8n0q3s5v7x --overlap 6h',
    'its receiver has six hours to change over',
  ).action((id, { overlap, from, ...options }) =>
    run(async (session) => {
      await session.confirm(`Another secret replaces the one that the receiver of ${id} has.`, options);
      const body = given({
        secret: from === undefined ? undefined : await secretFrom(from, session.io),
        overlap_seconds: overlap === false ? 0 : typeof overlap === 'number' ? overlap / 1_000 : undefined,
      });
      const text = await session.text((client) =>
        client.POST('/v1/endpoints/{id}/secret/rotate', { params: { path: { id } }, body, ...AS_TEXT }),
      );
      show(session, text);
    }),
  );
};

/** The secret in a file, without a line break at its end. */
async function secretFrom(path: string, { stdin }: Pick<Io, 'stdin'>): Promise<string> {
  try {
    return (path === '-' ? await textOf(stdin) : readFileSync(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    throw new Fault(`${path} cannot be read: check the path.`, { cause });
  }
}
