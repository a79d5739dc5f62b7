import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { Fault, UsageFault } from '../explain.ts';
import { NotAllowed } from './exit.ts';
import type { Io } from './io.ts';
import { readProfiles } from './profiles.ts';

/** The options that every command has. */
export interface GlobalOptions {
  readonly json?: true | undefined;
  readonly profile?: string | undefined;
  readonly stage?: string | undefined;
  readonly region?: string | undefined;
}

/** The outputs of the stacks, by name; locally with `AwsEndpointUrl`. */
export type Outputs = Readonly<Record<string, string>>;

/** Where the commands of the API go, and what they go with. */
export interface Place {
  readonly url: string;
  /** Undefined: nobody is signed in. */
  readonly key: string | undefined;
  /** How it was found, for messages: `the profile prod`. */
  readonly by: string;
}

const outputsFile = z.record(z.string(), z.string());

/** The outputs of a running local product; undefined if there is none in the data folder. */
export function localOutputs(env: Io['env']): Outputs | undefined {
  const path = join(resolve(env.POSTRIDER_DATA ?? '.postrider'), 'outputs.json');
  if (!existsSync(path)) return undefined;
  return outputsFile.parse(JSON.parse(readFileSync(path, 'utf8')));
}

function localKey(env: Io['env']): string | undefined {
  const path = join(resolve(env.POSTRIDER_DATA ?? '.postrider'), 'admin-key');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/**
 * Where the API is and which key to use: the environment's, else the stage's that is named, else the profile's, else those of a
 * product that runs on this machine. A key of the environment is used with any of them.
 * @param outputsOf reads the outputs of a deployed stage.
 * @throws Fault if nothing says where.
 */
export async function placeOf(
  io: Pick<Io, 'env' | 'err'>,
  options: GlobalOptions,
  outputsOf: (stage: string) => Promise<Outputs>,
): Promise<Place> {
  // An empty variable is how scripts leave one out.
  const [url, key] = [io.env.POSTRIDER_API_URL || undefined, io.env.POSTRIDER_API_KEY || undefined];
  if (options.profile !== undefined && options.stage !== undefined) {
    throw new UsageFault('--profile and --stage both say where: use one of them.');
  }
  if (url !== undefined) {
    const other = options.profile === undefined ? options.stage && '--stage' : '--profile';
    if (other !== undefined) io.err(`POSTRIDER_API_URL is set: it goes before the API of ${other}.`);
    return { url, key, by: 'POSTRIDER_API_URL' };
  }
  if (options.stage !== undefined) {
    const { ApiUrl } = await outputsOf(options.stage);
    if (ApiUrl === undefined) throw new Fault(`The stage ${options.stage} has no output ApiUrl: deploy it again.`);
    return { url: ApiUrl, key, by: `the stage ${options.stage}` };
  }
  const { current, profiles } = readProfiles(io.env);
  const name = options.profile ?? current;
  if (name !== null) {
    const found = profiles[name];
    if (found !== undefined) return { url: found.url, key: key ?? found.key, by: `the profile ${name}` };
    const known = Object.keys(profiles).join(', ') || 'none';
    throw new UsageFault(`There is no profile "${name}"; there are: ${known}. Make it with postrider login.`);
  }
  const local = localOutputs(io.env)?.ApiUrl;
  if (local !== undefined) return { url: local, key: key ?? localKey(io.env), by: 'the product on this machine' };
  throw new NotAllowed(
    'Nothing says where Postrider is: start it here with npm start, sign in with postrider login, set POSTRIDER_API_URL and POSTRIDER_API_KEY, or pass --stage.',
  );
}
