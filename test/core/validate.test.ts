import { describe, expect, it } from 'vitest';
import { endpointInput } from '../../core/endpoints/input.ts';
import { Problem } from '../../core/problem.ts';
import { validate } from '../../core/validate.ts';

function faultsOf(changes: object): Record<string, string> {
  try {
    validate(endpointInput, { url: 'https://example.com', event_types: ['a'], ...changes }, 'The body');
  } catch (fault) {
    if (fault instanceof Problem) return Object.fromEntries(fault.faults.map(({ path, message }) => [path, message]));
  }
  return {};
}

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
    [{ headers: { Host: 'x' } }, 'headers.Host', /^This header is set by the delivery itself/],
    [{ headers: { 'x-a': 'a\r\nb: c' } }, 'headers.x-a', 'Use 1 to 1,024 visible ASCII characters.'],
    [{ secret: 'short' }, 'secret', /^Use "whsec_"/],
  ])('%o say what to do about it', (changes, path, message) => {
    expect(faultsOf(changes)[path]).toMatch(message);
  });
});
