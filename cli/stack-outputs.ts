import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { Fault } from './explain.ts';

/**
 * The name of a stage's registry table, from the outputs of its State stack.
 * @throws Fault if the stage is not deployed in the client's account and region.
 */
export async function registryTable(client: CloudFormationClient, stage: string): Promise<string> {
  const stack = `Postrider-${stage}-State`;
  const { RegistryTableName: table } = await outputsOfStack(client, stack);
  if (table !== undefined) return table;
  throw new Fault(
    `The stack ${stack} has no output RegistryTableName: deploy it again, or pass the table with --table.`,
  );
}

/**
 * A stack's outputs by name.
 * @throws Fault if it is not deployed in the client's account and region.
 */
export async function outputsOfStack(
  client: CloudFormationClient,
  StackName: string,
): Promise<Readonly<Partial<Record<string, string>>>> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const outputs = Stacks[0]?.Outputs ?? [];
    return Object.fromEntries(outputs.map(({ OutputKey = '', OutputValue }) => [OutputKey, OutputValue]));
  } catch (fault) {
    if (!(fault instanceof Error) || !/does not exist/.test(fault.message)) throw fault;
    const where = `this account in ${await client.config.region()}`;
    const advice = 'check --stage and --region, deploy the stage, or pass the table with --table';
    throw new Fault(`There is no stack ${StackName} in ${where}: ${advice}.`, { cause: fault });
  }
}
