import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { queuesOf, reservedLeast } from '../../lib/concurrency.ts';
import { postrider } from '../../lib/postrider.ts';
import { type Stage, stages } from '../../lib/stage.ts';
import { appIn, inTemporaryFolder, resources, synthesise } from './synthesised.ts';

/** The reservation of each function that has one, by its construct. */
function reservations(stage: Stage): Record<string, number> {
  return inTemporaryFolder((folder) => {
    const { pipeline, api } = postrider(appIn(folder), stage);
    const functions = resources('AWS::Lambda::Function', Template.fromStack(pipeline), Template.fromStack(api));
    return Object.fromEntries(
      functions
        .map(({ id, properties }) => [id.split('Function')[0], properties.ReservedConcurrentExecutions])
        .filter(([, reserved]) => reserved !== undefined),
    );
  });
}

const prod = stages.prod;
const enough = reservedLeast(prod);

describe('reserved concurrency', () => {
  it('is set for no function by default', () => {
    for (const stage of Object.values(stages)) expect(stage.reserved).toBeUndefined();
    expect(reservations(prod)).toEqual({});
  });

  it('is set for ingest and redrive where a stage asks for it', () => {
    expect(reservations({ ...prod, reserved: enough })).toEqual({
      Ingest: enough.ingest,
      RedriveWorker: enough.redrive,
    });
  });

  it('holds the scheduled tasks and both queues of redrive, and the requests of a tenth of a second', () => {
    expect(reservedLeast(prod)).toEqual({ ingest: 500, redrive: 45 });
    expect(reservedLeast(stages.dev)).toEqual({ ingest: 50, redrive: 17 });
  });

  it.each([
    ['ingest', { ...enough, ingest: enough.ingest - 1 }],
    ['redrive', { ...enough, redrive: enough.redrive - 1 }],
    ['redrive', { ...enough, redrive: 45.5 }],
  ])('is refused where it would throttle the work of %s', (name, reserved) => {
    const least = enough[name as keyof typeof enough];
    expect(() => reservations({ ...prod, reserved })).toThrow(
      `reserved.${name} in lib/stage.ts must be a whole number of at least ${least}`,
    );
  });
});

describe('the queues', () => {
  it.each(['dev', 'prod'] as const)('is what the mappings of %s ask Lambda for', (name) => {
    const { pipeline, stage } = synthesise(name);
    const asked = resources('AWS::Lambda::EventSourceMapping', pipeline).map(
      ({ properties }) => properties.ScalingConfig.MaximumConcurrency,
    );

    const sorted = (numbers: number[]) => numbers.toSorted((one, other) => one - other);
    expect(sorted(asked)).toEqual(sorted(Object.values(queuesOf(stage)).map(({ concurrencyMax }) => concurrencyMax)));
  });
});
