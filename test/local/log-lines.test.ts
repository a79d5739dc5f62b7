import { describe, expect, it } from 'vitest';
import { renderLine } from '../../local/functions/log-lines.ts';

describe('a log line for a terminal', () => {
  it('starts with the time, the function and the level, then the message and its fields', () => {
    const line = JSON.stringify({
      level: 'INFO',
      message: 'delivery attempted',
      timestamp: '2026-11-22T12:00:01.123Z',
      service: 'postrider',
      traceId: 'abc',
      eventId: 'evt_1',
      endpointId: 'ep_1',
      statusCode: 200,
      durationMs: 12.3,
      ms: 15,
    });

    expect(renderLine('deliver', line)).toBe(
      '12:00:01.123 deliver  INFO  delivery attempted  event=evt_1 endpoint=ep_1 statusCode=200 duration=12ms 15ms',
    );
  });

  it('shows metrics by name and value', () => {
    const line = JSON.stringify({
      _aws: {
        Timestamp: Date.parse('2026-11-22T12:00:01.123Z'),
        CloudWatchMetrics: [
          {
            Namespace: 'Postrider',
            Dimensions: [['service', 'stage']],
            Metrics: [
              { Name: 'Attempts', Unit: 'Count' },
              { Name: 'AttemptMs', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
      ...{ service: 'postrider', stage: 'local', Attempts: 3, AttemptMs: [12.04, 4, 31] },
    });

    expect(renderLine('deliver', line)).toBe('12:00:01.123 deliver  METRIC Attempts=3 AttemptMs=4..31');
  });

  it('stays as it is if the function wrote something else', () => {
    expect(renderLine('api', 'plain words')).toBe('api      plain words');
    expect(renderLine('api', '{broken')).toBe('api      {broken');
  });
});
