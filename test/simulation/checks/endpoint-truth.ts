import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { passesFilter } from '../world/filters.ts';

interface Version {
  from: number;
  endpoint: Endpoint | undefined;
}

/** Whether patterns match a type; implemented independently of the product. */
function isSubscribed(patterns: readonly string[], type: string): boolean {
  return patterns.some((pattern) => {
    if (pattern === '*') return !type.startsWith('postrider.');
    return pattern.endsWith('.*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
  });
}

/** Every state that an endpoint was in, and when. */
export class EndpointTruth {
  readonly #versions = new Map<string, Version[]>();
  readonly #touchedAt = new Map<string, number>();

  note(id: string, endpoint: Endpoint | undefined, now: number): void {
    const versions = this.#versions.get(id) ?? [];
    versions.push({ from: now, endpoint: endpoint && structuredClone(endpoint) });
    this.#versions.set(id, versions);
  }

  /** Its index entries were written, whether or not the change completed. */
  touch(id: string, now: number): void {
    this.#touchedAt.set(id, now);
  }

  /** Whether its index entries may have been written since then. */
  wasTouched(id: string, since: number): boolean {
    const at = this.#touchedAt.get(id);
    return at !== undefined && at >= since;
  }

  ids(): Iterable<string> {
    return this.#versions.keys();
  }

  now(id: string): Endpoint | undefined {
    return this.#versions.get(id)?.at(-1)?.endpoint;
  }

  /** Every state of it within a period, both ends included; undefined means that it did not exist. */
  within(id: string, from: number, to: number): (Endpoint | undefined)[] {
    const versions = this.#versions.get(id);
    if (versions === undefined) return [undefined];
    return versions
      .filter((version, index) => version.from <= to && (versions[index + 1]?.from ?? Number.POSITIVE_INFINITY) >= from)
      .map(({ endpoint }) => endpoint);
  }

  /** Any version; enough to read the policy, which never changes. */
  any(id: string): Endpoint | undefined {
    return this.#versions.get(id)?.find(({ endpoint }) => endpoint !== undefined)?.endpoint;
  }
}

/** Whether an endpoint in this state should get an event. */
export function isMatch(
  endpoint: Endpoint | undefined,
  event: { tenant: string; type: string; acceptedAt: number; isBig: boolean },
): boolean {
  if (endpoint === undefined || endpoint.state === 'disabled' || endpoint.tenant !== event.tenant) return false;
  if (endpoint.createdAt > event.acceptedAt || !isSubscribed(endpoint.eventTypes, event.type)) return false;
  return passesFilter(endpoint.filter, event);
}

export { isSubscribed };
