import {
  type Actor,
  type AuditTrail,
  auditEntry,
  differences,
  flushPendingEntry,
  type Snapshot,
} from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import { compareAndSet, USER_TRIES } from '../compare-and-set.ts';
import { contentHash } from '../event-types/event-type.ts';
import { Problem } from '../problem.ts';
import type { Random } from '../random.ts';
import { DEFAULT_SETTINGS, type PortalSettings, type StoredPortalSettings } from './settings.ts';
import type { PortalSettingsStore } from './store.ts';

export interface PortalSettingsPorts {
  portalSettings: PortalSettingsStore;
  audit: AuditTrail;
  clock: Clock;
  random: Random;
}

/** The object of their audit entries. Event types have no such name: it is reserved. */
export const PORTAL_SETTINGS = 'postrider.portal_settings';

/**
 * Replaces the settings as a whole: of two who do so at once, the later one wins, and both are in the audit trail.
 * @throws Problem `conflict` when concurrent changes keep winning.
 */
export async function putPortalSettings(
  settings: PortalSettings,
  actor: Actor,
  ports: PortalSettingsPorts,
): Promise<StoredPortalSettings> {
  const { portalSettings, audit, clock } = ports;
  const read = () => portalSettings.find();
  return compareAndSet({
    ...{ known: await read(), read, tries: USER_TRIES, exhausted: busy },
    change: (kept) => {
      const change = differences(snapshot(kept.settings ?? DEFAULT_SETTINGS), snapshot(settings));
      const isSame = Object.keys(change.after).length === 0;
      if (kept.settings !== undefined && isSame) return { result: kept.settings };
      const after = { ...settings, updatedAt: clock() };
      const what = { actor, action: 'portal_settings.updated', object: PORTAL_SETTINGS, tenant: null };
      const entry = auditEntry({ ...what, ...change }, ports);
      return {
        result: after,
        async write() {
          await flushPendingEntry(kept, audit);
          return portalSettings.put(after, kept.changeId, entry);
        },
        // A lost answer of this very write.
        ours: (now) => (now.changeId === entry.id ? now.settings : undefined),
      };
    },
  });
}

function busy(): Problem {
  return new Problem('conflict', 'The settings are being changed concurrently: read them and try again.');
}

/** As the audit trail shows them: the logo by its SHA-256, since an entry is part of the item and must stay small. */
function snapshot(settings: PortalSettings): Snapshot {
  const { name, logo, brand_color, radius, theme, links, hidden_navigation } = settings;
  const logoHash = logo === null ? null : contentHash(logo);
  return { name, logo_sha256: logoHash, brand_color, radius, theme, links, hidden_navigation };
}
