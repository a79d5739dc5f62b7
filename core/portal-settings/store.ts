import type { AuditEntry, Audited } from '../audit/audit.ts';
import type { StoredPortalSettings } from './settings.ts';

/** The registry's one item of settings. The next write expects its `changeId`. */
export interface KeptPortalSettings extends Audited {
  /** Undefined if nobody has set anything. */
  settings: StoredPortalSettings | undefined;
}

/** The settings of the portal in the registry. Every write carries its audit entry; reads are strongly consistent. */
export interface PortalSettingsStore {
  find(): Promise<KeptPortalSettings>;
  /** Writes if the last change is `expected` (undefined: if there is none). @returns whether it was written. */
  put(settings: StoredPortalSettings, expected: string | undefined, entry: AuditEntry): Promise<boolean>;
}
