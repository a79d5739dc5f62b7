import { VERSION } from '../../runtime/version.ts';
import { requestSchemas, responseSchemas } from '../common-schemas.ts';
import { operations } from '../operations.ts';
import { operationObject, SIGNATURE } from './operation-object.ts';
import { problemSchemas, sharedResponses } from './problems.ts';
import { type Json, schemasOf } from './schemas.ts';

const DESCRIPTION = [
  'Webhook delivery from your own AWS account.',
  'Errors are problem documents (RFC 9457) that say what to do. A method that a path does not support returns 405 with `Allow`. API Gateway responds in its own format: 413, 429, and 500 or 503 if Postrider did not respond.',
  'Lists are newest first. Pass the `next` of a page as `cursor` to read the following page.',
].join('\n\n');

const TAGS: Record<string, string> = {
  Events: 'Events from producers.',
  Endpoints: 'Where webhooks are sent: URL, subscriptions, retries, signing secret.',
  Deliveries: 'One event to one endpoint, with its attempts.',
  Jobs: 'Bulk replays in the background.',
  'Event types': 'The event type catalog: descriptions, versions, JSON Schemas.',
  'API keys': 'Who may call this API.',
  Sessions: 'Who is signed in to the portal or the console, in a browser.',
  Portal: 'What the pages for tenants look like.',
  Audit: 'Who changed what, and when.',
  'Unreadable messages': 'Messages with accepted events that nothing could process.',
  Service: 'Health, discovery, this document.',
};

/** Builds the OpenAPI 3.1 document of all operations. Its schemas are JSON Schema 2020-12, as zod writes it. */
export function createOpenApi(): Json {
  const paths = pathsOf();
  return {
    openapi: '3.1.0',
    info: {
      title: 'Postrider',
      version: VERSION,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The API that serves this document.' }],
    security: [{ apiKey: [] }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name, description: TAGS[name] })),
    paths,
    components: {
      securitySchemes,
      schemas: { ...schemasOf(requestSchemas, 'input'), ...schemasOf(responseSchemas, 'output'), ...problemSchemas },
      responses: responsesOf(paths),
    },
  };
}

const securitySchemes: Json = {
  apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, or the token of a session.' },
  // OpenAPI has no scheme for SigV4; this is API Gateway's notation.
  [SIGNATURE]: {
    type: 'apiKey',
    name: 'Authorization',
    in: 'header',
    'x-amazon-apigateway-authtype': 'awsSigv4',
    description: 'AWS Signature Version 4, service `execute-api`.',
  },
};

function pathsOf(): Record<string, Json> {
  const paths: Record<string, Json> = {};
  for (const one of operations)
    paths[one.path] = { ...paths[one.path], [one.method]: operationObject(one, operations) };
  return paths;
}

/** The shared responses that operations refer to. */
function responsesOf(paths: Json): Json {
  const text = JSON.stringify(paths);
  const used = Object.entries(sharedResponses()).filter(([id]) => text.includes(`"#/components/responses/${id}"`));
  return Object.fromEntries(used);
}
