import type { Authenticate, TenantBinding } from '../../core/keys/authenticate.ts';
import { Problem } from '../../core/problem.ts';
import type { HttpRequest } from '../runtime/http.ts';
import { IAM_PUBLISH_PATH } from './config.ts';

const IAM_ROUTE = `POST ${IAM_PUBLISH_PATH}`;

export interface Caller {
  caller: TenantBinding;
  /** Undefined where an API key let the caller in. */
  principalArn?: string;
}

/**
 * Who publishes. On the route of IAM it is whoever API Gateway names, bound to no tenant; on any other it is who holds
 * the API key, whatever else the event says.
 * @throws Problem `unauthenticated` or `forbidden`.
 */
export async function callerOf(
  { routeKey, principalArn: lookUp, headers }: Pick<HttpRequest, 'routeKey' | 'principalArn' | 'headers'>,
  authenticate: Authenticate,
): Promise<Caller> {
  if (routeKey !== IAM_ROUTE) return { caller: await authenticate(headers.authorization, 'producer') };
  const principalArn = lookUp();
  // The gateway refuses before us. Should its route ever lose its authorization, nobody is let in.
  if (principalArn === undefined) {
    throw new Problem('unauthenticated', 'This route is for requests that are signed with AWS credentials (SigV4).');
  }
  return { caller: { tenant: null }, principalArn };
}
