import type { Authenticate, TenantBinding } from '../../core/keys/authenticate.ts';
import { Problem } from '../../core/problem.ts';
import type { HttpRequest } from '../runtime/http.ts';
import { IAM_PUBLISH_PATH } from './config.ts';

const IAM_ROUTE = `POST ${IAM_PUBLISH_PATH}`;

export interface Caller {
  caller: TenantBinding;
  /** Of the API key; undefined for a caller with a role. */
  keyId?: string;
  /** Undefined for a caller with an API key. */
  principalArn?: string;
}

/**
 * Identifies the publisher. On the IAM route it is the caller that API Gateway names, bound to no tenant; on any other
 * route it is the holder of the API key, whatever else the event says.
 * @throws Problem `unauthenticated` or `forbidden`.
 */
export async function callerOf(
  { routeKey, principalArn: lookUp, headers }: Pick<HttpRequest, 'routeKey' | 'principalArn' | 'headers'>,
  authenticate: Authenticate,
): Promise<Caller> {
  if (routeKey !== IAM_ROUTE) {
    const key = await authenticate(headers.authorization, 'producer');
    return { caller: key, keyId: key.id };
  }
  const principalArn = lookUp();
  // API Gateway rejects unsigned requests. If its route ever loses the authorization, this rejects all of them.
  if (principalArn === undefined) {
    throw new Problem('unauthenticated', 'This route requires requests signed with AWS credentials (SigV4).');
  }
  return { caller: { tenant: null }, principalArn };
}
