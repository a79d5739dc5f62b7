import * as z from 'zod';

const question = z.object({ id: z.number(), name: z.string(), input: z.unknown() });

/** What a child process can be asked, by name. */
export type Answers = Readonly<Record<string, (input: unknown) => unknown>>;

/** Answers the questions of the process that started this one, one after the other. */
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
  // A parent that was killed must not leave its children behind.
  process.once('disconnect', () => process.kill(process.pid));
  process.send?.({ id: -1, answer: 'ready' });
}
