import { verify as verifyGithub } from '@octokit/webhooks-methods';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import type { OutboundRequest } from '../../../core/deliveries/sender.ts';

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

/** Whether the profile's header is there and its library accepts it: by the newest secret, or by each. */
export async function keepsProfile(
  profile: string,
  secrets: readonly ReceiversSecret[],
  { headers, body }: Signed,
): Promise<boolean> {
  const texts = secrets.map(({ text }) => text);
  const [kind, name = 'Stripe-Signature'] = profile.split(':');
  switch (kind) {
    case 'github':
      return isByNewest(texts, body, headers['x-hub-signature-256']);
    case 'simple':
      return isByNewest(texts, body, headers['x-webhook-signature']);
    case 'stripe': {
      const header = headers[name] ?? '';
      return header.split(',v1=').length === texts.length + 1 && texts.every((text) => isStripes(body, header, text));
    }
    default:
      return true;
  }
}

/** The header holds one signature. */
async function isByNewest(
  [newest = '']: readonly string[],
  body: string,
  header: string | undefined,
): Promise<boolean> {
  return header !== undefined && verifyGithub(newest, body, header);
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
