import { describe, expect, it } from 'vitest';
import { isReservedHeader, mergeHeaders } from '../../../core/signing/header-names.ts';

describe('headers of any spelling', () => {
  it('are merged without twins: the last one is left, in its spelling', () => {
    const merged = mergeHeaders({ 'X-A': '1', 'x-a': '2', 'X-B': '3' }, { 'x-b': '4', 'X-C': '5' });
    expect(Object.entries(merged).sort()).toEqual([
      ['X-C', '5'],
      ['x-a', '2'],
      ['x-b', '4'],
    ]);
  });

  it('may be named like members of every object', () => {
    const odd = JSON.parse('{"__proto__":"1","constructor":"2"}');
    expect(JSON.stringify(mergeHeaders(odd, {}))).toBe('{"__proto__":"1","constructor":"2"}');
  });
});

describe('a reserved name', () => {
  it.each([
    ...['Connection', 'Keep-Alive', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade', 'Expect', 'Proxy-Authorization'],
    ...['Host', 'Content-Length', 'Content-Encoding', 'Accept-Encoding', 'User-Agent', 'traceparent'],
    ...['Webhook-Id', 'X-Postrider-Attempt'],
  ])('is %s in any case', (name) => {
    expect([name, name.toLowerCase(), name.toUpperCase()].map(isReservedHeader)).toEqual([true, true, true]);
  });

  it.each(['Authorization', 'X-Hub-Signature-256', 'Cookie', 'tracestate'])('is not %s', (name) => {
    expect(isReservedHeader(name)).toBe(false);
  });
});
