import { SET } from '../../../core/endpoints/headers.ts';
import { endpointSettings } from '../../../core/endpoints/settings.ts';
import { shownUrl } from '../../../core/endpoints/shown-url.ts';
import { ENDPOINT_ID } from '../deliveries/examples.ts';

/** The settings in a request that creates or replaces an endpoint. */
export const endpointSettingsExample = {
  url: 'https://hooks.example.com/postrider',
  description: 'Billing',
  event_types: ['order.*', 'invoice.paid'],
  filter: 'data.amount > `100`',
  headers: { 'x-team': 'billing' },
  retry_policy: { max_attempts: 5, retry_on: 'transient' },
  timeout_seconds: 10,
};

export const endpointExample = {
  id: ENDPOINT_ID,
  tenant: 'acme',
  ...endpointSettings.parse({ ...endpointSettingsExample, headers: { 'x-team': SET } }),
  disabled_reason: null,
  health: { circuit: 'closed', consecutive_failures: 0, next_probe_at: null },
  created_at: '2026-11-22T09:58:00.016Z',
  updated_at: '2026-11-22T09:58:00.016Z',
};

export const listedEndpointExample = { ...endpointExample, url: shownUrl(endpointExample.url) };

export const headersExample = { headers: endpointSettingsExample.headers };

// Not a real secret: the key is the text "an example, not a secret of use".
export const SECRET = 'whsec_YW4gZXhhbXBsZSwgbm90IGEgc2VjcmV0IG9mIHVzZQ==';

export const secretExample = {
  secret: SECRET,
  previous: [{ expires_at: '2026-11-23T10:00:00.000Z', signs: ['webhook-signature'] }],
  newest_alone_at: '2026-11-23T10:00:00.000Z',
};
