import {
  type CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import type { Stage } from '../../lib/stage.ts';

/** A resource of a stack. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  /** What CloudFormation knows it by: a name, an ARN, or a queue's URL. */
  readonly id: string;
}

/** A stack as CloudFormation has it. */
export interface DeployedStack {
  readonly name: string;
  /** Undefined: it is not deployed. */
  readonly status: string | undefined;
  /** Its ARN; empty if it is not deployed. */
  readonly arn: string;
  /** Whether CloudFormation refuses to delete it. */
  readonly isProtected: boolean;
  readonly outputs: Readonly<Record<string, string>>;
  /** What other stacks import from it, by the export's name. */
  readonly exports: Readonly<Record<string, string>>;
  readonly resources: readonly Resource[];
}

/** A stack that could not be read, and why. */
export interface UnreadStack {
  readonly name: string;
  readonly fault: unknown;
}

/** The names of a stage's stacks. */
export const stackNames = ({ name, alarms }: Pick<Stage, 'name' | 'alarms'>): string[] =>
  ['State', 'Pipeline', 'Api', ...(alarms === null ? [] : ['Observability'])].map(
    (stack) => `Postrider-${name}-${stack}`,
  );

/** Reads stacks; one that may not be read is not in the way of the others. */
export async function readStacks(
  names: readonly string[],
  client: CloudFormationClient,
): Promise<{ read: DeployedStack[]; unread: UnreadStack[] }> {
  const all = await Promise.all(
    names.map((name) => readStack(name, client).catch((fault: unknown): UnreadStack => ({ name, fault }))),
  );
  return {
    read: all.filter((one) => 'status' in one),
    unread: all.filter((one) => 'fault' in one),
  };
}

async function readStack(name: string, client: CloudFormationClient): Promise<DeployedStack> {
  const missing = { name, status: undefined, arn: '', isProtected: false, outputs: {}, exports: {}, resources: [] };
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const [stack] = Stacks;
    if (stack === undefined) return missing;
    const outputs = (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '', ExportName = '' }) => ({
      ...{ key: OutputKey, exported: ExportName, value: OutputValue },
    }));
    return {
      name,
      status: stack.StackStatus,
      arn: stack.StackId ?? '',
      isProtected: stack.EnableTerminationProtection ?? false,
      outputs: Object.fromEntries(outputs.map(({ key, value }) => [key, value])),
      exports: Object.fromEntries(outputs.map(({ exported, value }) => [exported, value])),
      resources: await resourcesOf(name, client),
    };
  } catch (fault) {
    if (fault instanceof Error && /does not exist/.test(fault.message)) return missing;
    throw fault;
  }
}

async function resourcesOf(StackName: string, client: CloudFormationClient): Promise<Resource[]> {
  const found: Resource[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName })) {
    for (const {
      LogicalResourceId = '',
      ResourceType = '',
      PhysicalResourceId = '',
      ResourceStatus,
    } of StackResourceSummaries) {
      // What an update took away stays in the list for a while; what it retained is no longer the stack's.
      if (ResourceStatus === 'DELETE_COMPLETE' || ResourceStatus === 'DELETE_SKIPPED') continue;
      found.push({ logicalId: LogicalResourceId, type: ResourceType, id: PhysicalResourceId });
    }
  }
  return found;
}
