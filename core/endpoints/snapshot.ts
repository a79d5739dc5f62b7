import { differences, type Snapshot } from '../audit/audit.ts';
import type { Endpoint } from './endpoint.ts';
import { settingsOf } from './settings.ts';

const REDACTED = '[redacted]';
const REDACTED_CHANGED = '[redacted, changed]';

/** An endpoint as the audit trail shows it: without its secret, and only the names of headers. */
export function endpointSnapshot(endpoint: Endpoint): Snapshot {
  return snapshotOf(endpoint, () => REDACTED);
}

/** The differences between two states of an endpoint; a header whose value changed is marked as such. */
export function endpointChanges(before: Endpoint, after: Endpoint): { before: Snapshot; after: Snapshot } {
  const isChanged = (name: string) =>
    Object.hasOwn(before.headers, name) && before.headers[name] !== after.headers[name];
  const now = snapshotOf(after, (name) => (isChanged(name) ? REDACTED_CHANGED : REDACTED));
  return differences(endpointSnapshot(before), now);
}

function snapshotOf(endpoint: Endpoint, redact: (header: string) => string): Snapshot {
  const headers = Object.fromEntries(Object.keys(endpoint.headers).map((name) => [name, redact(name)]));
  const { disabledReason, secretVersion } = endpoint;
  return { ...settingsOf(endpoint), headers, disabled_reason: disabledReason, secret_version: secretVersion };
}
