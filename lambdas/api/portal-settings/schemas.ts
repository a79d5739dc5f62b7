import * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import {
  DEFAULT_SETTINGS,
  HIDEABLE_PAGES,
  portalSettingsInput,
  type StoredPortalSettings,
  THEMES,
} from '../../../core/portal-settings/settings.ts';
import { requestSchemas, responseSchemas, time } from '../common-schemas.ts';

export const portalSettingsBody = portalSettingsInput.register(requestSchemas, { id: 'PortalSettingsInput' });

export const portalSettingsAnswer = z
  .object({
    name: z.string().nullable(),
    logo: z.string().nullable().meta({ description: 'A data URI.' }),
    brand_color: z.object({ light: z.string(), dark: z.string() }).nullable(),
    radius: z.int().nullable(),
    theme: z.enum(THEMES),
    links: z.array(z.object({ label: z.string(), url: z.string() })),
    hidden_navigation: z.array(z.enum(HIDEABLE_PAGES)),
    updated_at: time.nullable().meta({ description: 'Null while nobody has set anything.' }),
  })
  .register(responseSchemas, { id: 'PortalSettings' });

/** The settings in the API's format. */
export function portalSettingsOnWire(stored: StoredPortalSettings | undefined): z.output<typeof portalSettingsAnswer> {
  const { name, logo, brand_color, radius, theme, links, hidden_navigation } = stored ?? DEFAULT_SETTINGS;
  const updated_at = stored === undefined ? null : isoTime(stored.updatedAt);
  return { name, logo, brand_color, radius, theme, links, hidden_navigation, updated_at };
}
