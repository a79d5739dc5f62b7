import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient, everyItem } from '@postrider/client';
import { operations } from '../../lambdas/api/operations.ts';
import { type Product, startProduct } from '../e2e/support/product.ts';
import { always, startReceivers } from '../e2e/support/receivers.ts';
import { run } from '../support/command.ts';
import { pythonTool } from '../support/python.ts';
import { faultsOf, report, summaryOf } from './report.ts';
import { seed, seedUnreadable } from './seed.ts';

const SCHEMATHESIS = 'schemathesis==4.32.5';
const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'test/openapi');
/** The report of the last run. */
const kept = join(root, '.cache/test-api');
const LINE_LENGTH_MAX = 300;
/** Of temporary credentials, for which the local gateway invents a role of the same name. */
const ACCESS_KEY = 'ASIALOCAL';

export interface ApiTestOptions {
  readonly python: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Starts a local product and lets schemathesis test every operation of its document.
 * @throws Error naming what was found.
 */
export async function apiTest({ python, say, signal }: ApiTestOptions): Promise<void> {
  const programs = await pythonTool({ python, requirement: SCHEMATHESIS, root, signal });
  const receivers = await startReceivers('127.0.0.1');
  const product = await startProduct({
    scheduleSeconds: 2,
    signInRole: `arn:aws:iam::000000000000:role/${ACCESS_KEY}`,
  });
  try {
    const [goodUrl, badUrl] = [receivers.hook().url, receivers.hook(always({ status: 500 })).url];
    const client = clientOf(product);
    const { eventId, endpointId } = await seed({ client, goodUrl, badUrl });
    const seeded = {
      POSTRIDER_RECEIVER_URL: goodUrl,
      POSTRIDER_EVENT_ID: eventId,
      POSTRIDER_ENDPOINT_ID: endpointId,
      POSTRIDER_UNREADABLE_ID: await seedUnreadable(client, product.target),
    };
    const env = { ...process.env, ...seeded, ...(await credentials(product)) };
    const answer = await tryOut(join(programs, 'schemathesis'), product.target.apiUrl, { env, signal });
    judge(answer, product, say);
  } finally {
    await product.close();
    await receivers[Symbol.asyncDispose]();
  }
}

function judge(output: string, product: Product, say: (line: string) => void): void {
  const found = report.parse(JSON.parse(readFileSync(join(kept, 'report.json'), 'utf8')));
  say(summaryOf(found));
  const faults = faultsOf(found, operations.length);
  if (faults.length === 0) return;
  const lines = product.logTail(20, / (WARN|ERROR) /).split('\n');
  const troubles = lines.map((line) => line.slice(0, LINE_LENGTH_MAX)).join('\n');
  throw new Error(`${output}\nThe product's troubles:\n${troubles}\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
}

function clientOf({ target: { apiUrl, adminKey } }: Product) {
  return createClient({ url: apiUrl, key: adminKey });
}

/** The caller's settings that schemathesis.toml and hooks.py read. */
async function credentials(product: Product) {
  const signedAt = new Date().toISOString().replace(/[:-]|\.\d{3}/g, '');
  const scope = `${ACCESS_KEY}/${signedAt.slice(0, 8)}/us-east-1/execute-api/aws4_request`;
  return {
    POSTRIDER_API_KEY: product.target.adminKey,
    POSTRIDER_API_URL: product.target.apiUrl,
    POSTRIDER_ADMIN_KEY_ID: await adminKeyId(product),
    POSTRIDER_SIGNATURE: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
    POSTRIDER_SIGNED_AT: signedAt,
    // hooks.py is a module next to the configuration.
    PYTHONPATH: folder,
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

/** The key that this run itself uses: revoking it would end the run. */
async function adminKeyId(product: Product): Promise<string> {
  const client = clientOf(product);
  const page = (from: object) => client.GET('/v1/keys', { params: { query: { ...from } } });
  for await (const { id, prefix } of everyItem(page)) {
    if (product.target.adminKey.startsWith(prefix)) return id;
  }
  throw new Error('The admin key of the local product is not in its list of keys.');
}

interface TryOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** @returns the output of schemathesis, whether it found something or not. */
async function tryOut(program: string, apiUrl: string, options: TryOptions): Promise<string> {
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(kept, { recursive: true });
  // From a file: if it fetches the document, it skips the operation that serves it.
  const document = await fetch(`${apiUrl}/openapi.json`);
  writeFileSync(join(kept, 'openapi.json'), await document.text());
  const args = ['--config-file', join(folder, 'schemathesis.toml'), 'run', 'openapi.json', '--url', apiUrl];
  const reports = ['--no-color', '--report', 'json', '--report-json-path', 'report.json'];
  return run(program, [...args, ...reports], { cwd: kept, ...options }).catch((fault: unknown) => {
    options.signal.throwIfAborted();
    return fault instanceof Error ? fault.message : String(fault);
  });
}
