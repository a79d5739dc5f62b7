import type { Operation } from '../operation.ts';
import * as audit from './audit.ts';
import * as deliveries from './deliveries.ts';
import * as endpoints from './endpoints.ts';
import * as eventTypes from './event-types.ts';
import * as events from './events.ts';
import * as jobs from './jobs.ts';
import * as keys from './keys.ts';
import * as service from './service.ts';
import * as stats from './stats.ts';

/** Every operation of the API, ordered by path. */
export const operations: Operation[] = [audit, eventTypes, events, endpoints, deliveries, jobs, keys, stats, service]
  .flatMap((group) => Object.values<Operation>(group))
  .sort((one, other) => (one.path < other.path ? -1 : 1));
