import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Death } from '../account/duplicates.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const LINES_KEPT = 40;
const POLL_MS = 20;
/** After this many starts in a row that exit by themselves, the product is broken. */
const CRASHES_MAX = 3;

const outputs = z.object({ AwsEndpointUrl: z.url(), DeadLetterQueueUrl: z.url() });
export type ProductOutputs = z.output<typeof outputs>;

export interface ProductOptions {
  /** Holds the product's data and its log. */
  readonly folder: string;
  readonly apiPort: number;
  readonly awsPort: number;
  readonly adminKey: string;
  /** The period of every schedule. On AWS the schedules survive a crash; here they restart with each start. */
  readonly scheduleSeconds: number;
}

/** The local product, `local/start.ts`, as a child process that can be killed and restarted on its data. */
export class Product {
  readonly apiUrl: string;
  readonly logPath: string;
  readonly #options: ProductOptions;
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #log: WriteStream;
  readonly #tail: string[] = [];
  #child: ChildProcess | undefined;
  #upSince: number | undefined;
  #failure: Error | undefined;
  #crashesInARow = 0;
  #upMs = 0;
  /** SIGKILLs. */
  kills = 0;
  /** How often it exited without being killed. */
  crashes = 0;
  starts = 0;
  /** When it was killed or crashed. */
  readonly deaths: Death[] = [];

  constructor(options: ProductOptions) {
    this.#options = options;
    this.apiUrl = `http://127.0.0.1:${options.apiPort}`;
    mkdirSync(options.folder, { recursive: true });
    this.logPath = join(options.folder, 'product.log');
    this.#log = createWriteStream(this.logPath);
  }

  /** How long it has accepted events, over all starts. */
  get upMs(): number {
    return this.#upMs + (this.#upSince === undefined ? 0 : Date.now() - this.#upSince);
  }

  get isUp(): boolean {
    return this.#upSince !== undefined;
  }

  /** Starts it; `untilUp` resolves when it accepts events. */
  start(): void {
    this.starts += 1;
    const child = this.#spawn();
    this.#child = child;
    child.once('exit', (code, signal) => this.#ended(child, `code ${code ?? signal}`));
    void this.#watch(child);
  }

  /** Waits until it has accepted events for `forMs`. @throws Error if it keeps crashing. */
  async untilUp(signal: AbortSignal, forMs = 0): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
      const leftMs = this.#upSince === undefined ? undefined : this.#upSince + forMs - Date.now();
      if (leftMs !== undefined && leftMs <= 0) return;
      if (leftMs === undefined) await once(this.#events, 'change', { signal });
      else await sleep(leftMs, undefined, { signal });
    }
  }

  /** SIGKILL, so it cannot finish anything. */
  async kill(): Promise<void> {
    this.kills += 1;
    const atMs = Date.now();
    await this.#end('SIGKILL');
    this.deaths.push({ atMs, goneMs: Date.now() });
  }

  /** Sends SIGTERM, waits, and closes the log. */
  async close(): Promise<void> {
    await this.#end('SIGTERM');
    await new Promise((closed) => this.#log.end(closed));
  }

  /** Where its queues are. */
  outputs(): ProductOutputs {
    return outputs.parse(JSON.parse(readFileSync(join(this.#options.folder, 'data', 'outputs.json'), 'utf8')));
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#down();
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  #spawn(): ChildProcess {
    const { apiPort, awsPort, folder, adminKey, scheduleSeconds } = this.#options;
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'local/start.ts'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PORT: String(apiPort),
        POSTRIDER_AWS_PORT: String(awsPort),
        POSTRIDER_DATA: join(folder, 'data'),
        POSTRIDER_API_KEY: adminKey,
        POSTRIDER_LOG: 'json',
        POSTRIDER_SCHEDULE_SECONDS: String(scheduleSeconds),
      },
    });
    const killWithUs = () => child.kill('SIGKILL');
    process.once('exit', killWithUs);
    child.once('exit', () => process.off('exit', killWithUs));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#log.write(text);
        this.#tail.push(...text.trimEnd().split('\n'));
        this.#tail.splice(0, this.#tail.length - LINES_KEPT);
      });
    }
    return child;
  }

  async #watch(child: ChildProcess): Promise<void> {
    while (this.#child === child) {
      const { status } = await fetch(`${this.apiUrl}/healthz`).catch(() => ({ status: 0 }));
      if (this.#child !== child) return;
      if (status === 200) {
        this.#upSince = Date.now();
        this.#crashesInARow = 0;
        this.#events.emit('change');
        return;
      }
      await sleep(POLL_MS);
    }
  }

  #down(): void {
    this.#upMs = this.upMs;
    this.#upSince = undefined;
    this.#events.emit('change');
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#down();
    this.crashes += 1;
    this.deaths.push({ atMs: Date.now(), goneMs: Date.now() });
    this.#crashesInARow += 1;
    if (this.#crashesInARow < CRASHES_MAX) {
      this.start();
      return;
    }
    this.#failure = new Error(
      `The product crashed ${CRASHES_MAX} times in a row (${how}). Its log ends with:\n${this.#tail.join('\n')}`,
    );
    this.#events.emit('change');
  }
}
