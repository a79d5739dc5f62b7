import type { AdminKey } from './admin-key.ts';
import type { Outputs } from './outputs.ts';

/** Printed once a local run accepts events: the URLs, the key, and two requests to paste. */
export function greeting(what: { seconds: number; outputs: Outputs; dataDir: string; adminKey: AdminKey }): string {
  const { seconds, outputs, dataDir, adminKey } = what;
  const key = adminKey.isNew ? `${adminKey.key} (new, saved in ${dataDir}/admin-key)` : `in ${dataDir}/admin-key`;
  return `
Postrider is ready (${seconds.toFixed(1)} s).

  API        ${outputs.ApiUrl}
  AWS        ${outputs.AwsEndpointUrl} (any credentials, region us-east-1)
  outputs    ${dataDir}/outputs.json
  admin key  ${key}

In another terminal, start an endpoint: npm run receiver
Subscribe it and publish an event:

  export KEY="$(cat '${dataDir}/admin-key')"
  curl -s ${outputs.ApiUrl}/v1/endpoints -H "authorization: Bearer $KEY" -H 'content-type: application/json' \\
    -d '{"url":"http://127.0.0.1:4300/","event_types":["order.*"]}'
  curl -s ${outputs.ApiUrl}/v1/events -H "authorization: Bearer $KEY" -H 'content-type: application/json' \\
    -d '{"type":"order.created","data":{"order_id":"ord_1"}}'

Stop with Ctrl-C: work in progress gets up to five seconds to finish, and everything accepted stays in ${dataDir}.
`;
}
