import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as z from 'zod';

/** The event whose payload the bench publishes: GitHub's, about 1.5 KB. */
const EVENT_NAME = 'marketplace_purchase';

const examples = z.array(z.object({ name: z.string(), examples: z.array(z.unknown()) }));

/** The package is one JSON file. */
const path = createRequire(import.meta.url).resolve('@octokit/webhooks-examples');
const found = examples.parse(JSON.parse(readFileSync(path, 'utf8'))).find(({ name }) => name === EVENT_NAME);

/** JSON text of one real webhook payload, from @octokit/webhooks-examples. */
export const payloadText: string = JSON.stringify(found?.examples[0]);

/** An event to publish, as JSON text. */
export function eventText(
  fields: { type: string; tenant?: string; idempotency_key?: string },
  data = payloadText,
): string {
  return `${JSON.stringify(fields).slice(0, -1)},"data":${data}}`;
}
