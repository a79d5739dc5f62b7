import { type CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import {
  type EvaluationResult,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  paginateSimulatePrincipalPolicy,
} from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { MINUTE_MS } from '../../core/durations.ts';
import type { Deployment } from '../runtime/aws.ts';
import { type Finding, fail, isMissing, ok, setRight, unchecked, warn } from './finding.ts';
import {
  type FunctionNeeds,
  functionNeeds,
  type Permission,
  permissionsIn,
  placeOf,
  policyDocument,
} from './needed-permissions.ts';
import { type Role, verdictOf } from './permission-verdict.ts';
import type { DeployedStack } from './stacks.ts';

const CHECK = 'permissions';
/** Some eighty questions, and IAM allows few a second. */
export const PERMISSIONS_BOUND_MS = 5 * MINUTE_MS;
/** IAM takes seconds for many actions, and throttles whoever asks often. */
const PATIENCE = { maxAttempts: 8, timeoutMs: 20_000 } as const;

/** What the functions' permissions are looked at with. */
export interface PermissionWorld {
  /** The stage's name. */
  readonly stage: string;
  readonly stacks: readonly DeployedStack[];
  readonly cloudFormation: CloudFormationClient;
  readonly config: Deployment['config'];
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** @throws on Ctrl-C. */
  readonly goOn: () => void;
  /** Told how many functions of how many are done. */
  readonly onProgress: (done: number, of: number) => void;
}

interface Clients {
  readonly iam: IAMClient;
  readonly lambda: LambdaClient;
}

/** Whether each function may still do what its template grants it, as IAM simulates it with all policies that apply to its role. */
export async function permissionChecks(world: PermissionWorld): Promise<readonly Finding[]> {
  const { config, clock, goOn, onProgress } = world;
  const { maxAttempts, timeoutMs } = PATIENCE;
  const requestHandler = { ...config.requestHandler, requestTimeout: timeoutMs, socketTimeout: timeoutMs };
  const clients = { iam: new IAMClient({ ...config, maxAttempts, requestHandler }), lambda: new LambdaClient(config) };
  const until = clock() + PERMISSIONS_BOUND_MS;
  const wrong: Finding[] = [];
  let [done, asked] = [0, 0];
  try {
    const needs = await needsOfStacks(world, clients.iam);
    if (needs.length === 0) return [unchecked(CHECK, new Error('The templates of the stacks have no functions.'))];
    for (const need of needs) {
      onProgress(done, needs.length);
      for await (const found of findingsOf(need, clients, world.stage)) {
        goOn();
        wrong.push(...found.wrong);
        asked += found.asked;
        if (clock() < until) continue;
        const left = `${need.name} and ${needs.length - done - 1} more functions`;
        return [...wrong, warn(CHECK, `IAM was asked for five minutes, and not about all of ${left}.`, 'Try again.')];
      }
      done += 1;
    }
    onProgress(done, needs.length);
  } catch (fault) {
    goOn();
    return [...wrong, unchecked(CHECK, fault)];
  }
  if (wrong.length > 0) return wrong;
  return [ok(CHECK, `All ${done} functions may do what their templates grant them, ${asked} permissions in all.`)];
}

/** What the functions of all stacks are granted, each resource with its own Region and account. */
async function needsOfStacks({ stacks, cloudFormation }: PermissionWorld, iam: IAMClient): Promise<FunctionNeeds[]> {
  const imports = Object.assign({}, ...stacks.map((one) => one.exports));
  const found: FunctionNeeds[] = [];
  for (const stack of stacks.filter(hasFunctions)) {
    const { TemplateBody = '' } = await cloudFormation.send(new GetTemplateCommand({ StackName: stack.name }));
    for (const need of functionNeeds(stack, TemplateBody, imports)) {
      const managed = await Promise.all(need.managedPolicies.map((arn) => managedPermissions(arn, iam)));
      const all = [need, ...managed];
      found.push({
        ...need,
        permissions: all.flatMap((one) => one.permissions).map((one) => inPlace(one, stack)),
        unreadable: all.flatMap((one) => one.unreadable),
      });
    }
  }
  return found;
}

const hasFunctions = ({ resources }: DeployedStack) => resources.some(({ type }) => type === 'AWS::Lambda::Function');

/** What a managed policy allows, which no template says. */
async function managedPermissions(PolicyArn: string, iam: IAMClient) {
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  const { PolicyVersion } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }),
  );
  // IAM escapes documents as in a URL.
  return permissionsIn(policyDocument.parse(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ''))));
}

