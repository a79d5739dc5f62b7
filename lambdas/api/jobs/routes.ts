import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { countMatches } from '../../../core/jobs/count.ts';
import { cancelJob, listJobs, scopeOf, startJob, type WantedJob } from '../../../core/jobs/manage.ts';
import type { Caller } from '../../../core/keys/authenticate.ts';
import { actorOf } from '../../../core/keys/key.ts';
import { Problem } from '../../../core/problem.ts';
import { rangeOf } from '../common-schemas.ts';
import { listRoute } from '../list-route.ts';
import type { ApiPorts } from '../ports.ts';
import { type Answer, type Route, route } from '../route.ts';
import { listedTenant, maySee, visibleTo } from '../scope.ts';
import * as operations from './operations.ts';
import { jobOnWire } from './schemas.ts';

/** How long a dry run counts: the function has 15 s for all of a request. */
const COUNT_MS = 8_000;

/** The routes of background jobs. */
export function jobRoutes(ports: ApiPorts): Route[] {
  const find = async (key: Caller, id: string) => visibleTo(key, await ports.jobs.find(id), 'job');
  const endpointOf = async (id: string) => (await ports.endpoints.find(id))?.endpoint;
  /** An endpoint that a field of the body names. */
  const namedEndpoint = async (key: Caller, id: string): Promise<Endpoint> => {
    const endpoint = await endpointOf(id);
    if (endpoint === undefined || !maySee(key, endpoint.tenant)) throw unknownEndpoint();
    return ableToReceive(endpoint);
  };
  /** Starts a job, or only counts what it would do. */
  const startOrCount = async (
    wanted: WantedJob,
    names: { from: string; to: string },
    isDry: boolean,
  ): Promise<Answer> => {
    if (!isDry) return { value: jobOnWire(await startJob(wanted, names, ports)) };
    const now = ports.clock();
    const count = await countMatches(scopeOf(wanted, names, now), ports, () => ports.clock() - now < COUNT_MS);
    return { value: { dry_run: true, ...count }, dryRun: true };
  };
  const forEndpoint = async (
    kind: 'recover' | 'replay_missing',
    {
      key,
      id,
      body,
    }: { key: Caller; id: string; body: { since: string; until?: string | undefined; dry_run: boolean } },
  ) => {
    const { tenant } = ableToReceive(visibleTo(key, await endpointOf(id), 'endpoint'));
    const range = rangeOf({ from: body.since, to: body.until });
    const wanted = { actor: actorOf(key), kind, tenant, endpointId: id, eventType: null, ...range };
    return startOrCount(wanted, { from: 'since', to: 'until' }, body.dry_run);
  };

  return [
    route(operations.recoverEndpoint, (request) => forEndpoint('recover', request)),

    route(operations.replayMissing, (request) => forEndpoint('replay_missing', request)),

    route(operations.createRedrive, async ({ key, body }) => {
      const { endpoint_id: endpointId } = body;
      const endpoint = endpointId === undefined ? undefined : await namedEndpoint(key, endpointId);
      // Ids are unique across tenants: a given endpoint implies its tenant.
      const tenant = listedTenant(key, body.tenant ?? endpoint?.tenant);
      if (endpoint !== undefined && tenant !== null && endpoint.tenant !== tenant) throw unknownEndpoint();
      const wanted = {
        actor: actorOf(key),
        kind: 'redrive' as const,
        tenant: endpoint?.tenant ?? tenant,
        endpointId: endpointId ?? null,
        eventType: body.type ?? null,
        ...rangeOf(body),
      };
      return startOrCount(wanted, { from: 'from', to: 'to' }, body.dry_run);
    }),

    listRoute(operations.listJobs, async ({ key, query: { tenant: named, limit, cursor } }) => {
      const { items, next } = await listJobs({ tenant: listedTenant(key, named), limit, cursor }, ports);
      return { data: items.map(jobOnWire), next };
    }),

    route(operations.getJob, async ({ key, id }) => ({ value: jobOnWire(await find(key, id)) })),

    route(operations.cancelJob, async ({ key, id }) => ({
      value: jobOnWire(await cancelJob(await find(key, id), actorOf(key), ports)),
    })),
  ];
}

function ableToReceive(endpoint: Endpoint): Endpoint {
  if (endpoint.state !== 'disabled') return endpoint;
  throw new Problem('conflict', 'The endpoint is disabled: set its state to active first.');
}

function unknownEndpoint(): Problem {
  return new Problem('invalid', 'The body is not valid: correct the fields named in errors.', {
    faults: [{ path: 'endpoint_id', message: 'There is no endpoint with this id in this tenant.' }],
  });
}
