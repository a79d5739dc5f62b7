import { describe, expect, it } from 'vitest';
import { deniedCalls } from './denied-calls.ts';

const denied = (role: string, action: string, resource: string) =>
  `DENIED arn:aws:sts::000000000000:assumed-role/${role}/the-function ${action} ${resource}`;

describe('denied calls', () => {
  it('are found between other lines, each once', () => {
    const send = denied('DeliverRole', 'sqs:SendMessage', 'arn:aws:sqs:us-east-1:000000000000:q');
    const log = [
      'INFO started',
      send,
      'INFO {"message":"fanned out"}',
      send,
      denied('IngestRole', 's3:PutObject', '*'),
    ];

    expect(deniedCalls(log.join('\n'))).toEqual([
      'DeliverRole: sqs:SendMessage on arn:aws:sqs:us-east-1:000000000000:q',
      'IngestRole: s3:PutObject on *',
    ]);
  });

  it('do not include those that a scenario expects', () => {
    for (const role of ['Postrider-test-producers-Other-F00', 'Postrider-confirm-abc-State-AdminKeyRole-F00']) {
      expect(deniedCalls(denied(role, 'execute-api:Invoke', 'arn'))).toEqual([]);
    }
    expect(deniedCalls(denied('Postrider-local-Api-confirm-', 'execute-api:Invoke', 'arn'))).toHaveLength(1);
  });

  it('are none if nothing was denied', () => {
    expect(deniedCalls('INFO started\nINFO stopped')).toEqual([]);
  });
});
