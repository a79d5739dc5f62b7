import { afterEach, describe, expect, test, vi } from 'vitest';
import { createDnsResolve, type DnsOptions } from '../../../adapters/http/dns.ts';
import { createEgressPolicy } from '../../../adapters/http/egress-policy.ts';
import { watchDials } from '../../support/dials.ts';
import { type Answerer, addresses, DnsServer, type Reply } from '../../support/dns-server.ts';
import { Bench, post } from './receiver.ts';

const bench = new Bench();
const servers: DnsServer[] = [];
afterEach(() => {
  bench.closeAll();
  for (const server of servers.splice(0)) server.close();
});

const NAME = 'receiver.example.com';

async function serve(answer: Answerer, options: DnsOptions = {}) {
  const server = await DnsServer.start(answer);
  servers.push(server);
  return { server, resolve: createDnsResolve({ servers: [server.address], limitMs: 400, ...options }) };
}

/** For each family its own answer. */
const byFamily =
  (a: Reply, aaaa: Reply): Answerer =>
  ({ type }) =>
    type === 'A' ? a : aaaa;
const A = { records: [{ a: '192.0.2.1' }] };
const AAAA = { records: [{ aaaa: '2001:db8::1' }] };
const v4 = { address: '192.0.2.1', family: 4 };
const v6 = { address: '2001:db8::1', family: 6 };

