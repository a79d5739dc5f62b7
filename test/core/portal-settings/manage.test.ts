import { beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM } from '../../../core/audit/audit.ts';
import { type PortalSettingsPorts, putPortalSettings } from '../../../core/portal-settings/manage.ts';
import { portalSettingsInput } from '../../../core/portal-settings/settings.ts';
import { MemoryAudit } from '../../fakes/audit.ts';
import { MemoryPortalSettings } from '../../fakes/portal-settings.ts';
import { START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';

let now: number;
let audit: MemoryAudit;
let portalSettings: MemoryPortalSettings;
let ports: PortalSettingsPorts;
beforeEach(() => {
  now = START;
  audit = new MemoryAudit();
  portalSettings = new MemoryPortalSettings(audit);
  ports = { portalSettings, audit, clock: () => now, random: seededRandom(3) };
});

const put = (input: object) => {
  now += 1;
  return putPortalSettings(portalSettingsInput.parse(input), SYSTEM, ports);
};
const changes = () => [...audit.entries.values(), ...audit.pendingEntries].map(({ before, after }) => [before, after]);

describe('a change of the settings', () => {
  it('replaces all of them', async () => {
    await put({ name: 'Acme', radius: 4 });
    expect(await put({ radius: 5 })).toMatchObject({ name: null, radius: 5, updatedAt: now });
    expect(portalSettings.settings).toMatchObject({ name: null, radius: 5 });
  });

  it('is audited with what differs, before and after, the logo by its hash', async () => {
    const logo = 'data:image/png;base64,iVBORw0KGgo=';
    await put({ name: 'Acme', logo });
    await put({ name: 'Acme', radius: 4 });
    const logo_sha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(changes()).toEqual([
      [
        { name: null, logo_sha256: null },
        { name: 'Acme', logo_sha256 },
      ],
      [
        { logo_sha256, radius: null },
        { logo_sha256: null, radius: 4 },
      ],
    ]);
    expect(JSON.stringify(changes())).not.toContain('iVBOR');
  });

  it('without effect writes nothing', async () => {
    const first = await put({ name: 'Acme' });
    expect(await put({ name: 'Acme' })).toEqual(first);
    expect(changes()).toHaveLength(1);
  });

  it('wins over one that was made meanwhile, and both are in the trail', async () => {
    const { put: write } = portalSettings;
    let isFirst = true;
    portalSettings.put = async (...given) => {
      if (isFirst) {
        isFirst = false;
        await put({ name: 'other' });
      }
      return write(...given);
    };
    expect(await put({ name: 'mine' })).toMatchObject({ name: 'mine' });
    expect(portalSettings.settings).toMatchObject({ name: 'mine' });
    expect(changes()).toEqual([
      [{ name: null }, { name: 'other' }],
      [{ name: 'other' }, { name: 'mine' }],
    ]);
  });

  it('is made and audited once if its answer was lost', async () => {
    const { put: write } = portalSettings;
    portalSettings.put = async (...given) => {
      await write(...given);
      return write(...given);
    };
    expect(await put({ name: 'Acme' })).toMatchObject({ name: 'Acme' });
    expect(changes()).toHaveLength(1);
  });

  it('is refused with a conflict if others keep winning', async () => {
    portalSettings.put = async () => false;
    await expect(put({ name: 'Acme' })).rejects.toMatchObject({ kind: 'conflict' });
  });
});
