import { UsageFault } from '../explain.ts';
import type { Outputs } from './place.ts';

const STACKS = ['State', 'Pipeline', 'Api'];

/**
 * The outputs of a stage's stacks, with the AWS credentials of the environment.
 * @throws Fault if a stack is not deployed in this account and region.
 */
export async function stageOutputs(
  stage: string,
  given: string | undefined,
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<Outputs> {
  if (!/^[A-Za-z0-9-]+$/.test(stage)) throw new UsageFault('--stage takes the name of a stage, such as prod.');
  // Loaded here: most commands need no AWS.
  const [{ CloudFormationClient }, { awsClientConfig }, { outputsOfStack }] = await Promise.all([
    import('@aws-sdk/client-cloudformation'),
    import('../../adapters/aws-client.ts'),
    import('../stack-outputs.ts'),
  ]);
  const region = given ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  const client = new CloudFormationClient({ ...awsClientConfig, ...(region !== undefined && { region }) });
  const found = await Promise.all(STACKS.map((name) => outputsOfStack(client, `Postrider-${stage}-${name}`)));
  return Object.assign({}, ...found);
}
