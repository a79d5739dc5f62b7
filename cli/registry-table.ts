import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { Fault } from './explain.ts';

/**
 * The name of a stage's registry table, from the outputs of its State stack.
 * @throws Fault if the stage is not deployed in the client's account and region.
 */
export async function registryTable(client: CloudFormationClient, stage: string): Promise<string> {
  const StackName = `Postrider-${stage}-State`;
  const outputs = await outputsOf(client, StackName);
  const table = outputs.find(({ OutputKey }) => OutputKey === 'RegistryTableName')?.OutputValue;
  if (table !== undefined) return table;
  throw new Fault(
    `The stack ${StackName} has no output RegistryTableName: deploy it again, or pass the table with --table.`,
  );
}

async function outputsOf(client: CloudFormationClient, StackName: string) {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    return Stacks[0]?.Outputs ?? [];
  } catch (fault) {
    if (!(fault instanceof Error) || !/does not exist/.test(fault.message)) throw fault;
    const where = `this account in ${await client.config.region()}`;
    const advice = 'check --stage and --region, deploy the stage, or pass the table with --table';
    throw new Fault(`There is no stack ${StackName} in ${where}: ${advice}.`, { cause: fault });
  }
}
