import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { compileCache } from '../compile-cache.ts';
import { type FunctionError, type Invocation, type WorkerData, workerMessage } from './protocol.ts';

/** Lambda's limit on the payload of a synchronous invocation, request and response alike. */
export const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;

/** How an invocation ended. A payload is JSON text. */
export type Outcome =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly error: FunctionError };

/** Invokes a function and waits for its end. Never rejects: a failure is an outcome too. */
export type Invoke = (payload: string) => Promise<Outcome>;

export interface FunctionOptions {
  /** Name in log lines. */
  readonly label: string;
  readonly name: string;
  readonly arn: string;
  readonly modulePath: string;
  readonly handlerName: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly env: Readonly<Record<string, string>>;
  /** Receives the function's stdout and stderr. */
  readonly onOutput: (label: string, stream: Readable) => void;
}

interface Running {
  readonly worker: Worker;
  readonly settle: (outcome: Outcome) => void;
}

const workerEntry = new URL('./worker.ts', import.meta.url);

/**
 * One Lambda function: a worker thread that is replaced after a crash, or an invocation that timed out. Lambda ends the
 * execution environment of such an invocation; since a worker stands for many, its other invocations may end first.
 */
export class FunctionHost {
  readonly options: FunctionOptions;
  readonly #isBackground: boolean;
  readonly #running = new Map<number, Running>();
  readonly #others: FunctionHost[] = [];
  readonly #workers = new Set<Worker>();
  /** The one that new invocations go to. */
  #worker: Worker | undefined;
  #nextId = 0;

  constructor(options: FunctionOptions, isBackground = false) {
    this.options = options;
    this.#isBackground = isBackground;
  }

  /**
   * Loads the bundle.
   * @throws Error if its top level throws, like a failed Lambda init.
   */
  async load(): Promise<void> {
    const worker = this.#start();
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve());
      worker.once('error', (error) =>
        reject(new Error(`The function ${this.options.label} cannot be loaded.`, { cause: error })),
      );
      worker.once('exit', (code) =>
        reject(new Error(`The function ${this.options.label} exited with code ${code} while loading.`)),
      );
    });
  }

  readonly invoke: Invoke = (payload) => {
    const worker = this.#worker ?? this.#start();
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const seconds = (this.options.timeoutMs / 1000).toFixed(2);
        if (this.#worker === worker) this.#worker = undefined;
        this.#settle(id, failure('Sandbox.Timedout', `Task timed out after ${seconds} seconds`));
      }, this.options.timeoutMs);
      this.#running.set(id, {
        worker,
        settle: (outcome) => {
          clearTimeout(timer);
          resolve(outcome);
        },
      });
      worker.postMessage(this.#invocation(id, payload));
    });
  };

  /**
   * The same function for one more trigger, in a worker of its own that the first invocation starts. On Lambda, the
   * invocations of one trigger never wait for the CPU of another's; here they share the machine's, so a trigger in the
   * background leaves most of it to the others.
   */
  another({ isBackground }: { isBackground: boolean }): FunctionHost {
    const other = new FunctionHost(this.options, isBackground);
    this.#others.push(other);
    return other;
  }

  /** Ends the workers. Invocations still running in them are lost, as at the end of an execution environment. */
  async stop(): Promise<void> {
    await Promise.all([
      ...[...this.#workers].map((worker) => worker.terminate()),
      ...this.#others.map((other) => other.stop()),
    ]);
  }

  #start(): Worker {
    const { modulePath, handlerName, env, label, onOutput } = this.options;
    const data: WorkerData = { modulePath, handlerName, isBackground: this.#isBackground };
    const worker = new Worker(workerEntry, {
      workerData: data,
      env: { ...env, NODE_COMPILE_CACHE: compileCache },
      name: label,
      stdout: true,
      stderr: true,
    });
    onOutput(label, worker.stdout);
    onOutput(label, worker.stderr);
    worker.on('message', (message: unknown) => this.#receive(message));
    let crash = 'Runtime exited';
    worker.on('error', (error) => {
      crash = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#workers.delete(worker);
      for (const [id, running] of [...this.#running]) {
        if (running.worker === worker) this.#settle(id, failure('Runtime.ExitError', crash));
      }
    });
    this.#workers.add(worker);
    this.#worker = worker;
    return worker;
  }

  #receive(message: unknown): void {
    const parsed = workerMessage.parse(message);
    switch (parsed.type) {
      case 'loaded':
        break;
      case 'threw':
        this.#settle(parsed.id, { ok: false, error: parsed.error });
        break;
      case 'returned':
        this.#settle(parsed.id, checkSize(parsed.payload));
    }
  }

  /** A late response of an invocation that timed out is ignored. With the last invocation of a replaced worker, it ends. */
  #settle(id: number, outcome: Outcome): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    this.#running.delete(id);
    running.settle(outcome);
    const { worker } = running;
    const isBusy = () => [...this.#running.values()].some((other) => other.worker === worker);
    if (this.#worker !== worker && !isBusy()) void worker.terminate();
  }

  #invocation(id: number, payload: string): Invocation {
    const { name, arn, memoryMb, timeoutMs } = this.options;
    return {
      id,
      payload,
      deadlineMs: Date.now() + timeoutMs,
      context: {
        awsRequestId: randomUUID(),
        functionName: name,
        functionVersion: '$LATEST',
        invokedFunctionArn: arn,
        memoryLimitInMB: String(memoryMb),
        logGroupName: `/aws/lambda/${name}`,
        logStreamName: 'local',
      },
    };
  }
}

function checkSize(payload: string): Outcome {
  if (Buffer.byteLength(payload) <= PAYLOAD_BYTES_MAX) return { ok: true, payload };
  return failure(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${PAYLOAD_BYTES_MAX} bytes).`,
  );
}

function failure(errorType: string, errorMessage: string): Outcome {
  return { ok: false, error: { errorType, errorMessage } };
}
