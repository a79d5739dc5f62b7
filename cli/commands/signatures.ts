import { readFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import { systemRandom } from '../../adapters/system/system.ts';
import { newId } from '../../core/ids.ts';
import { parseProfile, signatureHeader, signatureProfile } from '../../core/signing/profile.ts';
import { profileHeaders, standardSignature } from '../../core/signing/sign.ts';
import { Fault, UsageFault } from '../explain.ts';
import { endpointOption, type Group, withExample } from '../runtime/command.ts';
import { Failed } from '../runtime/exit.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';

/** Older than this, the receivers' libraries refuse a webhook. */
const TOLERANCE_SECONDS = 300;

/** `postrider sign` and `verify`: the signature of a request that somebody has saved. */
export const signatureCommands: Group = (root, run) => {
  withExample(
    root
      .command('verify')
      .description('check the signature of a saved webhook: its headers and its exact body')
      .addOption(endpointOption())
      .requiredOption('--headers <file>', 'lines such as webhook-id: evt_…; - for standard input')
      .requiredOption('--body <file>', 'the bytes that arrived')
      .option('--signature <profile>', 'also check the header of this signature profile, such as github'),
    'postrider verify --endpoint ep_01kapj1b6g2h4k6m8n0q3s5v7x --headers headers.txt --body body.json',
    'a receiver refuses a webhook: is it the signature, its age, or the body?',
  ).action(({ endpoint, headers: headersFile, body: bodyFile, signature }) =>
    run(async (session) => {
      const secrets = await secretsOf(session, endpoint);
      const headers = headersIn(headersFile === '-' ? await textOf(session.io.stdin) : fileText(headersFile));
      const body = fileText(bodyFile);
      const [id, sent] = [needed(headers, 'webhook-id'), needed(headers, 'webhook-timestamp')];
      const timestamp = Number(sent);
      const results = [
        {
          header: 'webhook-signature',
          ok: isSigned(
            needed(headers, 'webhook-signature'),
            (secret) => standardSignature({ id, timestamp, body }, [secret]),
            secrets,
          ),
        },
      ];
      const profile = profileOf(signature);
      const header = signatureHeader(profile);
      if (header !== undefined) {
        const made = (secret: string) => profileHeaders(profile, { id, timestamp, body }, [secret])[header] ?? '';
        results.push({ header, ok: isSigned(needed(headers, header.toLowerCase()), made, secrets) });
      }
      for (const one of results) {
        session.out.data(session.out.json ? JSON.stringify(one) : `${one.header}\t${one.ok ? 'ok' : 'does not match'}`);
      }
      const age = Math.round(session.io.clock() / 1000 - timestamp);
      if (Math.abs(age) > TOLERANCE_SECONDS)
        session.out.note(`It is ${age} s old: receivers refuse more than ${TOLERANCE_SECONDS} s.`);
      if (results.some(({ ok }) => !ok)) {
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
      .option('--signature <profile>', 'also the header of this signature profile, such as github'),
    'POSTRIDER_WEBHOOK_SECRET=whsec_… postrider sign --body body.json',
    'try a receiver by hand; the secret is read from the environment, or that of --endpoint',
  ).action(({ endpoint, body: bodyFile, id = newId('evt', Date.now(), systemRandom), timestamp: given, signature }) =>
    run(async (session) => {
      const [newest] = await secretsOf(session, endpoint);
      const timestamp = given === undefined ? Math.floor(session.io.clock() / 1000) : Number(given);
      if (!Number.isSafeInteger(timestamp)) throw new UsageFault('--timestamp takes whole seconds since the epoch.');
      const signable = { id, timestamp, body: fileText(bodyFile) };
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': standardSignature(signable, [newest]),
        ...profileHeaders(profileOf(signature), signable, [newest]),
      };
      if (session.out.json) return session.out.data(JSON.stringify(headers));
      for (const [name, value] of Object.entries(headers)) session.out.data(`${name}: ${value}`);
    }),
  );
};

/** The secret of the environment, or that of an endpoint; never an argument, which other users of the machine could read. */
async function secretsOf(session: Session, endpoint: string | undefined): Promise<readonly [string]> {
  const { POSTRIDER_WEBHOOK_SECRET: given } = session.io.env;
  if (given !== undefined && given !== '') return [given];
  if (endpoint === undefined) throw new UsageFault('Pass --endpoint, or set POSTRIDER_WEBHOOK_SECRET.');
  const answer = await session.text((client) =>
    client.GET('/v1/endpoints/{id}/secret', { params: { path: { id: endpoint } }, ...AS_TEXT }),
  );
  return [JSON.parse(answer).secret];
}

function profileOf(text: string | undefined) {
  const read = signatureProfile.safeParse(text ?? 'standard');
  if (!read.success) throw new UsageFault(`--signature: ${read.error.issues[0]?.message ?? 'no such profile'}`);
  return parseProfile(read.data);
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

function needed(headers: ReadonlyMap<string, string>, name: string): string {
  const value = headers.get(name);
  if (value !== undefined) return value;
  throw new Fault(`The headers have no ${name}: save all headers of the request.`);
}

/** Whether a header has what a secret makes: a timestamp, if it holds one, and one of its signatures. */
function isSigned(header: string, made: (secret: string) => string, secrets: readonly string[]): boolean {
  const given = new Set(header.split(/[ ,]+/));
  return secrets.some((secret) =>
    made(secret)
      .split(/[ ,]+/)
      .every((part) => given.has(part)),
  );
}
