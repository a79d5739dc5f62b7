import { describe, expect, it } from 'vitest';
import { endpointSettings, fieldsOf, settingsOf } from '../../../core/endpoints/settings.ts';

const settings = endpointSettings.parse({
  url: 'https://example.com/hook',
  event_types: ['order.*', 'invoice.paid', 'order.*'],
  headers: JSON.parse('{"__proto__":"kept"}'),
  rate_limit_per_second: 5,
});

describe('the settings of an endpoint', () => {
  it('name each event type once', () => {
    expect(settings.event_types).toEqual(['order.*', 'invoice.paid']);
  });

  it('are the fields of the endpoint, in the spelling of code', () => {
    const { eventTypes, rateLimitPerSecond, retryPolicy, signatureProfile, timeoutSeconds, url } = fieldsOf(settings);
    expect({ eventTypes, rateLimitPerSecond, retryPolicy, signatureProfile, timeoutSeconds, url }).toEqual({
      eventTypes: ['order.*', 'invoice.paid'],
      rateLimitPerSecond: 5,
      retryPolicy: settings.retry_policy,
      signatureProfile: 'standard',
      timeoutSeconds: 15,
      url: 'https://example.com/hook',
    });
  });

  it('come back from the fields as they were, without anything else of the endpoint', () => {
    const endpoint = { ...fieldsOf(settings), id: 'ep_1', version: 3 };
    expect(JSON.stringify(settingsOf(endpoint))).toBe(JSON.stringify(settings));
  });
});
