import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as z from 'zod';

/** A GitHub payload, as one of our events. */
export interface Example {
  readonly type: string;
  /** The payload's text: half of them compact JSON, half of them indented. */
  readonly data: string;
  readonly payload: { readonly action?: unknown; readonly repository?: unknown };
}

const definitions = z.array(
  z.object({ name: z.string(), examples: z.array(z.looseObject({ action: z.string().optional() })) }),
);

/** Every example payload of every GitHub event. */
export function githubExamples(): Example[] {
  const path = createRequire(import.meta.url).resolve('@octokit/webhooks-examples');
  return definitions
    .parse(JSON.parse(readFileSync(path, 'utf8')))
    .flatMap(({ name, examples }) => examples.map((payload) => ({ name, payload })))
    .map(({ name, payload }, index) => ({
      type: ['github', name, ...(payload.action === undefined ? [] : [payload.action])].join('.'),
      data: JSON.stringify(payload, null, index % 2 === 0 ? undefined : 2),
      payload,
    }));
}
