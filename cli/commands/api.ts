import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Argument } from '@commander-js/extra-typings';
import { Fault, UsageFault } from '../explain.ts';
import { type Group, withExample } from '../runtime/command.ts';
import type { Io } from '../runtime/io.ts';
import { METHODS } from '../runtime/session.ts';

/**
 * What an option such as `--data` names: JSON text, `@file`, or `-` for standard input.
 * @throws UsageFault if it is no JSON, Fault if the file cannot be read.
 */
export async function dataOf(given: string, { stdin }: Pick<Io, 'stdin'>, option = '--data'): Promise<string> {
  const read = given === '-' ? await text(stdin) : given.startsWith('@') ? readFile(given.slice(1)) : given;
  try {
    JSON.parse(read);
    return read;
  } catch {
    const from = option === '--data' ? 'JSON, @file with JSON' : 'a file with JSON';
    throw new UsageFault(`${option} takes ${from}, or - for standard input; this is no JSON.`);
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Fault(`${path} cannot be read: check the path.`, { cause });
  }
}

/** `postrider api`: any operation. */
export const apiCommand: Group = (root, run) => {
  withExample(
    root
      .command('api')
      .description('call any operation of the API (docs/api.md) and print its answer')
      .addArgument(new Argument('<method>', 'of the request').choices(METHODS))
      .argument('<path>', 'with its query, such as /v1/events?limit=1')
      .option('--data <json>', 'the body: JSON, @file, or - for standard input'),
    'postrider api PATCH /v1/endpoints/ep_01kapj1b6g2h4k6m8n0q3s5v7x --data \'{"state":"paused"}\'',
    'pause an endpoint',
  ).action((method, path, { data }) =>
    run(async (session) => {
      if (!path.startsWith('/')) throw new UsageFault('The path begins with a slash, such as /v1/events.');
      const body = data === undefined ? undefined : await dataOf(data, session.io);
      const answer = await session.call(method, path, body);
      if (answer !== '') session.out.data(answer);
    }),
  );
};
