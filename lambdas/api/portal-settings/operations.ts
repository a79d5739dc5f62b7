import { noBody, noQuery } from '../common-schemas.ts';
import { operation } from '../operation.ts';
import { portalSettingsAnswer, portalSettingsBody } from './schemas.ts';

const one = { path: '/v1/portal-settings', tag: 'Portal', query: noQuery } as const;

const inputExample = {
  name: 'Acme',
  logo: 'data:image/png;base64,iVBORw0KGgo=',
  brand_color: { light: '#3b5bdb', dark: '#8ea5ff' },
  radius: 8,
  theme: 'system',
  links: [{ label: 'Webhook guide', url: 'https://docs.example.com/webhooks' }],
  hidden_navigation: ['jobs'],
};
const example = { ...inputExample, updated_at: '2026-11-22T10:00:00.000Z' };

export const getPortalSettings = operation({
  ...one,
  name: 'getPortalSettings',
  method: 'get',
  role: 'any',
  summary: 'Read how the portal looks',
  description: 'The same for all tenants, and readable by every key.',
  body: noBody,
  bodyIs: 'none',
  success: { status: 200, description: 'The settings.', schema: portalSettingsAnswer, example },
});

export const putPortalSettings = operation({
  ...one,
  name: 'putPortalSettings',
  method: 'put',
  role: 'admin',
  summary: 'Set how the portal looks',
  description:
    'Replaces all settings: what is left out has its default. They concern all tenants: a key must be bound to none. Of two requests at once the later one wins.',
  body: portalSettingsBody,
  bodyIs: 'required',
  bodyExample: inputExample,
  success: { status: 200, description: 'The settings.', schema: portalSettingsAnswer, example },
  refusals: [
    {
      kind: 'conflict',
      detail: 'The settings are being changed concurrently: read them and try again.',
    },
    {
      kind: 'invalid',
      detail: 'The request body is not valid: correct the fields named in errors.',
      errors: [
        {
          path: 'brand_color.light',
          message: 'Its contrast with #ffffff is 2.41:1, and text needs 4.5:1: use a darker one.',
        },
      ],
    },
  ],
});
