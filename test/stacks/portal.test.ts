import { describe, expect, it } from 'vitest';
import { stageOf } from '../../lib/stage-settings.ts';
import { allowed, resources, synthesise } from './synthesised.ts';

const prod = synthesise('prod');

const originsOf = (synthesised: ReturnType<typeof synthesise>) =>
  resources('AWS::Lambda::Function', synthesised.api).find(({ id }) => id.startsWith('Portal'))?.properties.Environment
    .Variables.PORTAL_ORIGINS;

describe('the portal', () => {
  it('is served by a function that may write its own log and nothing else', () => {
    const grants = allowed(prod.api, 'Portal');

    expect(grants.map(({ action }) => action).toSorted()).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    for (const { resource } of grants) expect(resource).toMatch(/PortalLogs/);
  });

  it('may be invoked by each of its routes, by name', () => {
    const paths = resources('AWS::Lambda::Permission', prod.api)
      .filter(({ id }) => id.includes('Portal'))
      .map(({ properties }) => /"(\/[^"]*)"\]\]/.exec(JSON.stringify(properties.SourceArn))?.[1]);

    expect(paths.toSorted()).toEqual(['/*/*/portal', '/*/*/portal/{proxy+}']);
  });

  it('has no route key that ends in a slash, which the gateway refuses', () => {
    const keys = resources('AWS::ApiGatewayV2::Route', prod.api).map(({ properties }) => properties.RouteKey);

    expect(keys).toEqual(expect.arrayContaining(['GET /portal', 'GET /portal/{proxy+}']));
    for (const key of keys) expect(key).not.toMatch(/\/$/);
  });

  it('may be framed by no page, unless the deployment names its origin', () => {
    const named = { POSTRIDER_PORTAL_ORIGINS: 'https://app.example.com, http://localhost:3000' };

    expect(originsOf(prod)).toBe('');
    expect(originsOf(synthesise('prod', stageOf('prod', named)))).toBe('https://app.example.com,http://localhost:3000');
  });

  it.each([
    'https://app.example.com/',
    'https://*.example.com',
    "https://a.example; script-src 'unsafe-inline'",
    'app.example.com',
    '*',
    '',
  ])('refuses %j as an origin', (origin) => {
    expect(() => stageOf('prod', { POSTRIDER_PORTAL_ORIGINS: origin })).toThrow(
      'POSTRIDER_PORTAL_ORIGINS must be origins',
    );
  });
});
