import { randomUUID } from 'node:crypto';
import { notLocal } from './aws-error.ts';
import type { AwsReply, AwsRequest } from './exchange.ts';
import { xmlElement } from './xml.ts';

/** STS GetCallerIdentity: every credential belongs to the root of the local account. */
export function answerSts({ body }: AwsRequest, accountId: string): AwsReply {
  const operation = new URLSearchParams(body.toString('utf8')).get('Action') ?? 'a request without Action';
  if (operation !== 'GetCallerIdentity') throw notLocal('STS', operation);
  const identity = [
    xmlElement('Arn', `arn:aws:iam::${accountId}:root`),
    xmlElement('UserId', accountId),
    xmlElement('Account', accountId),
  ].join('');
  const requestId = xmlElement('RequestId', randomUUID());
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body:
      '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">' +
      `<GetCallerIdentityResult>${identity}</GetCallerIdentityResult>` +
      `<ResponseMetadata>${requestId}</ResponseMetadata></GetCallerIdentityResponse>`,
  };
}
