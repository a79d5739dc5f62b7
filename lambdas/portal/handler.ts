import { join } from 'node:path';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { readEnv } from '../runtime/env.ts';
import { portalEnv, SITE_FOLDER } from './config.ts';
import { openFolder } from './folder.ts';
import { createSite } from './site.ts';

// Once per cold start.
const answer = createSite(openFolder(join(import.meta.dirname, SITE_FOLDER)), readEnv(portalEnv).PORTAL_ORIGINS);

// Called by AWS, once per request. It may do nothing but answer, so nothing is wrapped around it: API Gateway's log has each request.
export const handler = async (event: Pick<APIGatewayProxyEventV2, 'rawPath' | 'headers'>) => answer(event);
