import { expect, test } from 'vitest';
import { auditEntry, SYSTEM } from '../../../core/audit/audit.ts';
import { DEFAULT_SETTINGS, type StoredPortalSettings } from '../../../core/portal-settings/settings.ts';
import { START } from '../../support/delivery-world.ts';
import { random } from './samples.ts';
import type { StoreWorld } from './world.ts';

const settings = (changes: Partial<StoredPortalSettings> = {}): StoredPortalSettings => ({
  ...DEFAULT_SETTINGS,
  updatedAt: START,
  ...changes,
});
const anEntry = () => {
  const what = { actor: SYSTEM, action: 'portal_settings.updated', object: 'postrider.portal_settings', tenant: null };
  return auditEntry(what, { clock: () => START, random });
};

export function portalSettingsRules(given: () => StoreWorld): void {
  test('settings are absent until they are written, and read back as written, with the entry of the change', async () => {
    const { portalSettings } = given();
    expect((await portalSettings.find()).settings).toBeUndefined();
    const full = settings({
      ...{
        name: 'Acme 🚀',
        logo: 'data:,',
        brand_color: { light: '#000000', dark: '#ffffff' },
        radius: 0,
        theme: 'dark',
      },
      ...{ links: [{ label: 'Help', url: 'https://example.com/' }], hidden_navigation: ['jobs'] },
    });
    const entry = anEntry();
    expect(await portalSettings.put(full, undefined, entry)).toBe(true);
    expect(await portalSettings.find()).toEqual({ settings: full, pendingEntry: entry, changeId: entry.id });
  });

  test('one of the writers that read the same change wins', async () => {
    const { portalSettings } = given();
    const first = anEntry();
    expect(await portalSettings.put(settings(), undefined, first)).toBe(true);
    expect(await portalSettings.put(settings({ radius: 1 }), undefined, anEntry())).toBe(false);
    const writes = [1, 2, 3, 4].map((radius) => portalSettings.put(settings({ radius }), first.id, anEntry()));
    expect((await Promise.all(writes)).filter(Boolean)).toHaveLength(1);
  });

  test('their pending entry is listed, and gone once it is removed, while the settings stay', async () => {
    const { portalSettings, audit } = given();
    const entry = anEntry();
    await portalSettings.put(settings({ name: 'Acme' }), undefined, entry);
    const { found } = await audit.list({ from: null, to: null }, null, 10);
    expect(found.map(({ item }) => item.entry)).toEqual([entry]);
    for (const { item } of found) await item.remove();
    expect(await portalSettings.find()).toMatchObject({ settings: { name: 'Acme' }, changeId: entry.id });
    expect((await portalSettings.find()).pendingEntry).toBeUndefined();
  });
}
