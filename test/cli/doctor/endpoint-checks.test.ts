import { createClient } from '@postrider/client';
import { describe, expect, it } from 'vitest';
import { endpointChecks } from '../../../cli/doctor/endpoint-checks.ts';

type Listed = { id: string; state: 'active' | 'paused' | 'disabled' };
interface Lists {
  readonly disabled?: readonly Listed[];
  readonly open?: readonly Listed[];
  readonly next?: string;
}

/** The findings of an API whose lists are these, and what it was asked. */
async function found({ disabled = [], open = [], next }: Lists, tenant: string | null = null) {
  const asked: string[] = [];
  const fetch = async ({ url }: Request) => {
    const { searchParams } = new URL(url);
    asked.push(searchParams.toString());
    const data = searchParams.get('state') === 'disabled' ? disabled : open;
    return Response.json({ data, next: next ?? null });
  };
  const findings = await endpointChecks(createClient({ url: 'http://api', key: 'pr_any', fetch }), tenant);
  return { findings, asked };
}
const some = (count: number, state: Listed['state']) =>
  Array.from({ length: count }, (_, at) => ({ id: `ep_${at}`, state }));

describe('the doctor, of endpoints', () => {
  it('finds nothing where all get their deliveries, of all tenants', async () => {
    const { findings, asked } = await found({});
    expect(findings.map(({ check, result }) => `${check} ${result}`)).toEqual([
      'disabled endpoints ok',
      'open circuits ok',
    ]);
    expect(asked).toEqual(['tenant=*&limit=100&state=disabled', 'tenant=*&limit=100&circuit=open']);
  });

  it('finds endpoints that are disabled, and names some', async () => {
    const { findings } = await found({ disabled: some(5, 'disabled') });
    expect(findings).toMatchObject([
      {
        result: 'warn',
        detail: '5 endpoints are disabled: ep_0, ep_1, ep_2 and others.',
        next: expect.stringContaining('postrider endpoints resume'),
      },
      { result: 'ok' },
    ]);
  });

  it('finds endpoints whose circuit is open, unless somebody has paused or disabled them', async () => {
    const { findings } = await found({ open: [...some(1, 'active'), ...some(1, 'paused'), ...some(1, 'disabled')] });
    expect(findings).toMatchObject([
      { result: 'ok' },
      {
        result: 'warn',
        detail: '1 endpoint is failing, and their deliveries wait: ep_0.',
        next: expect.stringContaining('postrider endpoints test'),
      },
    ]);
  });

  it('says that there may be more than it has looked at', async () => {
    const { findings } = await found({ disabled: some(100, 'disabled'), next: 'cursor' }, 'acme');
    expect(findings[0]?.detail).toMatch(/^at least 100 endpoints are disabled/);
  });
});
