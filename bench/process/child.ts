import * as z from 'zod';

const question = z.object({ id: z.number(), name: z.string(), input: z.unknown() });

/** The requests that a child process handles, by name. */
export type Answers = Readonly<Record<string, (input: unknown) => unknown>>;

/** Handles the parent process's requests, one after the other. */
export function answerParent(answers: Answers): void {
  let last: Promise<void> = Promise.resolve();
  process.on('message', (message: unknown) => {
    const { id, name, input } = question.parse(message);
    last = last.then(async () => {
      try {
        process.send?.({ id, answer: await answers[name]?.(input) });
      } catch (error) {
        process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    });
  });
  // Exit with the parent, even if it was killed.
  process.once('disconnect', () => process.kill(process.pid));
  process.send?.({ id: -1, answer: 'ready' });
}
