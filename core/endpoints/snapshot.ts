import { differences, type Snapshot } from '../audit/audit.ts';
import type { Endpoint } from './endpoint.ts';
import { settingsOf } from './input.ts';

const REDACTED = '[redacted]';
const REDACTED_CHANGED = '[redacted, changed]';

/** An endpoint as the audit trail shows it: no secret, of headers the names. */
export function endpointSnapshot(endpoint: Endpoint): Snapshot {
  return snapshotOf(endpoint, () => REDACTED);
}

/** What differs between two states of an endpoint; a header whose value is another says so. */
export function endpointChanges(before: Endpoint, after: Endpoint): { before: Snapshot; after: Snapshot } {
  const isOther = (name: string) => Object.hasOwn(before.headers, name) && before.headers[name] !== after.headers[name];
  const now = snapshotOf(after, (name) => (isOther(name) ? REDACTED_CHANGED : REDACTED));
  return differences(endpointSnapshot(before), now);
}

function snapshotOf(endpoint: Endpoint, redact: (header: string) => string): Snapshot {
  const headers = Object.fromEntries(Object.keys(endpoint.headers).map((name) => [name, redact(name)]));
  const { disabledReason, secretVersion } = endpoint;
  return { ...settingsOf(endpoint), headers, disabled_reason: disabledReason, secret_version: secretVersion };
}
