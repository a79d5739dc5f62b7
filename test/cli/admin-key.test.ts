import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyHash } from '../../core/keys/key.ts';

const command = fileURLToPath(new URL('../../cli/admin-key.ts', import.meta.url));
const launcher = fileURLToPath(new URL('../../cli/postrider.mjs', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'postrider-admin-key-'));

/** What DynamoDB was asked to store, CloudFormation's response, and DynamoDB's. */
let stored: { TableName: string; Item: Record<string, { S?: string }> }[] = [];
let stacks: { status: number; xml: string };
let caller: { status: number; xml: string };
let refusal: { status: number; type: string; message: string } | undefined;
let aws: Server;
let endpoint: string;

const deployed = (outputs: string) => ({
  status: 200,
  xml: `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>s</StackName><StackId>s</StackId>
    <CreationTime>2026-11-22T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>
    <Outputs>${outputs}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
});
const identity = (arn: string) => ({
  status: 200,
  xml: `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${arn}</Arn><UserId>u</UserId>
    <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
});
const registry = '<member><OutputKey>RegistryTableName</OutputKey><OutputValue>the-registry</OutputValue></member>';

beforeAll(async () => {
  aws = createServer(async (request, response) => {
    const body = await text(request);
    if (request.headers['x-amz-target'] === undefined) {
      const asked = new URLSearchParams(body);
      if (asked.get('Action') === 'GetCallerIdentity') {
        response.writeHead(caller.status, { 'content-type': 'text/xml' }).end(caller.xml);
        return;
      }
      const stack = asked.get('StackName') ?? '';
      response.writeHead(stacks.status).end(stacks.xml.replaceAll('{stack}', stack));
      return;
    }
    if (refusal === undefined) stored.push(JSON.parse(body));
    response
      .writeHead(refusal?.status ?? 200, { 'content-type': 'application/x-amz-json-1.0' })
      .end(refusal ? JSON.stringify({ __type: refusal.type, message: refusal.message }) : '{}');
  });
  await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
  const address = aws.address();
  endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});

afterAll(() => {
  aws.closeAllConnections();
  aws.close();
  rmSync(home, { recursive: true });
});

beforeEach(() => {
  stored = [];
  stacks = deployed(registry);
  caller = identity('arn:aws:iam::111122223333:user/ops/alice');
  refusal = undefined;
});

const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const operator = { ...credentials, AWS_REGION: 'eu-central-1' };

