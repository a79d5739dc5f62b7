import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { letsThrough } from '../world/filters.ts';

interface Version {
  from: number;
  endpoint: Endpoint | undefined;
}

/** Whether patterns match a type: the checks say so in their own words. */
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

  /** Its index entries were written, by whatever became of that change. */
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

  /** Every state of it within a stretch of time, both ends included; undefined stands for none. */
  within(id: string, from: number, to: number): (Endpoint | undefined)[] {
    const versions = this.#versions.get(id);
    if (versions === undefined) return [undefined];
    return versions
      .filter((version, index) => version.from <= to && (versions[index + 1]?.from ?? Number.POSITIVE_INFINITY) >= from)
      .map(({ endpoint }) => endpoint);
  }

  /** The policy never changes: any version has it. */
  any(id: string): Endpoint | undefined {
    return this.#versions.get(id)?.find(({ endpoint }) => endpoint !== undefined)?.endpoint;
  }
}

/** Whether an endpoint, as it was, is to get an event. */
export function wants(
  endpoint: Endpoint | undefined,
  event: { tenant: string; type: string; acceptedAt: number; isBig: boolean },
): boolean {
  if (endpoint === undefined || endpoint.state === 'disabled' || endpoint.tenant !== event.tenant) return false;
  if (endpoint.createdAt > event.acceptedAt || !isSubscribed(endpoint.eventTypes, event.type)) return false;
  return letsThrough(endpoint.filter, event);
}

export { isSubscribed };
