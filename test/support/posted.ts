import { webhookRequest } from '../../core/deliveries/webhook.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { LivingSecrets } from '../../core/signing/sign.ts';
import { aMessage, anEndpoint } from './delivery-world.ts';
import type { Posted } from './verifiers.ts';

/** The POST of an event to an endpoint that signs so, sent now, because receivers' libraries check the time. */
export function posted(
  signing: string | Pick<Endpoint, 'signature' | 'standardHeaders'>,
  secrets: LivingSecrets,
  body = '{"a":1}',
): Posted {
  return webhookRequest({
    message: aMessage(),
    attempt: 1,
    endpoint: anEndpoint(typeof signing === 'string' ? { signatureProfile: signing } : signing),
    body,
    headers: {},
    secrets,
    nowMs: Date.now(),
    spanId: '0'.repeat(16),
    userAgent: 'Postrider/test',
  });
}