async function adminKey(args: string[], env: Record<string, string> = operator, program = [command]) {
  const child = spawn(process.execPath, [...program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { HOME: home, AWS_ENDPOINT_URL: endpoint, AWS_EC2_METADATA_DISABLED: 'true', ...env },
  });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

describe('a key', () => {
  it('is stored by its hash in the registry table of the stack, and only the key is printed', async () => {
    const { code, out, err } = await adminKey(['--stage', 'prod', '--name', 'first']);

    expect(code).toBe(0);
    expect(out).toMatch(/^pr_[\w-]{43}\n$/);
    expect(err).not.toContain(out.trim());
    const [pointer, made] = stored;
    expect(stored).toMatchObject([
      { TableName: 'the-registry', Item: { hash: { S: keyHash(out.trim()) } } },
      { TableName: 'the-registry', Item: { pk: { S: `KEY#${keyHash(out.trim())}` } } },
    ]);
    expect(JSON.parse(made?.Item.doc?.S ?? '')).toMatchObject({
      name: 'first',
      role: 'admin',
      tenant: null,
      expiresAt: null,
    });
    expect(pointer?.Item.pk?.S).toBe(`KEYID#${JSON.parse(made?.Item.doc?.S ?? '').id}`);
    expect(JSON.stringify(stored)).not.toContain(out.trim());
  });

  it('is stored in the given table, with the given role and tenant', async () => {
    const options = ['--table', 'mine', '--role', 'producer', '--tenant', 'acme', '--region', 'us-east-1'];

    const { code } = await adminKey(options, credentials);

    expect(code).toBe(0);
    expect(stored).toMatchObject([
      { TableName: 'mine' },
      { TableName: 'mine', Item: { tenant_pk: { S: expect.stringMatching(/^KEYS#acme#\d$/) } } },
    ]);
    expect(JSON.parse(stored[1]?.Item.doc?.S ?? '')).toMatchObject({ role: 'producer', tenant: 'acme' });
  });

  it.each([
    ['arn:aws:iam::111122223333:user/ops/alice', 'alice'],
    ['arn:aws:sts::111122223333:assumed-role/Admin/bob@example.com', 'bob@example.com'],
    ['arn:aws:iam::111122223333:root', 'root'],
  ])('carries the audit entry of its creation, which names %s', async (arn, name) => {
    caller = identity(arn);

    await adminKey(['--table', 'mine', '--name', 'first']);

    const { Item } = stored[1] ?? expect.fail('no key');
    expect(JSON.parse(Item.audit?.S ?? '')).toMatchObject({
      actor: { kind: 'iam', id: arn, name },
      action: 'key.created',
      object: JSON.parse(Item.doc?.S ?? '').id,
      before: null,
      after: { name: 'first', role: 'admin', tenant: null },
    });
  });

  it('is not created without an identity from STS', async () => {
    caller = {
      status: 403,
      xml: '<ErrorResponse><Error><Code>ExpiredToken</Code><Message>expired</Message></Error></ErrorResponse>',
    };

    const { code, out, err } = await adminKey(['--table', 'mine']);

    expect({ code, out, stored }).toEqual({ code: 1, out: '', stored: [] });
    expect(err).toContain('credentials have expired');
  });

  it('is created in the region that other AWS tools would use', async () => {
    const { code } = await adminKey(['--stage', 'dev'], { ...credentials, AWS_DEFAULT_REGION: 'us-west-2' });

    expect(code).toBe(0);
  });
});

describe('postrider admin-key', () => {
  const postrider = (args: string[], env?: Record<string, string>) => adminKey(args, env, [launcher, 'admin-key']);

  it('makes the same key, and prints only it', async () => {
    const { code, out, err } = await postrider(['--stage', 'prod', '--name', 'first', '--role', 'viewer']);

    expect([code, out], err).toEqual([0, expect.stringMatching(/^pr_[\w-]{43}\n$/)]);
    expect(err).toContain('role viewer, all tenants, in the-registry');
    expect(stored).toMatchObject([{ TableName: 'the-registry', Item: { hash: { S: keyHash(out.trim()) } } }, {}]);
  });

  it('ends with 4 where AWS refuses the caller, and with 2 for a wrong option', async () => {
    expect(await postrider([], { AWS_REGION: 'us-east-1' })).toMatchObject({ code: 4, out: '' });
    expect(await postrider(['--tenant', 'a b'])).toMatchObject({ code: 2, out: '' });
    expect(await postrider(['--role', 'root'])).toMatchObject({ code: 2, out: '' });
    expect(stored).toEqual([]);
  });
});

describe('what is missing is named, with advice, and no key is printed', () => {
  const missingStack = {
    status: 400,
    xml: '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id {stack} does not exist</Message></Error></ErrorResponse>',
  };

  it.each([
    ['the credentials', { AWS_REGION: 'us-east-1' }, 'Set AWS_PROFILE'],
    ['the region', credentials, 'Set AWS_REGION or pass --region'],
  ])('%s', async (_, env, advice) => {
    const { code, out, err } = await adminKey(['--stage', 'prod'], env);

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(advice);
  });

  it('the stack', async () => {
    stacks = missingStack;

    const { code, out, err } = await adminKey(['--stage', 'prod']);

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('no stack Postrider-prod-State in this account in eu-central-1');
  });

  it("the stack's output", async () => {
    stacks = deployed('');

    expect((await adminKey(['--stage', 'prod'])).err).toContain('no output RegistryTableName');
  });

  it('the table', async () => {
    refusal = { status: 400, type: 'ResourceNotFoundException', message: 'Requested resource not found' };

    const { code, out, err } = await adminKey(['--table', 'wrong']);

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('no such table');
  });

  it('the permission', async () => {
    const message = 'User: someone is not authorized to perform: dynamodb:PutItem';
    refusal = { status: 400, type: 'AccessDeniedException', message };

    const { err } = await adminKey(['--table', 'the-registry']);

    expect(err).toContain('Ask for the permission');
    expect(err).toContain('dynamodb:PutItem');
  });
});
