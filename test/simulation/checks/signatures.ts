import { verify as verifyGithub } from '@octokit/webhooks-methods';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import type { OutboundRequest } from '../../../core/deliveries/sender.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';

/** A secret as its receiver has it, for the libraries that receivers use instead of our own code. */
export interface ReceiversSecret {
  text: string;
  standard: Webhook;
}

/** A secret from the text that the receiver was shown. */
export function receiversSecret(text: string): ReceiversSecret {
  const isStandard = text.startsWith('whsec_');
  return { text, standard: isStandard ? new Webhook(text) : new Webhook(Buffer.from(text), { format: 'raw' }) };
}

type Signed = Pick<OutboundRequest, 'headers' | 'body'>;

/** Whether `webhook-signature` is by exactly these secrets. */
export function isSignedBy(secrets: readonly ReceiversSecret[], { headers, body }: Signed): boolean {
  const at = new Date(Number(headers['webhook-timestamp']) * 1_000);
  const wanted = secrets.map(({ standard }) => standard.sign(headers['webhook-id'] ?? '', at, body));
  return headers['webhook-signature'] === wanted.join(' ');
}

/** Whether the header of its profile, or of its own signature, is there and its library accepts it: by the oldest secret, or each. */
export async function keepsSignature(
  { signatureProfile, signature }: Pick<Endpoint, 'signatureProfile' | 'signature'>,
  secrets: readonly ReceiversSecret[],
  { headers, body }: Signed,
): Promise<boolean> {
  const texts = secrets.map(({ text }) => text);
  const oldest = texts.at(-1) ?? '';
  if (signature !== null) return isStripes(body, headers[signature.header] ?? '', oldest);
  const [kind, name = 'Stripe-Signature'] = signatureProfile.split(':');
  switch (kind) {
    case 'github':
      return verifyGithub(oldest, body, headers['x-hub-signature-256'] ?? '');
    case 'simple':
      return verifyGithub(oldest, body, headers['x-webhook-signature'] ?? '');
    case 'stripe': {
      const header = headers[name] ?? '';
      return header.split(',v1=').length === texts.length + 1 && texts.every((text) => isStripes(body, header, text));
    }
    case 'svix': {
      const at = new Date(Number(headers['svix-timestamp']) * 1_000);
      const made = texts.map((text) => new SvixWebhook(text).sign(headers['svix-id'] ?? '', at, body));
      return headers['svix-signature'] === made.join(' ');
    }
    default:
      return true;
  }
}

function isStripes(body: string, header: string, secret: string): boolean {
  try {
    // A tolerance of 0 disables its time check, which does not use the simulation's clock.
    return Stripe.webhooks.signature?.verifyHeader(body, header, secret, 0) === true;
  } catch (fault) {
    if (fault instanceof Stripe.errors.StripeSignatureVerificationError) return false;
    throw fault;
  }
}
