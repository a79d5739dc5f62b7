import type { Stage } from '../stage.ts';

/** The alarms of CloudWatch, each with its section of docs/runbook.md. A stage may override any of them. */
export const ALARMS = {
  HeartbeatFails: 'Nothing is delivered',
  PublishFails: 'Publishing fails',
  PublishThrottled: 'Publishers are throttled',
  StartDelayHigh: 'Deliveries start late',
  QuietGroupsWait: 'Healthy endpoints wait',
  QueueDepthHigh: 'A backlog grows',
  FanoutLate: 'Events wait for fan-out',
  DeliveryRateLow: 'The delivery rate is low',
  OurFaultDead: 'A delivery died of our fault',
  OurFaultResent: 'Deliveries failed on our side',
  AttemptsSlow: 'Receivers are slow',
  RetryRateHigh: 'Many retries',
  LostBeforeFanout: 'Events come by the dead-letter queue',
  WorkDeadLetters: 'Jobs or statistics are stuck',
  DeadSurge: 'Deliveries die in numbers',
  LettersExpire: 'Dead letters are about to expire',
  LettersUnexplained: 'Letters and records disagree',
  TicksMissing: 'The minute ticks stopped',
  WaitingOverdue: 'Retries are late',
  DeliverErrors: 'A function fails',
  FanoutErrors: 'A function fails',
  IngestErrors: 'A function fails',
  ApiErrors: 'A function fails',
  PortalErrors: 'A function fails',
  RedriveErrors: 'A function fails',
  FunctionThrottled: 'Lambda throttles',
  ConcurrencyNearQuota: 'The Lambda quota is near',
  NearTimeout: 'Deliver is near its timeout',
  StoreThrottled: 'DynamoDB throttles',
} as const;
export type AlarmName = keyof typeof ALARMS;

/** What tells somebody by other means: a composite of the pages, a rule of EventBridge, a budget. */
export const OTHER_SIGNALS = {
  Down: 'Start here',
  KeyInDanger: 'The key of the secrets is in danger',
  BudgetAhead: 'The bill grows',
} as const;
export type SignalName = keyof typeof OTHER_SIGNALS;

const SECTIONS = { ...ALARMS, ...OTHER_SIGNALS };
const HERE = 'docs/runbook.md';

/** An alarm's name in CloudWatch. */
export const nameOf = ({ name: stage }: Pick<Stage, 'name'>, name: AlarmName | SignalName): string =>
  `Postrider-${stage}-${name}`;

/** The link to what to do: the runbook's address, and the section's anchor as GitHub makes it. */
export function linkOf({ alarms }: Pick<Stage, 'alarms'>, name: AlarmName | SignalName): string {
  const anchor = SECTIONS[name]
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
  return `${alarms?.runbookUrl ?? HERE}#${anchor}`;
}

/** @throws Error that names the overrides without an alarm, and the alarms that there are. */
export function checkOverrides({ name, alarms }: Stage): void {
  const unknown = Object.keys(alarms?.overrides ?? {}).filter((one) => !(one in ALARMS));
  if (unknown.length === 0) return;
  throw new Error(
    `Stage ${name} overrides alarms that do not exist: ${unknown.join(', ')}. There are: ${Object.keys(ALARMS).join(', ')}.`,
  );
}
