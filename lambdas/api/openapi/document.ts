import { VERSION } from '../../runtime/version.ts';
import { operations } from '../operations/all.ts';
import { answerSchemas, requestSchemas } from '../schemas/common.ts';
import { operationObject, SIGNATURE } from './operation-object.ts';
import { problemSchemas, sharedResponses } from './problems.ts';
import { type Json, schemasOf } from './schemas.ts';

const DESCRIPTION = [
  'Webhook delivery from your own AWS account.',
  'Every refusal by the product is a problem document (RFC 9457) that says what to do; a method that a path does not have is answered 405 with `allow`. API Gateway, before it, answers in its own format: 413, 429, and 500 or 503 where the product did not answer.',
  'Lists are newest first. `next` of a page is the `cursor` of the one after it.',
].join('\n\n');

const TAGS: Record<string, string> = {
  Events: 'What happened, as producers publish it.',
  Endpoints: 'Where events are POSTed: URL, subscriptions, retries, signing secret.',
  Deliveries: 'One event on its way to one endpoint, with every attempt.',
  Jobs: 'Sending again in bulk, in the background.',
  'Event types': 'The catalogue of what is published: descriptions, versions, JSON Schemas.',
  'API keys': 'Who may call this API.',
  Audit: 'Who changed what, and when.',
  Service: 'For machines: health, discovery, this document.',
};

/** Makes the OpenAPI 3.1 document of all operations: its schemas are JSON Schema 2020-12, as zod writes it. */
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
      schemas: { ...schemasOf(requestSchemas, 'input'), ...schemasOf(answerSchemas, 'output'), ...problemSchemas },
      responses: responsesOf(paths),
    },
  };
}

const securitySchemes: Json = {
  apiKey: { type: 'http', scheme: 'bearer', description: 'An API key.' },
  // OpenAPI has no word for SigV4; this is how API Gateway writes it.
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

/** The shared responses that some operation points to. */
function responsesOf(paths: Json): Json {
  const text = JSON.stringify(paths);
  const used = Object.entries(sharedResponses()).filter(([id]) => text.includes(`"#/components/responses/${id}"`));
  return Object.fromEntries(used);
}
