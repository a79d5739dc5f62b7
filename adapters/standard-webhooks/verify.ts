import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/**
 * Whether a webhook carries a signature of this secret, as receivers check it: by the library of Standard Webhooks, which also
 * refuses a timestamp more than five minutes away.
 */
export function isSigned(body: string, headers: Record<string, string | undefined>, secret: string): boolean {
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value ?? '']));
  try {
    new Webhook(secret).verify(body, given, { jsonParse: false });
    return true;
  } catch (fault) {
    if (fault instanceof WebhookVerificationError) return false;
    throw fault;
  }
}
