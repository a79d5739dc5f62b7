import { describe, expect, it } from 'vitest';
import { endpointInput } from '../../core/endpoints/settings.ts';
import { type InputFault, Problem } from '../../core/problem.ts';
import { validate } from '../../core/validate.ts';

function refusalOf(changes: object): InputFault[] {
  try {
    validate(endpointInput, { url: 'https://example.com', event_types: ['a'], ...changes }, 'The body');
  } catch (fault) {
    if (fault instanceof Problem) return fault.faults;
  }
  return [];
}

const faultsOf = (changes: object) =>
  Object.fromEntries(refusalOf(changes).map(({ path, message }) => [path, message]));
const many = (count: number, value: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`name ${at}`, value]));

describe('the faults of an input', () => {
  it.each([
    [{ colour: 1 }, 'colour', 'Unknown field: remove it.'],
    [{ retry_policy: { colour: 1 } }, 'retry_policy.colour', 'Unknown field: remove it.'],
    [{ url: undefined }, 'url', 'Required: a value of type string.'],
    [{ url: 7 }, 'url', 'Use a value of type string.'],
    [{ event_types: [] }, 'event_types', 'Name at least one event type.'],
    [{ event_types: ['a', 'b c'] }, 'event_types.1', /^Use an event type/],
    [{ retry_policy: { max_attempts: 0 } }, 'retry_policy.max_attempts', 'Use at least 1.'],
    [{ retry_policy: { max_attempts: 51 } }, 'retry_policy.max_attempts', 'Use at most 50.'],
    [{ retry_policy: { jitter: -0.1 } }, 'retry_policy.jitter', 'Use at least 0.'],
    [{ retry_policy: { backoff_factor: 0.5 } }, 'retry_policy.backoff_factor', 'Use at least 1.'],
    [{ retry_policy: { initial_delay_seconds: 'NaN' } }, 'retry_policy.initial_delay_seconds', /type number/],
    [{ retry_policy: { retry_on: 'some' } }, 'retry_policy.retry_on', 'Use one of "all", "transient".'],
    [{ state: 'asleep' }, 'state', 'Use one of "active", "paused", "disabled".'],
    [{ headers: { Host: 'x' } }, 'headers.Host', /^Postrider sets this header/],
    [{ headers: { 'x-a': 'a\r\nb: c' } }, 'headers.x-a', 'Use 1 to 1,024 visible ASCII characters.'],
    [{ secret: 'short' }, 'secret', /^Use "whsec_"/],
  ])('%o say what to do', (changes, path, message) => {
    expect(faultsOf(changes)[path]).toMatch(message);
  });

  it('are reported up to 100, however many unknown fields there are', () => {
    expect(refusalOf(many(130_000, 1))).toHaveLength(100);
  });

  it('are reported up to 100 for all fields together', () => {
    const retry_policy = many(80, 1);
    expect(refusalOf({ ...many(80, 1), retry_policy })).toHaveLength(100);
  });

  it('have paths of at most 256 characters, none of them cut in half', () => {
    const [fault] = refusalOf({ [`${'x'.repeat(255)}\u{1f600}`]: 1 });
    expect(fault?.path).toBe(`${'x'.repeat(255)}\ufffd`);
  });

  it.each([
    ['metadata', 'Use at most 20 entries.'],
    ['headers', 'Use at most 20 headers.'],
  ])('are one for too many %s, whatever is wrong with each', (field, message) => {
    expect(refusalOf({ [field]: many(21, 1) })).toEqual([{ path: field, message }]);
    expect(refusalOf({ [field]: many(20, 1) }).length).toBeGreaterThan(1);
  });
});
