import * as audit from './audit/operations.ts';
import * as deliveries from './deliveries/operations.ts';
import * as endpoints from './endpoints/operations.ts';
import * as eventTypes from './event-types/operations.ts';
import * as events from './events/operations.ts';
import * as filters from './filters/operations.ts';
import * as jobs from './jobs/operations.ts';
import * as keys from './keys/operations.ts';
import type { Operation } from './operation.ts';
import * as portalSettings from './portal-settings/operations.ts';
import * as service from './service/operations.ts';
import * as sessions from './sessions/operations.ts';
import * as stats from './stats/operations.ts';
import * as system from './system/operations.ts';
import * as tenants from './tenants/operations.ts';
import * as unreadable from './unreadable/operations.ts';

/** Every operation of the API, ordered by path. */
export const operations: Operation[] = [
  audit,
  eventTypes,
  events,
  endpoints,
  filters,
  deliveries,
  jobs,
  keys,
  sessions,
  portalSettings,
  stats,
  system,
  tenants,
  unreadable,
  service,
]
  .flatMap((group) => Object.values<Operation>(group))
  .sort((one, other) => (one.path < other.path ? -1 : 1));