/** Managed policies name resources of every Region and account; the function's own are meant. */
function inPlace({ action, resource }: Permission, stack: DeployedStack): Permission {
  const { partition, region, account } = placeOf(stack);
  const [arn, of, service, where, whose, ...rest] = resource.split(':');
  if (arn !== 'arn' || rest.length === 0) return { action, resource };
  const placed = [
    ...[arn, of === '*' ? partition : of, service, where === '*' ? region : where, whose === '*' ? account : whose],
    ...rest,
  ];
  return { action, resource: placed.join(':') };
}

interface Found {
  readonly wrong: readonly Finding[];
  readonly asked: number;
}

/** What is wrong with a function's permissions, resource by resource: IAM says of the organisation only once for each question. */
async function* findingsOf(
  { name, permissions, unreadable }: FunctionNeeds,
  clients: Clients,
  stage: string,
): AsyncGenerator<Found> {
  const wrong = unreadable.map((why) =>
    warn(CHECK, `Not all of the template of ${name} could be read. ${why}`, 'Look at its role in the console of IAM.'),
  );
  yield { wrong, asked: 0 };
  const role = await roleOf(name, clients.lambda);
  if (role === undefined) {
    yield { wrong: [fail(CHECK, `The function ${name} is not there.`, setRight(stage))], asked: 0 };
    return;
  }
  for (const [resource, actions] of byResource(permissions)) {
    const asked = actions.length;
    try {
      const results = await simulated(role, actions, resource, clients.iam);
      yield { wrong: actions.flatMap((action) => verdictOf({ stage, name, role, action, resource }, results)), asked };
    } catch (fault) {
      if (!isMissing(fault)) throw fault;
      const what = `The role ${role.name} of ${name} is not there: the function can do nothing.`;
      yield { wrong: [fail(CHECK, what, setRight(stage))], asked };
      return;
    }
  }
}

async function roleOf(FunctionName: string, lambda: LambdaClient): Promise<Role | undefined> {
  try {
    const { Role: arn = '' } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return { arn, name: arn.split('/').at(-1) ?? '' };
  } catch (fault) {
    if (isMissing(fault)) return undefined;
    throw fault;
  }
}

function byResource(permissions: readonly Permission[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { action, resource } of permissions) found.set(resource, [...(found.get(resource) ?? []), action]);
  return found;
}

async function simulated({ arn }: Role, actions: string[], resource: string, client: IAMClient) {
  const found: EvaluationResult[] = [];
  const ContextEntries = await contextOf(arn, client);
  for await (const { EvaluationResults = [] } of paginateSimulatePrincipalPolicy(
    { client },
    { PolicySourceArn: arn, ActionNames: actions, ResourceArns: [resource], ContextEntries },
  )) {
    found.push(...EvaluationResults);
  }
  return found;
}

/** What every request of the function has: without it, policies that allow one Region only would seem to refuse all. */
async function contextOf(roleArn: string, client: IAMClient) {
  const region = await client.config.region();
  const account = roleArn.split(':')[4] ?? '';
  const entry = (ContextKeyName: string, ContextKeyType: 'string' | 'boolean', value: string) => ({
    ...{ ContextKeyName, ContextKeyType, ContextKeyValues: [value] },
  });
  return [
    entry('aws:RequestedRegion', 'string', region),
    entry('aws:PrincipalArn', 'string', roleArn),
    entry('aws:PrincipalAccount', 'string', account),
    entry('aws:ResourceAccount', 'string', account),
    entry('aws:SecureTransport', 'boolean', 'true'),
    entry('aws:ViaAWSService', 'boolean', 'false'),
  ];
}
