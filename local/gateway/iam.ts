import { createHash } from 'node:crypto';
import { MINUTE_MS } from '../../core/durations.ts';
import type { Place } from '../assembly/identity.ts';

/** `requestContext.authorizer.iam` of payload format 2.0. */
export interface IamCaller {
  readonly accessKey: string;
  readonly accountId: string;
  readonly callerId: string;
  readonly cognitoIdentity: null;
  readonly principalOrgId: string;
  readonly userArn: string;
  readonly userId: string;
}

/** How far a signature's time may be from ours. Source: IAM user guide, "Elements of an AWS API request signature". */
const SKEW_MS = 5 * MINUTE_MS;

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^\s,/]{1,128})\/(\d{8})\/([^\s,/]+)\/([^\s,/]+)\/aws4_request, *SignedHeaders=([a-z0-9;-]+), *Signature=[0-9a-f]{64}$/;
const DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/**
 * The caller of a request on a route with IAM authorization: an invented user, named by the access key, or an invented
 * role if the key is one of temporary credentials (`ASIA…`). Undefined
 * where AWS would answer 403: no SigV4 header, or one for another service, region or day, with a time that is off by more
 * than five minutes, or that does not sign host and time. Signatures in the query are refused here.
 *
 * The signature itself cannot be checked: as on the port of the AWS services, any credentials are accepted.
 * @param rawHeaders alternating names and values, as received.
 */
export function iamCaller(
  rawHeaders: readonly string[],
  { accountId, region }: Pick<Place, 'accountId' | 'region'>,
  nowMs: number,
): IamCaller | undefined {
  const [, accessKey, day, signedRegion, service, signed = ''] =
    AUTHORIZATION.exec(onlyValue(rawHeaders, 'authorization')) ?? [];
  const date = onlyValue(rawHeaders, 'x-amz-date');
  if (accessKey === undefined || service !== 'execute-api' || signedRegion !== region) return undefined;
  if (!date.startsWith(`${day}T`) || !isNear(date, nowMs)) return undefined;
  const names = signed.split(';');
  if (!names.includes('host') || !names.includes('x-amz-date')) return undefined;
  return accessKey.startsWith('ASIA') ? madeUpRole(accessKey, accountId) : madeUpUser(accessKey, accountId);
}

/** A header's value; empty if it is missing or duplicated. */
function onlyValue(rawHeaders: readonly string[], wanted: string): string {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === wanted);
  return values.length === 1 ? (values[0] ?? '') : '';
}

function isNear(date: string, nowMs: number): boolean {
  if (!DATE.test(date)) return false;
  return Math.abs(Date.parse(date.replace(DATE, '$1-$2-$3T$4:$5:$6Z')) - nowMs) <= SKEW_MS;
}

/** The session of a role, as AWS names it. */
function madeUpRole(accessKey: string, accountId: string): IamCaller {
  const user = madeUpUser(accessKey, accountId);
  const callerId = `AROA${user.userId.slice(4)}:local`;
  const userArn = `arn:aws:sts::${accountId}:assumed-role/${accessKey}/local`;
  return { ...user, callerId, userArn, userId: callerId };
}

function madeUpUser(accessKey: string, accountId: string): IamCaller {
  const digest = createHash('sha256').update(accessKey).digest('hex').toUpperCase();
  const userId = `AIDA${digest.slice(0, 17)}`;
  return {
    accessKey,
    accountId,
    callerId: userId,
    cognitoIdentity: null,
    // Outside an organisation, AWS puts the name of the condition key here.
    principalOrgId: 'aws:PrincipalOrgID',
    userArn: `arn:aws:iam::${accountId}:user/${accessKey}`,
    userId,
  };
}
