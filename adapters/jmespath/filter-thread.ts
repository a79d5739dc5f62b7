import { Worker } from 'node:worker_threads';
import type { Evaluation } from '../../core/subscriptions/filter.ts';
import { type Answer, isAnswer, type Question } from './protocol.ts';

/**
 * A backstop that should never apply: the step limit ends every evaluation long before. It decides nothing; the caller
 * tries again.
 */
const ANSWER_MS_MAX = 25_000;
const HEAP_MB_MAX = 256;

interface Asked {
  resolve: (judged: Evaluation) => void;
  reject: (fault: Error) => void;
}

/**
 * A thread that evaluates filters, one question after another. It starts with the first one, and again after it ended.
 */
export class FilterThread {
  readonly #module: URL;
  /** Open questions, in the order of their answers. */
  readonly #asked = new Map<number, Asked>();
  /** Runs while a question is being answered. */
  #timer: NodeJS.Timeout | undefined;
  #worker: Worker | undefined;
  #questions = 0;

  /** @param module what the thread runs: `worker.ts`, or its bundle. */
  constructor(module: URL) {
    this.#module = module;
  }

  /** @throws Error when the thread ends, or answers too late. */
  judge(envelope: string, filters: readonly string[], steps: number): Promise<Evaluation> {
    const worker = this.#worker ?? this.#start();
    const id = this.#questions++;
    const question: Question = { id, envelope, filters, steps };
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      if (this.#asked.size === 1) this.#startTimer();
      worker.ref();
      worker.postMessage(question);
    });
  }

  #start(): Worker {
    const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB_MAX };
    const worker = new Worker(this.#module, { name: 'filters', env: {}, resourceLimits });
    let why = 'it was terminated because it took too long';
    worker.on('message', (answer: unknown) => this.#take(answer));
    worker.on('error', (fault) => {
      why = fault instanceof Error ? `${fault.name}: ${fault.message}` : 'unknown';
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const id of [...this.#asked.keys()]) {
        this.#settle(id)?.reject(new Error(`The thread that evaluates filters has ended (${why}); try again.`));
      }
    });
    this.#worker = worker;
    return worker;
  }

  #take(answer: unknown): void {
    if (!isAnswer(answer)) throw new Error('The thread that evaluates filters sent an unknown message.');
    const { id, ...judged }: Answer = answer;
    this.#settle(id)?.resolve(judged);
  }

  #settle(id: number): Asked | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    clearTimeout(this.#timer);
    if (this.#asked.size > 0) this.#startTimer();
    // A process with nothing else to do may exit.
    else this.#worker?.unref();
    return asked;
  }

  #startTimer(): void {
    this.#timer = setTimeout(() => void this.#worker?.terminate(), ANSWER_MS_MAX);
  }
}
