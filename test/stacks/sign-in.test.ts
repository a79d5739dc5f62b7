import { describe, expect, it } from 'vitest';
import { operations } from '../../lambdas/api/operations.ts';
import { stages } from '../../lib/stage.ts';
import { stageOf } from '../../lib/stage-settings.ts';
import { allowed, resources, type Synthesised, synthesise } from './synthesised.ts';

const VIEWERS = 'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Support_1a2b';
const ADMINS = 'arn:aws:iam::123456789012:role/on-call';
const settings = { POSTRIDER_VIEWER_ROLES: `${VIEWERS}, ${ADMINS}`, POSTRIDER_ADMIN_ROLES: ADMINS };
const off = synthesise('prod');
const on = synthesise('prod', stageOf('prod', settings));

const routesOf = ({ api }: Synthesised) =>
  resources('AWS::ApiGatewayV2::Route', api)
    .filter(({ properties }) => properties.RouteKey.includes('/v1/iam/sessions'))
    .map(({ properties }) => [properties.RouteKey, properties.AuthorizationType]);
const variablesOf = ({ api }: Synthesised): Record<string, unknown> => {
  const functions = resources('AWS::Lambda::Function', api);
  const found = functions.find(({ id }) => id.startsWith('ManagementFunction'));
  return found?.properties.Environment.Variables ?? {};
};

describe('signing in with an AWS role', () => {
  it('is off where the stage lists no roles: there is no route', () => {
    for (const { signInRoles } of Object.values(stages)) expect(signInRoles).toEqual({ viewer: [], admin: [] });
    expect(routesOf(off)).toEqual([]);
    expect(variablesOf(off)).toMatchObject({ VIEWER_ROLES: '', ADMIN_ROLES: '' });
    expect(Object.keys(off.api.findOutputs('*'))).not.toContain('AdminSignInArn');
  });

  it('has a route for each role that the stage lists AWS roles for, with IAM authorization', () => {
    expect(routesOf(on)).toEqual([
      ['POST /v1/iam/sessions/viewer', 'AWS_IAM'],
      ['POST /v1/iam/sessions/admin', 'AWS_IAM'],
    ]);
    expect(routesOf(synthesise('prod', stageOf('prod', { POSTRIDER_VIEWER_ROLES: VIEWERS })))).toEqual([
      ['POST /v1/iam/sessions/viewer', 'AWS_IAM'],
    ]);
    expect(variablesOf(on)).toMatchObject({ VIEWER_ROLES: `${VIEWERS} ${ADMINS}`, ADMIN_ROLES: ADMINS });
    const signed = operations.filter((one) => one.signed).map(({ path }) => `POST ${path}`);
    for (const [route] of routesOf(on)) expect(signed).toContain(route);
  });

  it('outputs the one resource that a policy must name for each', () => {
    for (const [name, path] of [
      ['ViewerSignInArn', '/v1/iam/sessions/viewer'],
      ['AdminSignInArn', '/v1/iam/sessions/admin'],
    ] as const) {
      expect(JSON.stringify(on.api.findOutputs(name))).toContain(`/$default/POST${path}`);
    }
  });

  it('takes no more permissions', () => {
    expect(allowed(on.api)).toEqual(allowed(off.api));
  });

  it('refuses what is no ARN of a role', () => {
    for (const text of ['', 'on-call', 'arn:aws:iam::123456789012:user/jo', `${ADMINS},*`, 'arn:aws:iam::*:role/x']) {
      expect(() => stageOf('prod', { POSTRIDER_ADMIN_ROLES: text })).toThrow('POSTRIDER_ADMIN_ROLES must be ARNs');
    }
  });
});

describe('the address in the links of sessions', () => {
  it("is the API's own, or the custom domain of the stage", () => {
    expect(JSON.stringify(variablesOf(off).PUBLIC_URL)).toContain('ApiEndpoint');
    const custom = synthesise('prod', stageOf('prod', { POSTRIDER_PUBLIC_URL: 'https://hooks.example.com/' }));
    expect(variablesOf(custom).PUBLIC_URL).toBe('https://hooks.example.com');
  });

  it('must be an origin, with TLS', () => {
    for (const text of ['http://hooks.example.com', 'https://hooks.example.com/path', 'hooks.example.com', '']) {
      expect(() => stageOf('prod', { POSTRIDER_PUBLIC_URL: text })).toThrow('POSTRIDER_PUBLIC_URL must be');
    }
  });
});
