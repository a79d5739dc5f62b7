import {
  type CloudFormationClient,
  DescribeStackDriftDetectionStatusCommand,
  DetectStackDriftCommand,
  paginateDescribeStackResourceDrifts,
  type StackResourceDrift,
} from '@aws-sdk/client-cloudformation';
import { MINUTE_MS } from '../../core/durations.ts';
import { type Finding, fail, ok, setRight, unchecked, warn } from './finding.ts';
import type { DeployedStack } from './stacks.ts';

const CHECK = 'drift';
const POLL_MS = 5_000;
/** AWS says several minutes for a large stack; ours have 40 to 100 resources. */
export const DRIFT_BOUND_MS = 10 * MINUTE_MS;

/** What drift is looked for with. */
export interface DriftWorld {
  /** The stage's name. */
  readonly stage: string;
  readonly stacks: readonly DeployedStack[];
  readonly client: CloudFormationClient;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Waits. @throws on Ctrl-C. */
  readonly pause: (ms: number) => Promise<void>;
  /** Told how many stacks of how many are done, each time that AWS was asked. */
  readonly onProgress: (done: number, of: number) => void;
}

/** A detection under way. */
interface Detection {
  readonly stack: DeployedStack;
  readonly id: string;
}

type Started = Detection | { readonly finding: Finding };

/** What differs from the stacks' templates, because somebody changed or deleted it by hand: a finding for each resource. */
export async function driftChecks(world: DriftWorld): Promise<readonly Finding[]> {
  const { stage, clock, pause, onProgress, client } = world;
  const stacks = world.stacks.filter(({ status }) => status !== undefined);
  const started = await Promise.all(stacks.map((stack) => start(stack, client)));
  const until = clock() + DRIFT_BOUND_MS;
  const found = started.flatMap((one) => ('finding' in one ? [one.finding] : []));
  let open = started.filter((one) => 'id' in one);
  const inSync: string[] = [];
  for (;;) {
    onProgress(stacks.length - open.length, stacks.length);
    if (open.length === 0) break;
    if (clock() >= until) {
      found.push(...open.map(({ stack }) => overdue(stack)));
      break;
    }
    await pause(POLL_MS);
    const answers = await Promise.all(open.map(async (one) => ({ one, result: await resultOf(one, stage, client) })));
    open = answers.filter(({ result }) => result === undefined).map(({ one }) => one);
    for (const { one, result } of answers) {
      if (result?.length === 0) inSync.push(one.stack.name);
      found.push(...(result ?? []));
    }
  }
  const well = inSync.length === 0 ? [] : [ok(CHECK, `${inSync.join(', ')}: nothing differs from the template.`)];
  return [...well, ...found];
}

async function start(stack: DeployedStack, client: CloudFormationClient): Promise<Started> {
  try {
    const { StackDriftDetectionId: id = '' } = await client.send(
      new DetectStackDriftCommand({ StackName: stack.name }),
    );
    return { stack, id };
  } catch (fault) {
    return { finding: notChecked(stack, fault) };
  }
}

/** What a detection found; undefined while it goes on. */
async function resultOf(
  { stack, id: StackDriftDetectionId }: Detection,
  stage: string,
  client: CloudFormationClient,
): Promise<Finding[] | undefined> {
  try {
    const { DetectionStatus, DetectionStatusReason } = await client.send(
      new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }),
    );
    if (DetectionStatus === 'DETECTION_IN_PROGRESS') return undefined;
    const found = (await differences(stack, client)).map((one) => findingOf(stack, one, stage));
    // What CloudFormation could compare is there all the same.
    if (DetectionStatus === 'DETECTION_COMPLETE') return found;
    return [...found, notChecked(stack, new Error(DetectionStatusReason ?? 'CloudFormation does not say why.'))];
  } catch (fault) {
    return [notChecked(stack, fault)];
  }
}

async function differences({ name }: DeployedStack, client: CloudFormationClient): Promise<StackResourceDrift[]> {
  const found: StackResourceDrift[] = [];
  for await (const { StackResourceDrifts = [] } of paginateDescribeStackResourceDrifts(
    { client },
    { StackName: name, StackResourceDriftStatusFilters: ['MODIFIED', 'DELETED', 'UNKNOWN'] },
  )) {
    found.push(...StackResourceDrifts);
  }
  return found;
}

/** Of what differs, only the paths: the values may hold what nobody should see here. */
function findingOf({ name }: DeployedStack, drift: StackResourceDrift, stage: string): Finding {
  const { LogicalResourceId, ResourceType, StackResourceDriftStatus: status, DriftStatusReason } = drift;
  const what = `${LogicalResourceId} of ${name} (${ResourceType})`;
  const next = `If the change is wanted, make it in lib/ and deploy; if not: ${setRight(stage)}`;
  if (status === 'DELETED') return fail(CHECK, `${what} was deleted.`, next);
  if (status === 'MODIFIED') {
    const paths = (drift.PropertyDifferences ?? []).map(({ PropertyPath }) => PropertyPath);
    return warn(CHECK, `${what} was changed: ${paths.join(', ')}.`, next);
  }
  return warn(CHECK, `${what} could not be compared: ${DriftStatusReason ?? 'CloudFormation does not say why'}.`, MAY);
}

const MAY = 'Allow your AWS credentials to read each resource (docs/operations.md#doctor), or try again.';

function notChecked({ name }: DeployedStack, fault: unknown): Finding {
  const { detail } = unchecked(CHECK, fault);
  return warn(CHECK, `${name}: ${detail}`, `A detection may be under way, or a deployment: try again. ${MAY}`);
}

function overdue({ name }: DeployedStack): Finding {
  return warn(
    CHECK,
    `${name}: CloudFormation has not compared it within ${DRIFT_BOUND_MS / MINUTE_MS} minutes.`,
    'It goes on without us: see the drifts of the stack in the console of CloudFormation, or try again later.',
  );
}
