import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { eventually } from './eventually.ts';
import { stackOutputs, type Target } from './target.ts';

const root = resolve(import.meta.dirname, '../../..');
const HOST = '127.0.0.1';
const READY_WITHIN_MS = 60_000;
const LOG_LINES_KEPT = 5_000;

export interface ProductOptions {
  /** Period of every schedule, if a scenario waits for one. */
  readonly scheduleSeconds?: number;
  /** Consecutive failures that open a circuit, for scenarios that are not about circuits. */
  readonly circuitFailures?: number;
  /** Whether it sends itself heartbeats, one in each period of the schedules. */
  readonly heartbeat?: boolean;
  /** Within how many seconds a heartbeat must arrive. */
  readonly heartbeatSeconds?: number;
  /** The origins that may show the portal in a frame. */
  readonly portalOrigins?: readonly string[];
  /** Log level of the functions. */
  readonly logLevel?: 'DEBUG';
  /** The ARN of an AWS role that may sign in. */
  readonly signInRole?: string;
}

/** A separate local product: a process, two ports, a data folder. */
export interface Product {
  readonly target: Target;
  /** Environment that points the programs in local/ at this product. */
  readonly env: NodeJS.ProcessEnv;
  /** The folder of all that it keeps. */
  readonly dataDir: string;
  /** Restarts it with its state, and waits until it accepts events. */
  start(): Promise<void>;
  /** SIGKILL, so it cannot finish anything. */
  kill(): Promise<void>;
  /** SIGTERM: it may finish work in progress. */
  stop(): Promise<void>;
  /** The last matching lines of its output. */
  logTail(lines: number, pattern?: RegExp): string;
  /** Ends the process, if there is one, and removes its state. */
  close(): Promise<void>;
}

/** Starts a product and waits until it accepts events. */
export async function startProduct({
  scheduleSeconds,
  circuitFailures,
  heartbeat,
  heartbeatSeconds,
  portalOrigins,
  logLevel,
  signInRole,
}: ProductOptions = {}): Promise<Product> {
  const [apiPort, awsPort] = await freePorts();
  const dataDir = mkdtempSync(join(tmpdir(), 'postrider-e2e-'));
  const apiUrl = `http://${HOST}:${apiPort}`;
  const adminKey = 'pr_end_to_end_admin';
  const env = {
    ...process.env,
    PORT: String(apiPort),
    POSTRIDER_AWS_PORT: String(awsPort),
    POSTRIDER_DATA: dataDir,
    POSTRIDER_API_KEY: adminKey,
    ...(scheduleSeconds !== undefined && { POSTRIDER_SCHEDULE_SECONDS: String(scheduleSeconds) }),
    ...(heartbeat !== undefined && { POSTRIDER_HEARTBEAT: heartbeat ? 'on' : 'off' }),
    ...(heartbeatSeconds !== undefined && { POSTRIDER_HEARTBEAT_SECONDS: String(heartbeatSeconds) }),
    ...(portalOrigins !== undefined && { POSTRIDER_PORTAL_ORIGINS: portalOrigins.join(',') }),
    ...(logLevel !== undefined && { LOG_LEVEL: logLevel }),
    ...(signInRole !== undefined && { POSTRIDER_VIEWER_ROLES: signInRole, POSTRIDER_ADMIN_ROLES: signInRole }),
    ...(circuitFailures !== undefined && { POSTRIDER_CIRCUIT_FAILURES: String(circuitFailures) }),
  };
  const log: string[] = [];
  const logTail = (lines: number, pattern = /^/) =>
    log
      .filter((line) => pattern.test(line))
      .slice(-lines)
      .join('\n');
  let child: ChildProcess | undefined;

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = once(ending, 'exit');
    ending.kill(signal);
    await gone;
  };
  const start = async (): Promise<void> => {
    child = spawnProduct(env, log);
    const starting = child;
    await eventually(
      async () => {
        const { status } = await fetch(`${apiUrl}/healthz`).catch(() => ({ status: 0 }));
        if (status === 200) return;
        throw new Error(`Postrider did not get ready. Its log ends with:\n${logTail(30)}`);
      },
      { withinMs: READY_WITHIN_MS, everyMs: 25, unless: () => starting.exitCode !== null },
    );
  };
  const close = async (): Promise<void> => {
    await end('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
  };

  await start().catch(async (failure: unknown) => {
    await close();
    throw failure;
  });
  const outputs = readOutputs(dataDir);
  const target: Target = { apiUrl, adminKey, awsEndpoint: outputs.AwsEndpointUrl, outputs, receiverHost: HOST };
  return { target, env, dataDir, start, kill: () => end('SIGKILL'), stop: () => end('SIGTERM'), logTail, close };
}

function spawnProduct(env: NodeJS.ProcessEnv, log: string[]): ChildProcess {
  const child = spawn(process.execPath, ['local/start.ts'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  // If this process exits without running its hooks, nothing else would end the child.
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log.push(...text.trimEnd().split('\n'));
      if (log.length > LOG_LINES_KEPT) log.splice(0, log.length - LOG_LINES_KEPT);
    });
  }
  return child;
}

function readOutputs(dataDir: string) {
  const text = readFileSync(join(dataDir, 'outputs.json'), 'utf8');
  return stackOutputs.extend({ AwsEndpointUrl: z.url() }).parse(JSON.parse(text));
}

/** Two ports that are free now: held at the same time, so that they differ. */
export async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()] as const;
  const ports = await Promise.all(
    servers.map(async (server) => {
      await once(server.listen(0, HOST), 'listening');
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    }),
  );
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  const [first = 0, second = 0] = ports;
  return [first, second];
}
