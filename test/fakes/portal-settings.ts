import { PORTAL_SETTINGS } from '../../core/portal-settings/manage.ts';
import type { StoredPortalSettings } from '../../core/portal-settings/settings.ts';
import type { PortalSettingsStore } from '../../core/portal-settings/store.ts';
import { MemoryAudit } from './audit.ts';

/** The settings of the portal in memory: compare and set is exact, and values are always copied. */
export class MemoryPortalSettings implements PortalSettingsStore {
  settings: StoredPortalSettings | undefined;
  readonly audit: MemoryAudit;

  /** @param audit keeps the pending entry. */
  constructor(audit = new MemoryAudit()) {
    this.audit = audit;
  }

  find: PortalSettingsStore['find'] = async () =>
    structuredClone({ settings: this.settings, ...this.audit.of(PORTAL_SETTINGS) });

  put: PortalSettingsStore['put'] = async (settings, expected, entry) => {
    if (this.audit.of(PORTAL_SETTINGS).changeId !== expected) return false;
    this.audit.wrote(PORTAL_SETTINGS, entry);
    this.settings = structuredClone(settings);
    return true;
  };
}
