import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createEgressPolicy } from '../../../adapters/http/egress-policy.ts';
import { watchDials } from '../../support/dials.ts';
import { FORBIDDEN_FORMS } from './forbidden-forms.ts';
import { Bench, post } from './receiver.ts';

const bench = new Bench();
afterEach(() => bench.closeAll());

const deployed = createEgressPolicy({ allowedCidrs: [], allowHttp: false });
/** What Python's `ipaddress` says, stricter where we are: made anew by `ip-addresses.py`. */
const python = z
  .object({ reachable: z.array(z.string()), refused: z.array(z.string()) })
  .parse(JSON.parse(readFileSync(new URL('ip-addresses.json', import.meta.url), 'utf8')));
const isV6 = (address: string) => address.includes(':');
const asHost = (address: string) => (isV6(address) ? `[${address}]` : address);

/** POSTs, and tells what was looked up and dialled meanwhile. */
async function watched(urls: readonly string[], answer: string) {
  const lookedUp: string[] = [];
  const resolve = async (name: string) => {
    lookedUp.push(name);
    return [{ address: answer, family: isV6(answer) ? 6 : 4 }];
  };
  const sender = bench.sender({ policy: deployed, resolve });
  const watch = watchDials();
  const results = [];
  for (const url of urls) results.push(await sender.send(post(url, { timeoutMs: 1_000 })));
  watch.stop();
  return { lookedUp, dialled: watch.dialled, codes: results.map(({ errorCode }) => errorCode) };
}

describe('a forbidden form of a URL', () => {
  test('is one of at least 300, and each has another text', () => {
    const texts = new Set(FORBIDDEN_FORMS.map(({ url }) => url));

    expect(texts.size).toBeGreaterThanOrEqual(300);
    expect(texts.size).toBe(FORBIDDEN_FORMS.length);
  });

  test.each([...Map.groupBy(FORBIDDEN_FORMS, ({ group }) => group)])(
    'is refused before anything is looked up or sent: %s',
    async (_, forms) => {
      const urls = forms.map(({ url }) => url);
      // The name server is the attacker's.
      const { lookedUp, dialled, codes } = await watched(urls, '127.0.0.1');

      expect(urls.filter((__, at) => codes[at] !== 'blocked_address')).toEqual([]);
      expect([lookedUp, dialled]).toEqual([[], []]);
    },
  );
});

describe('an address', () => {
  test('is allowed exactly if Python’s ipaddress and our own rules allow it', () => {
    const wrongly = {
      refused: python.reachable.filter((address) => !deployed.checkAddress(address)),
      allowed: python.refused.filter(deployed.checkAddress),
    };

    expect(wrongly).toEqual({ refused: [], allowed: [] });
    expect(python.reachable.length).toBeGreaterThan(300);
    expect(python.refused.length).toBeGreaterThan(500);
  });

  test('is allowed in a URL exactly if it is allowed when it is dialled', () => {
    const differing = [...python.reachable, ...python.refused].filter(
      (address) => deployed.checkUrl(`https://${asHost(address)}/`).ok !== deployed.checkAddress(address),
    );

    expect(differing).toEqual([]);
  });

  test('that is refused is never dialled, although a name resolves to it', async () => {
    for (const address of python.refused) {
      const { dialled, codes } = await watched(['https://receiver.example.com/'], address);

      expect([address, codes, dialled]).toEqual([address, ['blocked_address'], []]);
    }
  });
});
