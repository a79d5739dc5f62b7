import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../e2e/support/eventually.ts';
import { closed, killGroup } from '../support/command.ts';

/** The engine: a third-party implementation of CloudFormation, IAM and the services, with Lambdas as local processes. */
export const MINISTACK = 'ministack==1.5.33';
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
/** The account's root, which no policy restricts. */
const root = { accessKeyId: 'test', secretAccessKey: 'test' };

/** A certificate for 127.0.0.1. The functions' processes are configured to trust it as well. */
const tls = fileURLToPath(new URL('../support/tls/', import.meta.url));

const launcher = fileURLToPath(new URL('start_ministack.py', import.meta.url));

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;

interface AwsClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly requestHandler: { readonly httpsAgent: Agent };
}

/** A running engine. */
export interface MiniStack {
  /** URL of all AWS services, over TLS: with IAM enforced, queues and buckets refuse anything else. */
  readonly url: string;
  /** The environment in which a program uses the engine as AWS, as the account's root. */
  readonly env: Readonly<Record<string, string>>;
  /** The same for an AWS client of this process. */
  readonly client: AwsClientConfig;
  /** What the engine and the functions have logged so far. */
  log(): string;
  /** Ends the engine and the functions' processes. */
  stop(): Promise<void>;
}

/**
 * Starts MiniStack on a free port of loopback, with IAM enforced.
 * @param programs folder of its program
 * @param folder an empty folder for all of its files
 */
export async function startMiniStack(programs: string, folder: string): Promise<MiniStack> {
  const port = await freePort();
  const logFile = join(folder, 'ministack.log');
  // MiniStack writes a bundle next to the certificate, so it gets a copy.
  cpSync(tls, join(folder, 'tls'), { recursive: true });
  const certificate = join(folder, 'tls', 'cert.pem');
  const child = launch({ python: join(programs, 'python'), port, folder, logFile });
  const log = () => readFileSync(logFile, 'utf8');
  const stop = () => stopGroup(child);
  try {
    const hasEnded = () => child.exitCode !== null;
    await eventually(() => checkHealth(port, certificate), {
      withinMs: READY_WITHIN_MS,
      everyMs: 100,
      unless: hasEnded,
    });
  } catch (error) {
    const said = log();
    await stop();
    throw new Error(`MiniStack did not start. It said:\n${said}`, { cause: error });
  }
  const url = `https://127.0.0.1:${port}`;
  const env = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: root.accessKeyId,
    AWS_SECRET_ACCESS_KEY: root.secretAccessKey,
    AWS_CA_BUNDLE: certificate,
    NODE_EXTRA_CA_CERTS: certificate,
  };
  const httpsAgent = new Agent({ ca: readFileSync(certificate), keepAlive: true });
  const client = { endpoint: url, region: REGION, credentials: root, requestHandler: { httpsAgent } };
  return { url, env, client, log, stop };
}

interface Launch {
  readonly python: string;
  readonly port: number;
  readonly folder: string;
  readonly logFile: string;
}

function launch({ python, port, folder, logFile }: Launch): ChildProcess {
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const log = openSync(logFile, 'w');
  const child = spawn(python, [launcher], {
    cwd: folder,
    // A separate process group, so that the functions' processes can be ended with it.
    detached: true,
    stdio: ['ignore', log, log],
    // The functions inherit this environment, so it contains nothing from the caller's, above all no AWS_ variable.
    env: {
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: folder,
      TMPDIR: temporary,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      // Queue URLs are built from it, and SDKs follow them.
      MINISTACK_HOST: '127.0.0.1',
      MINISTACK_REGION: REGION,
      MINISTACK_ACCOUNT_ID: ACCOUNT,
      MINISTACK_SSL_CERT: join(folder, 'tls', 'cert.pem'),
      MINISTACK_SSL_KEY: join(folder, 'tls', 'key.pem'),
      AUTH: 'true',
      USE_SSL: '1',
    },
  });
  closeSync(log);
  return child;
}

function checkHealth(port: number, certificate: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const path = { host: '127.0.0.1', port, path: '/_ministack/health' };
    const request = get({ ...path, ca: readFileSync(certificate), timeout: 2_000 }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`MiniStack answers ${response.statusCode}.`));
    });
    request.on('timeout', () => request.destroy(new Error('MiniStack does not answer.')));
    request.on('error', reject);
  });
}

async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = closed(child);
    child.kill('SIGTERM');
    const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(deadline);
  }
  // The rest are functions that have not exited yet.
  killGroup(child);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
