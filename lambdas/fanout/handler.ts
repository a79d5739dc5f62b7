import { readEnv } from '../runtime/env.ts';
import { fanoutEnv } from './config.ts';

const env = readEnv(fanoutEnv);

export async function handler(): Promise<unknown> {
  return { ready: Object.keys(env).length };
}
