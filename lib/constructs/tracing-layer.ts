import { Aws, CfnMapping, type Stack, Token } from 'aws-cdk-lib';

/**
 * AWS's layer of its distribution of OpenTelemetry for JavaScript, by region: the account that publishes it there and its
 * version. Versions stay available. Source: https://aws-otel.github.io/docs/getting-started/lambda, July 2026.
 */
const LAYERS: Readonly<Record<string, readonly [account: string, version: number]>> = {
  'af-south-1': ['904233096616', 15],
  'ap-east-1': ['888577020596', 15],
  'ap-east-2': ['412664885777', 4],
  'ap-northeast-1': ['615299751070', 15],
  'ap-northeast-2': ['615299751070', 15],
  'ap-northeast-3': ['615299751070', 15],
  'ap-south-1': ['615299751070', 15],
  'ap-south-2': ['796973505492', 15],
  'ap-southeast-1': ['615299751070', 15],
  'ap-southeast-2': ['615299751070', 15],
  'ap-southeast-3': ['039612877180', 15],
  'ap-southeast-4': ['713881805771', 15],
  'ap-southeast-5': ['152034782359', 8],
  'ap-southeast-6': ['313828097273', 3],
  'ap-southeast-7': ['980416031188', 8],
  'ca-central-1': ['615299751070', 15],
  'ca-west-1': ['595944127152', 8],
  'cn-north-1': ['440179912924', 8],
  'cn-northwest-1': ['440180067931', 8],
  'eu-central-1': ['615299751070', 15],
  'eu-central-2': ['156041407956', 15],
  'eu-north-1': ['615299751070', 15],
  'eu-south-1': ['257394471194', 15],
  'eu-south-2': ['490004653786', 15],
  'eu-west-1': ['615299751070', 15],
  'eu-west-2': ['615299751070', 15],
  'eu-west-3': ['615299751070', 15],
  'il-central-1': ['746669239226', 15],
  'me-central-1': ['739275441131', 15],
  'me-south-1': ['980921751758', 12],
  'mx-central-1': ['610118373846', 8],
  'sa-east-1': ['615299751070', 15],
  'us-east-1': ['615299751070', 15],
  'us-east-2': ['615299751070', 15],
  'us-west-1': ['615299751070', 15],
  'us-west-2': ['615299751070', 15],
};

/** What the layer takes of a function's memory, in MB: about 70 were measured. */
export const TRACING_MB = 96;

/**
 * The ARN of the tracing layer where the stack is deployed. The region is usually unknown at synthesis: then CloudFormation
 * looks it up, and refuses the deployment of a region that is missing here.
 * @throws Error if the stack names a region that is missing.
 */
export function tracingLayerArn(stack: Stack): string {
  if (!Token.isUnresolved(stack.region) && LAYERS[stack.region] === undefined) {
    throw new Error(
      `AWS publishes no OpenTelemetry layer in ${stack.region} that Postrider knows of: leave POSTRIDER_TRACING out.`,
    );
  }
  const id = 'TracingLayers';
  const found = stack.node.tryFindChild(id);
  const mapping = found instanceof CfnMapping ? found : new CfnMapping(stack, id, { mapping: mappingOf() });
  const of = (what: 'account' | 'version') => mapping.findInMap(Aws.REGION, what);
  return `arn:${Aws.PARTITION}:lambda:${Aws.REGION}:${of('account')}:layer:AWSOpenTelemetryDistroJs:${of('version')}`;
}

function mappingOf(): Record<string, Record<string, string>> {
  return Object.fromEntries(
    Object.entries(LAYERS).map(([region, [account, version]]) => [region, { account, version: String(version) }]),
  );
}
