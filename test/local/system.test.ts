import { expect, it } from 'vitest';
import * as z from 'zod';
import { isOfBulk } from '../../local/system.ts';
import { resources, synthesise } from '../stacks/synthesised.ts';

const attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });

// A queue's local ARN ends in its stack and logical id.
it('the lanes of wide fan-outs, and no others, leave the CPU to others', () => {
  const sources = resources('AWS::Lambda::EventSourceMapping', synthesise('local').pipeline);
  const queues = sources.map(({ properties }) => attribute.parse(properties.EventSourceArn)['Fn::GetAtt'][0]);

  const bulk = queues.filter((EventSourceArn) => isOfBulk({ EventSourceArn }));

  expect(bulk.map((name) => name.replace(/Queue.*/, '')).sort()).toEqual(['BulkDelivery', 'BulkFanout']);
  expect(queues.length).toBeGreaterThan(bulk.length);
});
