import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';

const KEY = 'pr_any';
/** Somebody else's server: a page, or whatever its path says. */
const foreign = createServer((request, response) => {
  const [, status, body = ''] = /^\/(\d+)\/([^/]*)/.exec(request.url ?? '') ?? [];
  response.writeHead(Number(status), { 'content-type': 'text/html' }).end(decodeURIComponent(body));
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((listening) => foreign.listen(0, '127.0.0.1', listening));
  const address = foreign.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterAll(() => foreign.close());

const whoami = (env: NodeJS.ProcessEnv) => runCli(['whoami'], { env: { POSTRIDER_API_KEY: KEY, ...env } });

describe('an address', () => {
  it.each(['nonsense', 'localhost:4400', 'ftp://example.com'])('that is %s is said to be no URL', async (given) => {
    const { code, stdout, stderr } = await whoami({ POSTRIDER_API_URL: given });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      `postrider: ${given} is not the URL of an API: use one such as http://127.0.0.1:4400. See --help.\n`,
    );
  });

  it('at which a page of somebody else answers is said to be wrong', async () => {
    const { code, stdout, stderr } = await whoami({ POSTRIDER_API_URL: `${url}/200/%3Chtml%3E` });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `postrider: What answers at ${url}/200/%3Chtml%3E is not the API of Postrider: check the address.\n`,
    );
  });

  it.each([
    [404, 'Check the address.'],
    [502, 'Try again, or check the address.'],
  ])('at which somebody else answers %i shows the beginning of it and what to do', async (status, next) => {
    const { code, stdout, stderr } = await whoami({ POSTRIDER_API_URL: `${url}/${status}/${'x'.repeat(5_000)}` });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`Answered ${status} by ${url}`);
    expect(stderr).toMatch(new RegExp(`\nThat is no answer of Postrider's own. ${next}\n$`));
    expect(stderr.length).toBeLessThan(500);
  });

  it('in an empty variable is none', async () => {
    const { code, stderr } = await whoami({ POSTRIDER_API_URL: '', POSTRIDER_DATA: '/nowhere' });
    expect(code).toBe(4);
    expect(stderr).toMatch(/^postrider: Nothing says where Postrider is: /);
  });
});

describe('a key', () => {
  it.each(['pr_secret\nx', 'pr_secret x', 'pr_secretä'])(
    'that no request can carry is refused, and not shown: %j',
    async (key) => {
      const { code, stdout, stderr } = await whoami({ POSTRIDER_API_URL: url, POSTRIDER_API_KEY: key });
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toContain('copy it again');
      expect(stderr).not.toContain('pr_secret');
    },
  );

  it('in an empty variable is none', async () => {
    const { code, stderr } = await whoami({ POSTRIDER_API_URL: url, POSTRIDER_API_KEY: '' });
    expect(code).toBe(4);
    expect(stderr).toMatch(/^postrider: No API key for /);
  });
});