describe('a look-up', () => {
  test('finds the addresses of both families in the order of the answers, IPv4 first', async () => {
    const { resolve } = await serve(addresses('2001:db8::2', '192.0.2.9', '192.0.2.1', '2001:db8::1'));

    expect(await resolve(NAME)).toEqual([
      { address: '192.0.2.9', family: 4 },
      v4,
      { address: '2001:db8::2', family: 6 },
      v6,
    ]);
  });

  test('asks for that name alone, never for one in a search domain', async () => {
    const { server, resolve } = await serve(() => ({ code: 'nxDomain' }));

    await resolve('a.b').catch(() => {});

    expect(server.asked.map(({ name, type }) => `${name} ${type}`).sort()).toEqual(['a.b A', 'a.b AAAA']);
  });

  test.each<[string, Reply, Reply, object[]]>([
    ['A only', A, {}, [v4]],
    ['AAAA only', {}, AAAA, [v6]],
    ['A, and a failure for AAAA', A, { code: 'servFail' }, [v4]],
    ['AAAA, and a failure for A', { code: 'servFail' }, AAAA, [v6]],
    ['A, and a wrong "no such name" for AAAA', A, { code: 'nxDomain' }, [v4]],
    ['A, and silence for AAAA', A, 'silence', [v4]],
    ['AAAA, and silence for A', 'silence', AAAA, [v6]],
  ])('is content with %s', async (_, a, aaaa, found) => {
    const { server, resolve } = await serve(byFamily(a, aaaa), { otherFamilyMs: 20, limitMs: 20_000 });

    expect(await resolve(NAME)).toEqual(found);
    // What is silent is not asked again.
    expect(server.askedFor(NAME).sort()).toEqual(['A', 'AAAA']);
  });

  test('follows a chain of aliases', async () => {
    const chain = Array.from({ length: 9 }, (_, at) => ({
      name: at === 0 ? NAME : `a${at}.test`,
      cname: `a${at + 1}.test`,
    }));
    const { resolve } = await serve(byFamily({ records: [...chain, { name: 'a9.test', a: '192.0.2.1' }] }, {}));

    expect(await resolve(NAME)).toEqual([v4]);
  });

  test('asks again over TCP for what UDP cannot hold', async () => {
    const many = Array.from({ length: 500 }, (_, at) => `10.0.${Math.floor(at / 250)}.${at % 250}`);
    const { server, resolve } = await serve(addresses(...many));

    expect((await resolve(NAME)).map(({ address }) => address)).toEqual(many);
    expect(server.asked.some(({ over }) => over === 'tcp')).toBe(true);
  });

  test('asks again if a packet is lost', async () => {
    let asked = 0;
    const { resolve } = await serve(({ type }) => (++asked <= 2 ? 'silence' : type === 'A' ? A : {}), {
      limitMs: 4_000,
    });

    expect(await resolve(NAME)).toEqual([v4]);
  });

  test.each<[string, Reply, Reply, string[]]>([
    ['no such name', { code: 'nxDomain' }, { code: 'nxDomain' }, ['ENOTFOUND', 'ENOTFOUND']],
    ['no address', {}, {}, ['ENODATA', 'ENODATA']],
    ['an alias without an address', { records: [{ cname: 'a.test' }] }, {}, ['ENODATA', 'ENODATA']],
    ['a failure', { code: 'servFail' }, { code: 'servFail' }, ['ESERVFAIL', 'ESERVFAIL']],
    ['a refusal', { code: 'refused' }, { code: 'refused' }, ['EREFUSED', 'EREFUSED']],
    ['no support', { code: 'notImp' }, { code: 'formErr' }, ['ENOTIMP', 'EFORMERR']],
    ['silence', 'silence', 'silence', ['ETIMEOUT', 'ETIMEOUT']],
    ['no address, and silence', {}, 'silence', ['ENODATA', 'ETIMEOUT']],
    ['an answer to a question with another id', { ...A, changes: { id: 1 } }, {}, ['ETIMEOUT', 'ENODATA']],
    ['an answer for another name', { ...A, changes: { name: 'other.example.com' } }, {}, ['ETIMEOUT', 'ENODATA']],
    ['an address of the other family', AAAA, A, ['ENODATA', 'ENODATA']],
  ])('fails with its codes on %s', async (_, a, aaaa, codes) => {
    const { resolve } = await serve(byFamily(a, aaaa));

    await expect(resolve(NAME)).rejects.toMatchObject({ name: 'LookupFailed', codes });
  });

  test.each([
    ['nothing', '', 'ETIMEOUT'],
    ['text', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'EBADRESP'],
    ['zeros', '\0'.repeat(600), 'EBADRESP'],
    ['a header that promises records', '\0\0\x81\x80\0\x01\xff\xff\0\0\0\0', 'EBADRESP'],
  ])('finds nothing in a malformed packet: %s', async (_, bytes, code) => {
    const { resolve } = await serve(() => Buffer.from(bytes, 'latin1'));

    await expect(resolve(NAME)).rejects.toMatchObject({ codes: [code, code] });
  });

  test('fails if no name server is there', async () => {
    const { server, resolve } = await serve(() => 'silence');
    server.close();
    servers.pop();

    await expect(resolve(NAME)).rejects.toMatchObject({ codes: ['ECONNREFUSED', 'ECONNREFUSED'] });
  });

  test.each(['a+b.example.com', "a'b.example.com", `${'a.'.repeat(150)}com`])(
    'of what is no name, %s, fails, and nobody is asked',
    async (name) => {
      const { server, resolve } = await serve(addresses('192.0.2.1'));

      await expect(resolve(name)).rejects.toMatchObject({ codes: ['EBADNAME', 'EBADNAME'] });
      expect(server.asked).toEqual([]);
    },
  );

  test.each(['localhost', 'api.localhost'])('of %s is loopback, and nobody is asked', async (name) => {
    const { server, resolve } = await serve(addresses('192.0.2.1'));

    expect((await resolve(name)).map(({ address }) => address)).toEqual(['127.0.0.1', '::1']);
    expect(server.asked).toEqual([]);
  });
});

