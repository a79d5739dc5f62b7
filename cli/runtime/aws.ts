import type { SQSClientConfig } from '@aws-sdk/client-sqs';
import { awsClientConfig } from '../../adapters/aws-client.ts';
import { UsageFault } from '../explain.ts';
import { localOutputs, type Outputs } from './place.ts';
import type { Session } from './session.ts';

/** A deployment's outputs, and how the AWS SDK's clients reach it. */
export interface Deployment {
  readonly outputs: Outputs;
  readonly config: Pick<SQSClientConfig, 'endpoint' | 'region' | 'credentials'> & typeof awsClientConfig;
}

/** How the AWS SDK's clients reach the account of `--stage`, with the AWS credentials of the environment. */
export function stageConfig({ io, options }: Pick<Session, 'io' | 'options'>): Deployment['config'] {
  const region = options.region ?? io.env.AWS_REGION ?? io.env.AWS_DEFAULT_REGION;
  return { ...awsClientConfig, ...(region !== undefined && { region }) };
}

/**
 * The deployment of `--stage`, with the AWS credentials of the environment; without it, the product that runs on this machine.
 * @throws UsageFault if there is neither.
 */
export async function deploymentOf(session: Session): Promise<Deployment> {
  const { io, options, outputsOf } = session;
  if (options.stage !== undefined) return { outputs: await outputsOf(options.stage), config: stageConfig(session) };
  const outputs = localOutputs(io.env);
  if (outputs?.AwsEndpointUrl === undefined) {
    throw new UsageFault('This needs the deployment itself: pass --stage, or start Postrider here with npm start.');
  }
  // Local engines take any credentials.
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return {
    outputs,
    config: { ...awsClientConfig, endpoint: outputs.AwsEndpointUrl, region: 'us-east-1', credentials },
  };
}
