import { verify as verifyGithub } from '@octokit/webhooks-methods';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';

/** A webhook as sent. */
export interface Posted {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Whether a library that receivers use accepts a webhook, given the secret as the API shows it. */
export type Verifier = (secret: string, posted: Posted) => Promise<boolean>;

const headerOf = ({ headers }: Posted, name: string) => new Headers(headers).get(name) ?? '';

async function accepts(verify: () => unknown, refusal: new (...details: never[]) => Error): Promise<boolean> {
  try {
    verify();
    return true;
  } catch (fault) {
    if (fault instanceof refusal) return false;
    throw fault;
  }
}

export const byStandardWebhooks: Verifier = (secret, { body, headers }) =>
  accepts(() => new Webhook(secret).verify(body, { ...headers }), WebhookVerificationError);

/** The same library, with the secret as a raw key. */
export const byRawStandardWebhooks: Verifier = (secret, { body, headers }) =>
  accepts(
    () => new Webhook(Buffer.from(secret), { format: 'raw' }).verify(body, { ...headers }),
    WebhookVerificationError,
  );

export const bySvix: Verifier = (secret, { body, headers }) =>
  accepts(() => new SvixWebhook(secret).verify(body, { ...headers }), WebhookVerificationError);

/** By `svix-id`, `svix-timestamp` and `svix-signature` alone. */
export const byOwnHeadersOfSvix: Verifier = (secret, { body, headers }) =>
  bySvix(secret, {
    body,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('svix-'))),
  });

export const byOctokit: Verifier = (secret, posted) =>
  verifyGithub(secret, posted.body, headerOf(posted, 'x-hub-signature-256'));

/** `simple` is GitHub's convention with another header name. */
export const bySimple: Verifier = (secret, posted) =>
  verifyGithub(secret, posted.body, headerOf(posted, 'x-webhook-signature'));

export const byStripe: Verifier = (secret, posted) =>
  accepts(
    () => Stripe.webhooks.constructEvent(posted.body, headerOf(posted, 'stripe-signature'), secret),
    Stripe.errors.StripeSignatureVerificationError,
  );
