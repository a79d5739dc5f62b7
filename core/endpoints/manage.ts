import type * as z from 'zod';
import { SYSTEM } from '../audit/audit.ts';
import { DAY_MS } from '../durations.ts';
import { newId } from '../ids.ts';
import { isObject } from '../json.ts';
import { tenantFor } from '../keys/authenticate.ts';
import { type ApiKey, actorOf } from '../keys/key.ts';
import { type InputFault, Problem } from '../problem.ts';
import { horizonSeconds, retryPolicy } from '../retry/policy.ts';
import { currentSeal } from '../secrets/vault.ts';
import type { Session } from '../sessions/session.ts';
import { ownScheme } from '../signing/scheme.ts';
import { newSecret } from '../signing/secret.ts';
import type { FilterEngine } from '../subscriptions/filter.ts';
import { DEFAULT_TENANT, refuseTenant } from '../tenant.ts';
import type { TenantStore } from '../tenants/store.ts';
import { faultsIn, UNKNOWN_FIELD } from '../validate.ts';
import { changeEndpoint, removeEndpoint, storeNewEndpoint, type Target } from './change.ts';
import type { EgressPolicy } from './egress-policy.ts';
import { type Endpoint, FIRST_VERSION, newEndpoint, shownSettings } from './endpoint.ts';
import { faultsOfHeaders, hasClearHeaders, headersAfter, headersSealed, NO_HEADERS } from './headers.ts';
import { type HealthStore, updateHealth, withHolding, withoutFailures } from './health.ts';
import { mergePatch } from './merge-patch.ts';
import { faultsOfSecret, faultsOfSigning, headerPortsOf, type SecretPorts } from './secrets.ts';
import {
  type EndpointSettings,
  type endpointInput,
  endpointSettings,
  fieldsOf,
  hasTwins,
  signingOf,
  TWINS,
} from './settings.ts';

export interface ManagePorts extends SecretPorts {
  egress: EgressPolicy;
  filters: FilterEngine;
  health: HealthStore;
  tenants: Pick<TenantStore, 'note'>;
  retentionMs: number;
}

/** A delivery must end well before its event expires, so that it can still be inspected and replayed. */
const RETENTION_RESERVE_MS = 7 * DAY_MS;

/**
 * Rules that a schema cannot check: where a URL leads, whether a filter parses, how long retries may last.
 * @param found faults of the secret, the profile and the headers.
 */
function refuseUnworkable(settings: EndpointSettings, found: readonly InputFault[], ports: ManagePorts): void {
  const faults = [...found];
  const url = ports.egress.checkUrl(settings.url);
  if (!url.ok) faults.push({ path: 'url', message: url.reason });
  const filterFault = settings.filter === null ? undefined : ports.filters.check(settings.filter);
  if (filterFault !== undefined) faults.push({ path: 'filter', message: filterFault });
  const horizonMax = (ports.retentionMs - RETENTION_RESERVE_MS) / 1000;
  if (horizonSeconds(settings.retry_policy) > horizonMax) {
    const days = Math.floor(horizonMax / 86_400);
    faults.push({
      path: 'retry_policy',
      message: `All attempts must fit into ${days} days: reduce attempts or delays.`,
    });
  }
  if (faults.length > 0)
    throw new Problem('invalid', 'The endpoint is not valid: correct the fields named in errors.', { faults });
}

/** Creates an endpoint. @returns it with its secret. */
export async function createEndpoint(
  input: z.output<typeof endpointInput>,
  key: ApiKey | Session,
  ports: ManagePorts,
): Promise<{ endpoint: Endpoint; secret: string }> {
  const { tenant: named, secret = newSecret(ports.random), ...settings } = input;
  const faults = [...faultsOfSecret(signingOf(settings), secret), ...faultsOfHeaders(NO_HEADERS, settings.headers)];
  refuseUnworkable(settings, faults, ports);
  const tenant = tenantFor(key, named, DEFAULT_TENANT);
  refuseTenant(tenant, []);
  const now = ports.clock();
  const id = newId('ep', now, ports.random);
  const seal = await currentSeal(ports.sealer);
  const sealed = seal(secret, { purpose: 'signing', tenant, endpointId: id, version: FIRST_VERSION });
  const unborn = { ...NO_HEADERS, tenant, id, version: FIRST_VERSION - 1 };
  const headers = await headersAfter(unborn, settings.headers, { opener: ports.opener, seal: async () => seal });
  const endpoint = newEndpoint({ id, tenant, settings, secret: sealed, headers }, now);
  if (endpoint.state === 'paused') await markHolding(id, ports);
  await ports.tenants.note({ name: tenant, createdAt: now });
  await storeNewEndpoint(endpoint, actorOf(key), ports);
  return { endpoint, secret };
}

