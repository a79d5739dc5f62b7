import counted from './counted.json' with { type: 'json' };
import { timesOf, type Unit, type Usage } from './prices.ts';

/** What the bench counted of one operation. */
interface Operation {
  readonly calls: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** A case of the bench: `bench/cost-counts.ts` says what each is. */
export type CountedCase = keyof typeof counted;

/** What calls of a service are billed as. DynamoDB bills units, and IAM nothing. */
const BILLED_CALLS: Readonly<Record<string, Unit>> = {
  'S3.PutObject': 's3Puts',
  'S3.GetObject': 's3Gets',
  'EventBridge.PutEvents': 'busEvents',
};
const BILLED_SERVICES: Readonly<Record<string, Unit | undefined>> = {
  SQS: 'sqsRequests',
  KMS: 'kmsRequests',
  DynamoDB: undefined,
};

/**
 * What one event, delivery or minute of a case uses, as the bench counted it.
 * @throws Error for a call whose price nobody has thought of.
 */
export function countedUsage(name: CountedCase): Usage {
  const { items, operations } = counted[name];
  const sum: Partial<Record<Unit, number>> = {};
  const add = (unit: Unit, count: number) => {
    if (count > 0) sum[unit] = (sum[unit] ?? 0) + count;
  };
  for (const [operation, { calls, readUnits, writeUnits }] of Object.entries<Operation>(operations)) {
    const [service = ''] = operation.split('.');
    const unit = BILLED_CALLS[operation] ?? BILLED_SERVICES[service];
    if (unit === undefined && service !== 'DynamoDB')
      throw new Error(`What does ${operation} cost? Say so in counted.ts.`);
    if (unit !== undefined) add(unit, calls);
    add('readUnits', readUnits);
    add('writeUnits', writeUnits);
  }
  return timesOf(sum, 1 / items);
}
