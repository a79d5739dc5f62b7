import { describe, expect, it } from 'vitest';
import { HELP, readOptions } from '../../cli/admin-key-options.ts';
import { UsageFault } from '../../cli/explain.ts';

describe('the command line of npm run admin-key', () => {
  it('defaults to an admin key for all tenants in dev', () => {
    expect(readOptions([], {})).toEqual({
      stage: 'dev',
      table: undefined,
      region: undefined,
      name: 'made by npm run admin-key',
      role: 'admin',
      tenant: null,
    });
  });

  it('reads the stage and the region from options, else from the environment', () => {
    const env = { POSTRIDER_STAGE: 'prod', AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'us-east-1' };

    expect(readOptions([], env)).toMatchObject({ stage: 'prod', region: 'eu-west-1' });
    expect(readOptions(['--stage', 'dev', '--region', 'us-east-2'], env)).toMatchObject({
      stage: 'dev',
      region: 'us-east-2',
    });
  });

  it.each([['--help'], ['-h']])('explains itself by %s', (option) => {
    expect(readOptions([option], {})).toBe('help');
  });

  it('explains every option', () => {
    for (const option of ['stage', 'table', 'name', 'role', 'tenant', 'region']) expect(HELP).toContain(`--${option} `);
  });

  it.each([
    [['--role', 'root'], '--role takes one of: viewer, producer, admin.'],
    [['--name', ' '], '--name takes'],
    [['--name', 'x'.repeat(129)], '--name takes'],
    [['--tenant', 'a b'], '--tenant takes'],
    [['--tenant', '..'], '--tenant takes'],
    [['--stage', 'prod/../x'], '--stage takes'],
    [['--colour', 'red'], '--colour'],
    [['prod'], 'prod'],
    [['--name'], '--name'],
  ])('refuses %j, and says what is valid', (args, advice) => {
    expect(() => readOptions(args, {})).toThrow(UsageFault);
    expect(() => readOptions(args, {})).toThrow(advice);
  });
});