/** Applies a JSON merge patch to an endpoint's settings. @throws Problem `invalid` naming the fields at fault. */
export async function patchEndpoint({ id, actor }: Target, patch: unknown, ports: ManagePorts): Promise<Endpoint> {
  const { after } = await changeEndpoint(
    id,
    (current) => applySettings(current, patched(current, patch), ports),
    ports,
    { actor, reindex: true },
  );
  return after;
}

/** Replaces all of an endpoint's settings: omitted ones take their defaults. */
export async function replaceEndpoint(
  { id, actor }: Target,
  settings: EndpointSettings,
  ports: ManagePorts,
): Promise<Endpoint> {
  const { after } = await changeEndpoint(id, (current) => applySettings(current, settings, ports), ports, {
    actor,
    reindex: true,
  });
  return after;
}

/** Seals header values that an earlier version stored in clear, which is no change that the audit trail shows. */
export async function sealStoredHeaders(endpoint: Endpoint, ports: SecretPorts): Promise<void> {
  if (!hasClearHeaders(endpoint)) return;
  const seal = async (current: Endpoint): Promise<Endpoint> =>
    hasClearHeaders(current) ? { ...current, ...(await headersSealed(current, headerPortsOf(ports))) } : current;
  await changeEndpoint(endpoint.id, seal, ports, { actor: SYSTEM });
}

/** The settings after a merge patch. A null for an unknown name is an error too. */
function patched(current: Endpoint, patch: unknown): EndpointSettings {
  const unknown = [
    ...unknownNames(patch, endpointSettings.shape).map((name) => ({ path: name, message: UNKNOWN_FIELD })),
    ...Object.entries({ retry_policy: retryPolicy.shape, signature: ownScheme.shape }).flatMap(([member, shape]) =>
      unknownNames(memberOf(patch, member), shape).map((name) => ({
        path: `${member}.${name}`,
        message: UNKNOWN_FIELD,
      })),
    ),
  ];
  const headers = memberOf(patch, 'headers');
  if (isObject(headers) && hasTwins(headers)) unknown.push({ path: 'headers', message: TWINS });
  const shown = shownSettings(current);
  const target = isObject(headers) ? { ...shown, headers: respelled(shown.headers, headers) } : shown;
  const merged = endpointSettings.safeParse(mergePatch(target, patch));
  if (merged.success && unknown.length === 0) return merged.data;
  const named = new Set(unknown.map(({ path }) => path));
  const others = (merged.error ? faultsIn(merged.error) : []).filter(({ path }) => !named.has(path));
  throw new Problem('invalid', 'The endpoint is not valid: correct the fields named in errors.', {
    faults: [...unknown, ...others],
  });
}

/** Headers in the spelling of a patch, so that it finds each in whatever case. */
function respelled(headers: Record<string, string>, patch: object): Record<string, string> {
  const spelling = new Map(Object.keys(patch).map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [spelling.get(name.toLowerCase()) ?? name, value]),
  );
}

function memberOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function unknownNames(value: unknown, shape: object): string[] {
  return isObject(value) ? Object.keys(value).filter((name) => !Object.hasOwn(shape, name)) : [];
}

async function applySettings(current: Endpoint, settings: EndpointSettings, ports: ManagePorts): Promise<Endpoint> {
  const faults = await faultsOfSigning(current, signingOf(settings), ports.opener);
  refuseUnworkable(settings, [...faults, ...faultsOfHeaders(current, settings.headers)], ports);
  const headers = await headersAfter(current, settings.headers, headerPortsOf(ports));
  if (settings.state === 'paused' && current.state !== 'paused') await markHolding(current.id, ports);
  // Tenants of endpoints from before version 0.2.0 were not noted.
  await ports.tenants.note({ name: current.tenant, createdAt: ports.clock() });
  const isReset = settings.url !== current.url || (current.state === 'disabled' && settings.state !== 'disabled');
  if (isReset) await updateHealth(ports.health, current.id, undefined, withoutFailures);
  const reason = current.state === 'disabled' ? (current.disabledReason ?? 'manual') : 'manual';
  return {
    ...current,
    ...fieldsOf(settings),
    ...headers,
    disabledReason: settings.state === 'disabled' ? reason : null,
    updatedAt: ports.clock(),
  };
}

/** Sets a new mark before deliveries are held: a release that is about to clear the old mark must not. */
async function markHolding(id: string, { health, clock, random }: ManagePorts): Promise<void> {
  const holdingId = newId('hold', clock(), random);
  await updateHealth(health, id, undefined, (current) => withHolding(current, holdingId));
}

/**
 * Deletes an endpoint. The mark lets the scheduled task discard held deliveries and remove the health and rate items.
 */
export async function deleteEndpoint({ id, actor }: Target, ports: ManagePorts): Promise<void> {
  await markHolding(id, ports);
  await removeEndpoint(id, actor, ports);
}
