import { createInterface } from 'node:readline/promises';
import type { components } from '@postrider/client';
import { ok } from '@postrider/client';
import { Fault, UsageFault } from '../explain.ts';
import { type Group, withExample } from '../runtime/command.ts';
import { NotAllowed } from '../runtime/exit.ts';
import { profilesFile, readProfiles, writeProfiles } from '../runtime/profiles.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';

/** How long a key may take to come from a pipe: no command waits for somebody who is not there. */
const KEY_MS = 5_000;

type Key = components['schemas']['Key'];

/** `postrider login`, `whoami` and `profile`: who you are, and where. */
export const signInCommands: Group = (root, run) => {
  withExample(
    root
      .command('login')
      .description('check an API key and keep it in a profile, which later commands use')
      .option('--url <url>', 'the API, the output ApiUrl of the deployment (default: POSTRIDER_API_URL)')
      .option('--name <profile>', 'name of the profile', 'default'),
    'echo "$KEY" | postrider login --name prod --url https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com',
    'sign in once; the key is read from standard input or POSTRIDER_API_KEY, never from an argument',
  ).action(({ url, name }) =>
    run(async (session) => {
      const { env } = session.io;
      const at = url ?? (env.POSTRIDER_API_URL || (await urlOfStage(session)));
      if (at === undefined) throw new UsageFault('Say where: pass --url, or --stage.');
      const key = env.POSTRIDER_API_KEY || (await askedKey(session));
      if (key === '') throw new UsageFault('Send the API key to standard input, or set POSTRIDER_API_KEY.');
      const client = session.clientFor({ url: at.replace(/\/$/, ''), key });
      const me: Key = JSON.parse(
        await ok(client.GET('/v1/me', AS_TEXT) as Promise<{ data: string; response: Response }>),
      );
      const { profiles } = readProfiles(env);
      writeProfiles(env, { current: name, profiles: { ...profiles, [name]: { url: at.replace(/\/$/, ''), key } } });
      session.out.note(
        `Signed in to ${at} as "${me.name}", role ${me.role}. The profile ${name} is in ${profilesFile(env)}.`,
      );
    }),
  );

  withExample(
    root.command('whoami').description('show the API key in use: its role, tenant and expiry'),
    'postrider whoami',
    'see what the key may do',
  ).action(() =>
    run(async (session) => {
      const text = await session.text((client) => client.GET('/v1/me', AS_TEXT));
      const place = await session.place();
      session.out.one<Key>(text, (key, time) => [
        ['key', `${key.id} "${key.name}"`],
        ['role', key.role],
        ['tenant', key.tenant ?? 'all'],
        ['expires', time(key.expires_at) ?? 'never'],
        ['API', place.url],
        ['from', place.by],
      ]);
    }),
  );

  const profile = root.command('profile').description('profiles: an API and a key each');

  withExample(
    profile.command('list').description('list the profiles'),
    'postrider profile list',
    'see which there are',
  ).action(() =>
    run(async ({ io, out }) => {
      const { current, profiles } = readProfiles(io.env);
      const items = Object.entries(profiles).map(([name, { url }]) =>
        JSON.stringify({ name, url, current: name === current }),
      );
      out.items<{ name: string; url: string; current: boolean }>(items, [
        { heading: 'name', value: ({ name }) => name },
        { heading: 'API', value: ({ url }) => url },
        { heading: 'in use', value: ({ current: isCurrent }) => (isCurrent ? 'yes' : '') },
      ]);
    }),
  );

  withExample(
    profile.command('use').description('use a profile from now on').argument('<name>', 'the profile'),
    'postrider profile use prod',
    'later commands go to prod',
  ).action((name) =>
    run(async ({ io, out }) => {
      const { profiles } = readProfiles(io.env);
      if (profiles[name] === undefined) {
        throw new UsageFault(
          `There is no profile "${name}"; there are: ${Object.keys(profiles).join(', ') || 'none'}. Make it with postrider login.`,
        );
      }
      writeProfiles(io.env, { current: name, profiles });
      out.note(`Using the profile ${name}.`);
    }),
  );
};

async function urlOfStage(session: Session): Promise<string | undefined> {
  const { stage } = session.options;
  return stage === undefined ? undefined : (await session.outputsOf(stage)).ApiUrl;
}

/** The key from standard input: what is typed at a terminal, which shows it, or a line, which must come soon. */
async function askedKey({ io }: Session): Promise<string> {
  const isTyped = io.stdin.isTTY === true;
  const signal = isTyped ? io.signal : AbortSignal.any([io.signal, AbortSignal.timeout(KEY_MS)]);
  const lines = createInterface({ input: io.stdin, signal, ...(isTyped && { output: process.stderr }) });
  try {
    if (isTyped) return (await lines.question('API key: ', { signal })).trim();
    for await (const line of lines) return line.trim();
    // Where nobody sends anything, nothing keeps the process.
    io.stdin.destroy();
    return '';
  } catch (fault) {
    if (io.signal.aborted) throw new NotAllowed('Nobody signed in.');
    throw new Fault('The key could not be read.', { cause: fault });
  } finally {
    lines.close();
  }
}
