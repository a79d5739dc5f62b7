import { type AuditEntry, differences, type Snapshot } from '../audit/audit.ts';
import { type Endpoint, shownSettings } from './endpoint.ts';
import { headerNames } from './headers.ts';
import { shownChangedUrl, shownUrl } from './shown-url.ts';

const REDACTED = '[redacted]';
const REDACTED_CHANGED = '[redacted, changed]';

/** An endpoint as the audit trail shows it: without its secret, only the names of headers, and of its URL the host. */
export function endpointSnapshot(endpoint: Endpoint): Snapshot {
  return snapshotOf(endpoint, () => REDACTED);
}

/** The differences between two states of an endpoint; a URL or a header's value that changed unseen is marked as such. */
export function endpointChanges(before: Endpoint, after: Endpoint): { before: Snapshot; after: Snapshot } {
  const former = new Set(Object.keys(headerNames(before)).map((name) => name.toLowerCase()));
  const present = headerNames(after);
  const isChanged = (name: string) => {
    const since = present[name];
    if (!former.has(name.toLowerCase())) return false;
    return since === null ? before.headers[name] !== after.headers[name] : since === after.version;
  };
  const now = snapshotOf(after, (name) => (isChanged(name) ? REDACTED_CHANGED : REDACTED));
  return differences(endpointSnapshot(before), { ...now, url: shownChangedUrl(before.url, after.url) });
}

function snapshotOf(endpoint: Endpoint, redact: (header: string) => string): Snapshot {
  const headers = Object.fromEntries(Object.keys(headerNames(endpoint)).map((name) => [name, redact(name)]));
  const { disabledReason, secretVersion } = endpoint;
  const url = shownUrl(endpoint.url);
  return { ...shownSettings(endpoint), url, headers, disabled_reason: disabledReason, secret_version: secretVersion };
}

/** An entry about an endpoint as it may be shown: earlier versions kept the whole URL. */
export function withShownUrl(entry: AuditEntry): AuditEntry {
  if (!entry.object.startsWith('ep_')) return entry;
  const cut = (snapshot: Snapshot | null) =>
    typeof snapshot?.url === 'string' ? { ...snapshot, url: shownUrl(snapshot.url) } : snapshot;
  return { ...entry, before: cut(entry.before), after: cut(entry.after) };
}
