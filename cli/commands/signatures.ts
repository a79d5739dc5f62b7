import { readFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import type { components } from '@postrider/client';
import { systemRandom } from '../../adapters/system/system.ts';
import { newId } from '../../core/ids.ts';
import { ownScheme, type SignatureScheme, schemeOf, signatureProfile } from '../../core/signing/scheme.ts';
import { schemeHeaders, standardSignature } from '../../core/signing/sign.ts';
import { Fault, UsageFault } from '../explain.ts';
import { endpointOption, type Group, withExample } from '../runtime/command.ts';
import { Failed } from '../runtime/exit.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';
import { needed, readSigned } from './signed-headers.ts';

/** Older than this, the receivers' libraries refuse a webhook. */
const TOLERANCE_SECONDS = 300;

/** `postrider sign` and `verify`: the signature of a request that somebody has saved. */
export const signatureCommands: Group = (root, run) => {
  withExample(
    root
      .command('verify')
      .description('check the signatures of a saved webhook: its headers and its exact body')
      .addOption(endpointOption())
      .requiredOption('--headers <file>', 'lines such as webhook-id: evt_…; - for standard input')
      .requiredOption('--body <file>', 'the bytes that arrived')
      .option(
        '--signature <profile>',
        "check the header of this signature profile, such as github (default: the endpoint's)",
      ),
    'postrider verify --endpoint ep_01kapj1b6g2h4k6m8n0q3s5v7x --headers headers.txt --body body.json',
    'a receiver refuses a webhook: is it the signature, its age, or the body?',
  ).action(({ endpoint, headers: headersFile, body: bodyFile, signature }) =>
    run(async (session) => {
      const scheme = await schemeFor(session, endpoint, signature);
      const { secret, previous } = await secretFor(session, endpoint);
      const headers = headersIn(headersFile === '-' ? await textOf(session.io.stdin) : fileText(headersFile));
      const { signable, hasStandard } = readSigned(headers, scheme, fileText(bodyFile));
      const wanted = {
        ...(hasStandard && { 'webhook-signature': standardSignature(signable, [secret]) }),
        ...(scheme && { [scheme.header]: schemeHeaders(scheme, signable, [secret]).needed[scheme.header] ?? '' }),
      };
      const results = Object.entries(wanted).map(([header, made]) => ({
        header,
        ok: holds(needed(headers, header), made),
      }));
      for (const one of results) {
        session.out.data(session.out.json ? JSON.stringify(one) : `${one.header}\t${one.ok ? 'ok' : 'does not match'}`);
      }
      const age = Math.round(session.io.clock() / 1000 - signable.timestamp);
      if (signable.timestamp > 0 && Math.abs(age) > TOLERANCE_SECONDS)
        session.out.note(`It is ${age} s old: receivers refuse more than ${TOLERANCE_SECONDS} s.`);
      const failed = results.filter(({ ok }) => !ok);
      for (const { header } of failed) {
        const older = previous.findLast(({ signs }) => signs.includes(header));
        if (older !== undefined)
          session.out.note(
            `Until ${session.out.time(older.expires_at)}, a previous secret signs ${header}: set POSTRIDER_WEBHOOK_SECRET to that one.`,
          );
      }
      if (failed.length > 0) {
        session.out.note('Check that the body is exactly what arrived, and that the secret is that of this endpoint.');
        throw new Failed();
      }
    }),
  );

  withExample(
    root
      .command('sign')
      .description('print the headers with which Postrider would sign a body')
      .addOption(endpointOption())
      .requiredOption('--body <file>', 'the bytes to sign')
      .option('--id <id>', 'webhook-id (default: a new one)')
      .option('--timestamp <seconds>', 'since the epoch (default: now)')
      .option('--type <name>', 'the event type, for a signature that names it (default: postrider.test)')
      .option(
        '--signature <profile>',
        "the headers of this signature profile, such as github (default: the endpoint's)",
      ),
    'POSTRIDER_WEBHOOK_SECRET=whsec_… postrider sign --body body.json',
    'try a receiver by hand; the secret is read from the environment, or that of --endpoint',
  ).action(
    ({ endpoint, body: bodyFile, id = newId('evt', Date.now(), systemRandom), timestamp: given, type, signature }) =>
      run(async (session) => {
        const scheme = await schemeFor(session, endpoint, signature);
        const { secret } = await secretFor(session, endpoint);
        const timestamp = given === undefined ? Math.floor(session.io.clock() / 1000) : Number(given);
        if (!Number.isSafeInteger(timestamp)) throw new UsageFault('--timestamp takes whole seconds since the epoch.');
        const signable = { id, timestamp, type: type ?? 'postrider.test', body: fileText(bodyFile) };
        const made = scheme && schemeHeaders(scheme, signable, [secret]);
        const headers = {
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': standardSignature(signable, [secret]),
          ...made?.telling,
          ...made?.needed,
        };
        if (session.out.json) return session.out.data(JSON.stringify(headers));
        for (const [name, value] of Object.entries(headers)) session.out.data(`${name}: ${value}`);
      }),
  );
};

/** The secret of the environment, or that of an endpoint; never an argument, which other users of the machine could read. */
async function secretFor(
  session: Session,
  endpoint: string | undefined,
): Promise<Pick<components['schemas']['Secret'], 'secret' | 'previous'>> {
  const { POSTRIDER_WEBHOOK_SECRET: given } = session.io.env;
  if (given !== undefined && given !== '') return { secret: given, previous: [] };
  if (endpoint === undefined) throw new UsageFault('Pass --endpoint, or set POSTRIDER_WEBHOOK_SECRET.');
  const answer = await session.text((client) =>
    client.GET('/v1/endpoints/{id}/secret', { params: { path: { id: endpoint } }, ...AS_TEXT }),
  );
  return JSON.parse(answer);
}

/** The signature to look at: that of a profile, or of an endpoint, beside the standard one. */
async function schemeFor(
  session: Session,
  endpoint: string | undefined,
  profile: string | undefined,
): Promise<SignatureScheme | undefined> {
  if (profile !== undefined) {
    const read = signatureProfile.safeParse(profile);
    if (!read.success) throw new UsageFault(`--signature: ${read.error.issues[0]?.message ?? 'no such profile'}`);
    return schemeOf({ signatureProfile: read.data, signature: null });
  }
  if (endpoint === undefined) return undefined;
  const answer = await session.text((client) =>
    client.GET('/v1/endpoints/{id}', { params: { path: { id: endpoint } }, ...AS_TEXT }),
  );
  const { signature_profile, signature }: components['schemas']['Endpoint'] = JSON.parse(answer);
  return schemeOf({
    signatureProfile: signature_profile,
    signature: signature === null ? null : ownScheme.parse(signature),
  });
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Fault(`${path} cannot be read: check the path.`, { cause });
  }
}

/** Headers by their names in lower case. */
function headersIn(text: string): Map<string, string> {
  const lines = text.split(/\r?\n/).flatMap((line) => {
    const at = line.indexOf(':');
    return at <= 0 ? [] : [[line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()] as const];
  });
  return new Map(lines);
}

/** Whether a header has what a secret makes: a timestamp, if it holds one, and its signature. */
function holds(header: string, made: string): boolean {
  const given = new Set(header.split(/[ ,]+/));
  return made.split(/[ ,]+/).every((part) => given.has(part));
}