describe('a POST to a name', () => {
  const policy = createEgressPolicy({ allowedCidrs: ['127.0.0.0/8', '::1/128'], allowHttp: true });
  /** Plain http to a name is never allowed by the URL alone: only its addresses matter here. */
  const byAddress = {
    ...policy,
    checkUrl: (text: string) => ({ ok: true as const, url: new URL(text) }),
  };

  async function sender(answer: Answerer) {
    const { server, resolve } = await serve(answer);
    return { server, sender: bench.sender({ policy: byAddress, resolve }) };
  }

  test('goes to exactly the addresses that were checked, and to no other answer', async () => {
    const receiver = await bench.http((_, response) => response.end());
    let round = 0;
    const { sender: one, server } = await sender(({ type }) => {
      if (type === 'A') round += 1;
      return type === 'A' ? { records: [{ a: round === 1 ? '127.0.0.1' : '169.254.169.254' }] } : {};
    });
    const request = post(`http://${NAME}:${receiver.port}/`);

    const watch = watchDials();
    const first = await one.send(request);
    const reused = await one.send(request);
    one.close();
    const rebound = await one.send(request);
    watch.stop();

    expect([first.statusCode, reused.statusCode, rebound.errorCode]).toEqual([200, 200, 'blocked_address']);
    expect(watch.dialled).toEqual(['127.0.0.1']);
    expect(server.askedFor(NAME).filter((type) => type === 'A')).toHaveLength(2);
  });

  test('never dials the bad address among many good ones, wherever it is', async () => {
    const receiver = await bench.http((_, response) => response.end());
    const good = ['127.0.0.3', '127.0.0.2', '127.0.0.1'];
    const watch = watchDials();
    for (let at = 0; at <= good.length; at++) {
      const { sender: one } = await sender(addresses(...good.toSpliced(at, 0, '10.0.0.1')));

      const result = await one.send(post(`http://${NAME}:${receiver.port}/`));

      expect(result.statusCode).toBe(200);
    }
    watch.stop();
    expect(watch.dialled).not.toContain('10.0.0.1');
  });

  test('dials at most four of 500 addresses, of both families', async () => {
    const refusing = Array.from({ length: 250 }, (_, at) => `127.0.7.${at + 1}`);
    const { sender: one } = await sender(({ type }) => ({
      records: type === 'A' ? refusing.map((a) => ({ a })) : refusing.map(() => ({ aaaa: '::1' })),
    }));

    const watch = watchDials();
    const result = await one.send(post(`http://${NAME}:9/`));
    watch.stop();

    expect(result.errorCode).toBe('connection_refused');
    expect(watch.dialled.toSorted()).toEqual(['127.0.7.1', '127.0.7.2', '127.0.7.3', '::1']);
  });

  test.each<[string, Reply]>([
    ['does not exist', { code: 'nxDomain' }],
    ['has no address', {}],
    ['has servers that fail', { code: 'servFail' }],
    ['has servers that are silent', 'silence'],
  ])('is dns_error if the name %s', async (_, reply) => {
    const { sender: one } = await sender(() => reply);

    expect(await one.send(post(`http://${NAME}:9/`))).toMatchObject({ statusCode: null, errorCode: 'dns_error' });
  });

  test('is a timeout if its time limit is shorter than that of the look-up', async () => {
    const { sender: one } = await sender(() => 'silence');

    expect(await one.send(post(`http://${NAME}:9/`, { timeoutMs: 50 }))).toMatchObject({ errorCode: 'timeout' });
  });

  test('is not delayed by 64 names that hang, and none of its look-ups fails', async () => {
    const receiver = await bench.http((_, response) => response.end());
    const good = addresses('127.0.0.1');
    const { server, resolve } = await serve(
      (question) => (question.name.startsWith('hang') ? 'silence' : good(question)),
      {
        limitMs: 4_000,
      },
    );
    const one = bench.sender({ policy: byAddress, resolve });
    let ended = 0;
    const hanging = Array.from({ length: 64 }, async (_, at) => {
      const result = await one.send(post(`http://hang${at}.example.com:${receiver.port}/`, { tenant: 'other' }));
      ended += 1;
      return result.errorCode;
    });
    await vi.waitFor(() => expect(new Set(server.asked.map(({ name }) => name)).size).toBe(64));

    const neighbours = await Promise.all(
      Array.from({ length: 30 }, (_, at) => one.send(post(`http://good${at}.example.com:${receiver.port}/`))),
    );

    expect(ended).toBe(0);
    expect(neighbours.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 30 }, () => 200));
    one.close();
    expect(new Set(await Promise.all(hanging))).toEqual(new Set(['connection_reset']));
  });

  test('uses nothing of its time limit in our own line', async () => {
    const receiver = await bench.http((_, response) => response.end());
    const good = addresses('127.0.0.1');
    const { server, resolve } = await serve((question) => (question.name === NAME ? good(question) : 'silence'));
    const one = bench.sender({ policy: byAddress, resolve, nameLimits: { tenantMax: 1 } });
    const first = one.send(post(`http://hangs.example.com:${receiver.port}/`));
    await vi.waitFor(() => expect(server.askedFor('hangs.example.com')).toHaveLength(2));

    // The look-up before it takes 400 ms.
    const second = await one.send(post(`http://${NAME}:${receiver.port}/`, { timeoutMs: 300 }));

    expect([second.statusCode, (await first).errorCode]).toEqual([200, 'dns_error']);
  });

  test('waits in no line with an idle connection', async () => {
    const receiver = await bench.http((_, response) => response.end());
    const good = addresses('127.0.0.1');
    const { resolve } = await serve((question) => (question.name === NAME ? good(question) : 'silence'));
    const one = bench.sender({ policy: byAddress, resolve, nameLimits: { tenantMax: 1, lineMs: 1 } });
    const request = post(`http://${NAME}:${receiver.port}/`);
    await one.send(request);
    const hanging = one.send(post(`http://hangs.example.com:${receiver.port}/`));

    expect((await one.send(request)).statusCode).toBe(200);
    await expect(one.send(post(`http://other.example.com:${receiver.port}/`))).rejects.toThrow('Too many host names');
    await hanging;
  });

  describe('fails on our side', () => {
    test('if no name server is there', async () => {
      const { server, sender: one } = await sender(() => 'silence');
      server.close();
      servers.pop();

      await expect(one.send(post(`http://${NAME}:9/`))).rejects.toThrow('Our resolver cannot be reached.');
    });

    test.each<[string, Reply, number]>([
      ['silent', 'silence', 2_000],
      ['silent for longer than the time limit', 'silence', 50],
      ['failing', { code: 'servFail' }, 2_000],
    ])('if our resolver is %s for everything, the canary included', async (_, reply, timeoutMs) => {
      const { resolve } = await serve(() => reply);
      const one = bench.sender({ policy: byAddress, resolve, canary: 'canary.example.com' });

      await expect(one.send(post(`http://${NAME}:9/`, { timeoutMs }))).rejects.toThrow('Our resolver answers nothing.');
    });

    test.each([2_000, 50])('but not if the canary has an address, within %d ms', async (timeoutMs) => {
      const good = addresses('192.0.2.1');
      const { resolve } = await serve((question) => (question.name === NAME ? 'silence' : good(question)));
      const one = bench.sender({ policy: byAddress, resolve, canary: 'canary.example.com' });

      expect(await one.send(post(`http://${NAME}:9/`, { timeoutMs }))).toMatchObject({
        errorCode: timeoutMs === 50 ? 'timeout' : 'dns_error',
      });
    });

    test('but not if the receiver is what is silent, on a new connection or an old one', async () => {
      let requests = 0;
      const receiver = await bench.http((_, response) => {
        requests += 1;
        if (requests === 2) response.end();
      });
      const { resolve } = await serve((question) =>
        question.name === NAME ? addresses('127.0.0.1')(question) : 'silence',
      );
      const one = bench.sender({ policy: byAddress, resolve, canary: 'canary.example.com' });
      const request = post(`http://${NAME}:${receiver.port}/`, { timeoutMs: 600 });

      const codes = [];
      for (let at = 0; at < 3; at++) codes.push((await one.send(request)).errorCode);

      expect(codes).toEqual(['timeout', null, 'timeout']);
    });
  });
});
