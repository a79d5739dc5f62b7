import { actorOf } from '../../../core/keys/key.ts';
import { putPortalSettings } from '../../../core/portal-settings/manage.ts';
import { Problem } from '../../../core/problem.ts';
import type { ApiPorts } from '../ports.ts';
import { type Route, route } from '../route.ts';
import * as operations from './operations.ts';
import { portalSettingsOnWire } from './schemas.ts';

/** The routes of the portal's settings, which all tenants share. */
export function portalSettingsRoutes(ports: ApiPorts): Route[] {
  return [
    route(operations.getPortalSettings, async () => {
      const { settings } = await ports.portalSettings.find();
      return { value: portalSettingsOnWire(settings) };
    }),

    route(operations.putPortalSettings, async ({ key, body }) => {
      if (key.tenant !== null) {
        throw new Problem('forbidden', 'The settings are shared by all tenants: use a key that is bound to none.');
      }
      return { value: portalSettingsOnWire(await putPortalSettings(body, actorOf(key), ports)) };
    }),
  ];
}
