import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import {
  type EvaluationResult,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import type { Template } from 'aws-cdk-lib/assertions';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { PERMISSIONS_BOUND_MS, permissionChecks } from '../../../cli/doctor/permission-checks.ts';
import type { DeployedStack } from '../../../cli/doctor/stacks.ts';
import { allowed, synthesise } from '../../stacks/synthesised.ts';
import { aws, config, fault, stackArn } from './stage-on-aws.ts';

const { cloudFormation, lambda } = aws;
const iam = mockClient(IAMClient);
const prod = synthesise('prod');
const AWS_POLICY = 'arn:aws:iam::aws:policy/CloudWatchLambdaApplicationSignalsExecutionRolePolicy';

const LEDGER = 'arn:aws:dynamodb:eu-central-1:111122223333:table/ledger';
/** What a stack exports: an ARN with the name of what the export is of. */
function exported(name: string): string {
  const id = /Att(\w+)Arn[0-9A-F]{8}$/.exec(name)?.[1] ?? '';
  if (id.startsWith('Ledger')) return LEDGER;
  return `arn:aws:${/Queue|Letters/.test(id) ? 'sqs' : 'any'}:eu-central-1:111122223333:${id}`;
}

/** A synthesised stack as it is once deployed: each resource has the name by which CloudFormation knows its kind. */
function deployed(name: string, template: Template): DeployedStack {
  const { Resources, Outputs = {} } = template.toJSON() as {
    Resources: Record<string, { Type: string }>;
    Outputs?: Record<string, { Export?: { Name: string } }>;
  };
  const exports = Object.values(Outputs).flatMap(({ Export }) => (Export === undefined ? [] : [Export.Name]));
  return {
    ...{ name, status: 'UPDATE_COMPLETE', arn: stackArn(name), isProtected: false, outputs: {} },
    exports: Object.fromEntries(exports.map((one) => [one, exported(one)])),
    resources: Object.entries(Resources).map(([logicalId, { Type: type }]) => ({
      ...{ logicalId, type },
      id: type === 'AWS::SQS::Queue' ? `https://sqs.eu-central-1.amazonaws.com/111122223333/${logicalId}` : logicalId,
    })),
  };
}

const stacksOf = ({ state, pipeline, api }: typeof prod): DeployedStack[] => [
  deployed('Postrider-prod-State', state),
  deployed('Postrider-prod-Pipeline', pipeline),
  deployed('Postrider-prod-Api', api),
];

/** An answer as the SDK's types describe it: the resource has a part of its own, and is not named outside of it. */
type Change = (action: string, resource: string, role: string) => Partial<EvaluationResult> & { own?: object };
const answer = (
  { ActionNames = [], ResourceArns = [], PolicySourceArn = '' }: SimulatePrincipalPolicyCommandInput,
  change: Change,
) =>
  ActionNames.map((EvalActionName): EvaluationResult => {
    const [resource = ''] = ResourceArns;
    const { own, ...whole } = change(EvalActionName, resource, PolicySourceArn);
    return {
      ...{ EvalActionName, EvalResourceName: '*', EvalDecision: 'allowed' },
      ...{ MatchedStatements: [], MissingContextValues: [], ...whole },
      ResourceSpecificResults: [
        {
          ...{ EvalResourceName: resource, EvalResourceDecision: whole.EvalDecision ?? 'allowed' },
          ...{ MatchedStatements: whole.MatchedStatements ?? [], MissingContextValues: [], ...own },
        },
      ],
    };
  });

function iamAnswers(change: Change) {
  iam
    .on(SimulatePrincipalPolicyCommand)
    .callsFake((input) => ({ EvaluationResults: answer(input, change), IsTruncated: false }));
}

/** Of one permission: what fanout may do with the ledger. */
const ofOne =
  (found: ReturnType<Change>): Change =>
  (action, resource, role) =>
    action === 'dynamodb:PutItem' && resource === LEDGER && role.includes('Fanout') ? found : {};

beforeEach(() => {
  for (const one of [cloudFormation, lambda, iam]) one.reset();
  templatesAre(prod);
  lambda.on(GetFunctionConfigurationCommand).callsFake(({ FunctionName }) => ({
    ...{ FunctionName, Role: `arn:aws:iam::111122223333:role/of-${FunctionName}` },
  }));
  iamAnswers(() => ({}));
});

function templatesAre({ pipeline, api }: typeof prod) {
  for (const [name, template] of [['Pipeline', pipeline] as const, ['Api', api] as const]) {
    cloudFormation
      .on(GetTemplateCommand, { StackName: `Postrider-prod-${name}` })
      .resolves({ TemplateBody: JSON.stringify(template.toJSON()), StagesAvailable: ['Original', 'Processed'] });
  }
}

async function run(stacks = stacksOf(prod), clock = () => 0, goOn: () => void = () => undefined) {
  const told: string[] = [];
  const findings = await permissionChecks({
    ...{ stage: 'prod', stacks, cloudFormation: new CloudFormationClient(config), config, clock, goOn },
    onProgress: (done, of) => told.push(`${done}/${of}`),
  });
  return { findings, told };
}
/** Those of a stage with a heartbeat, by the ids of their constructs. */
const FUNCTIONS = ['FanoutWorker', 'DeliverWorker', 'RedriveWorker', 'Ingest', 'Management', 'Heartbeat', 'Portal'];

const asked = () => iam.commandCalls(SimulatePrincipalPolicyCommand).map(({ args: [{ input }] }) => input);

describe('the doctor, of what the functions are allowed', () => {
  it('asks about everything that the templates grant each function, and nothing else', async () => {
    const { findings, told } = await run();
    expect(findings).toMatchObject([{ check: 'permissions', result: 'ok', next: null }]);
    for (const name of FUNCTIONS) {
      const granted = [prod.pipeline, prod.api].flatMap((template) => allowed(template, `${name}Role`));
      const simulated = asked().filter(({ PolicySourceArn = '' }) => PolicySourceArn.includes(`of-${name}Function`));
      const actions = simulated.flatMap(({ ActionNames = [] }) => ActionNames).toSorted();
      expect(actions, name).toEqual(granted.map(({ action }) => action).toSorted());
      expect(actions.length).toBeGreaterThan(1);
    }
    expect(asked()).toHaveLength(
      asked().filter(({ PolicySourceArn = '' }) => FUNCTIONS.some((name) => PolicySourceArn.includes(name))).length,
    );
    expect(told).toEqual(Array.from({ length: FUNCTIONS.length + 1 }, (_, done) => `${done}/${FUNCTIONS.length}`));
  });

  it('names each resource by its ARN, and says where the request comes from', async () => {
    await run();
    const resources = new Set(asked().flatMap(({ ResourceArns = [] }) => ResourceArns));
    for (const one of resources) expect(one).toMatch(/^arn:aws:[a-z0-9-]+:eu-central-1:111122223333:[\w/*$.:-]+$/);
    const account = 'arn:aws:sqs:eu-central-1:111122223333:';
    expect([...resources].filter((one) => one.startsWith(account))).toHaveLength(14);
    expect(resources).toContain(`${LEDGER}/index/sparse`);
    expect([...resources].some((one) => /^arn:aws:execute-api:.+\/\$default\/POST\/v1\/iam\/events$/.test(one))).toBe(
      true,
    );
    expect(asked()[0]?.ContextEntries).toContainEqual({
      ...{ ContextKeyName: 'aws:RequestedRegion', ContextKeyType: 'string', ContextKeyValues: ['eu-central-1'] },
    });
    expect([...resources].filter((one) => /^arn:aws:logs:.+:log-group:\w+Logs\w+:\*$/.test(one))).toHaveLength(
      FUNCTIONS.length,
    );
    for (const { ResourceArns } of asked()) expect(ResourceArns).toHaveLength(1);
  });

  it.each<[string, ReturnType<Change>, RegExp, RegExp]>([
    [
      'a policy that was removed by hand',
      { EvalDecision: 'implicitDeny' },
      /: no policy of of-FanoutWorkerFunction\w+ allows it\.$/,
      /--revert-drift/,
    ],
    [
      'a policy that denies it',
      {
        EvalDecision: 'explicitDeny',
        MatchedStatements: [
          {
            ...{ SourcePolicyId: 'quarantine', SourcePolicyType: 'user-managed' },
            ...{ StartPosition: { Line: 1, Column: 1 }, EndPosition: { Line: 9, Column: 2 } },
          },
        ],
      },
      /: a policy of of-FanoutWorkerFunction\w+ denies it: quarantine \(user-managed\)\.$/,
      /Remove the statement/,
    ],
    [
      'a permissions boundary',
      {
        EvalDecision: 'implicitDeny',
        own: { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false } },
      },
      /: the permissions boundary of of-FanoutWorkerFunction\w+ does not allow it\.$/,
      /Role\.PermissionsBoundary/,
    ],
    [
      'a permissions boundary that is told of the whole alone',
      { EvalDecision: 'implicitDeny', PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false } },
      /permissions boundary/,
      /Role\.PermissionsBoundary/,
    ],
    [
      'a service control policy',
      { EvalDecision: 'explicitDeny', OrganizationsDecisionDetail: { AllowedByOrganizations: false } },
      /: a service control policy of the organisation does not allow it\.$/,
      /manages the organisation/,
    ],
    [
      'a service control policy beside a resource that seems to be allowed',
      {
        EvalDecision: 'implicitDeny',
        own: { EvalResourceDecision: 'allowed' },
        OrganizationsDecisionDetail: { AllowedByOrganizations: false },
      },
      /service control policy/,
      /manages the organisation/,
    ],
  ])('finds %s, and who decides', async (_, found, detail, next) => {
    iamAnswers(ofOne(found));
    const { findings } = await run();
    expect(findings).toEqual([
      {
        ...{ check: 'permissions', result: 'fail' },
        detail: expect.stringMatching(detail),
        next: expect.stringMatching(next),
      },
    ]);
    expect(findings[0]?.detail).toMatch(
      /^FanoutWorkerFunction\w+ may not dynamodb:PutItem on arn:aws:dynamodb:.+table\/ledger: /,
    );
  });

  it('goes by the decision for the resource, not by that for all', async () => {
    iamAnswers(ofOne({ EvalDecision: 'allowed', own: { EvalResourceDecision: 'implicitDeny' } }));
    expect((await run()).findings).toMatchObject([{ result: 'fail' }]);
  });

  it('takes an answer without a part for the resource as it is', async () => {
    iam.on(SimulatePrincipalPolicyCommand).callsFake(({ ActionNames = [], ResourceArns }) => ({
      EvaluationResults: ActionNames.map((EvalActionName: string) => ({
        ...{ EvalActionName, EvalResourceName: ResourceArns?.[0], EvalDecision: 'implicitDeny' },
      })),
    }));
    const { findings } = await run();
    expect(new Set(findings.map(({ result }) => result))).toEqual(new Set(['fail']));
    expect(findings.length).toBeGreaterThan(100);
  });

  it.each<[string, ReturnType<Change>]>([
    ['of the resource', { own: { MissingContextValues: ['aws:SourceVpce'] } }],
    ['of all', { MissingContextValues: ['aws:SourceVpce'] }],
  ])('does not take for allowed what depends on keys that the simulation lacks, %s', async (_, found) => {
    iamAnswers(ofOne(found));
    expect((await run()).findings).toMatchObject([
      {
        result: 'warn',
        detail: expect.stringMatching(/PutItem .*aws:SourceVpce\.$/),
        next: expect.stringMatching(/conditions/),
      },
    ]);
  });

  it('says of a denial which keys the simulation lacked', async () => {
    iamAnswers(ofOne({ EvalDecision: 'explicitDeny', own: { MissingContextValues: ['aws:SourceVpce'] } }));
    expect((await run()).findings).toMatchObject([
      { result: 'fail', detail: expect.stringContaining('The simulation does not know aws:SourceVpce.') },
    ]);
  });

  it('does not take for allowed what IAM does not mention', async () => {
    iam.on(SimulatePrincipalPolicyCommand).callsFake((input) => ({
      EvaluationResults: answer(input, () => ({})).filter(
        ({ EvalActionName }) => EvalActionName !== 'events:PutEvents',
      ),
    }));
    expect((await run()).findings).toMatchObject([{ result: 'warn' }, { result: 'warn' }]);
  });

  it('reads all pages of an answer', async () => {
    iam.on(SimulatePrincipalPolicyCommand).callsFake((input) => {
      const all = answer(input, () => ({}));
      return input.Marker === undefined && all.length > 1
        ? { EvaluationResults: all.slice(0, 1), IsTruncated: true, Marker: 'more' }
        : { EvaluationResults: input.Marker === undefined ? all : all.slice(1), IsTruncated: false };
    });
    expect((await run()).findings).toMatchObject([{ result: 'ok' }]);
  });

  it('finds a function that was deleted, and a role that was', async () => {
    lambda.on(GetFunctionConfigurationCommand).callsFake(({ FunctionName }) => {
      if (FunctionName.startsWith('Deliver')) throw fault('ResourceNotFoundException');
      return { Role: `arn:aws:iam::111122223333:role/of-${FunctionName}` };
    });
    iam.on(SimulatePrincipalPolicyCommand).callsFake((input) => {
      if (input.PolicySourceArn.includes('Ingest')) throw fault('NoSuchEntityException');
      return { EvaluationResults: answer(input, () => ({})) };
    });
    expect((await run()).findings).toMatchObject([
      { result: 'fail', detail: expect.stringMatching(/^The function DeliverWorkerFunction\w+ is not there/) },
      { result: 'fail', detail: expect.stringMatching(/^The role of-IngestFunction\w+ of .+ is not there/) },
    ]);
  });

  it('says that it is not allowed, once', async () => {
    iam
      .on(SimulatePrincipalPolicyCommand)
      .rejects(fault('AccessDenied', 'not authorized: iam:SimulatePrincipalPolicy'));
    expect((await run()).findings).toMatchObject([
      { result: 'warn', detail: expect.stringContaining('iam:SimulatePrincipalPolicy') },
    ]);
  });

  it('says what of a template it cannot read, and asks about the rest', async () => {
    const [state, ...others] = stacksOf(prod);
    const { exports = {} } = state ?? {};
    const left = Object.fromEntries(Object.entries(exports).filter(([name]) => !name.includes('SecretsKey')));
    const { findings } = await run([{ ...state, exports: left } as DeployedStack, ...others]);
    expect(findings.map(({ result }) => result)).toEqual(['warn', 'warn', 'warn']);
    for (const { detail } of findings)
      expect(detail).toMatch(/kms:Decrypt.*The export .*SecretsKey.* is not known here/);
    expect(asked().length).toBeGreaterThan(50);
  });

  it('asks about what a managed policy of a role allows, too', async () => {
    const traced = synthesise('prod', { tracing: true });
    templatesAre(traced);
    const document = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['xray:PutTraceSegments'], Resource: ['*'] },
        { Effect: 'Deny', Action: 'iam:*', Resource: '*' },
        {
          Effect: 'Allow',
          Action: 'logs:PutLogEvents',
          Resource: 'arn:aws:logs:*:*:log-group:/aws/application-signals/data:*',
        },
      ],
    };
    iam.on(GetPolicyCommand, { PolicyArn: AWS_POLICY }).resolves({ Policy: { DefaultVersionId: 'v3' } });
    iam
      .on(GetPolicyVersionCommand, { PolicyArn: AWS_POLICY, VersionId: 'v3' })
      .resolves({ PolicyVersion: { Document: encodeURIComponent(JSON.stringify(document)) } });
    iamAnswers((action) => (action === 'xray:PutTraceSegments' ? { EvalDecision: 'implicitDeny' } : {}));
    const { findings } = await run(stacksOf(traced));
    expect(findings).toHaveLength(FUNCTIONS.length);
    for (const { detail } of findings) expect(detail).toContain('xray:PutTraceSegments on *');
    expect(asked().flatMap(({ ActionNames = [] }) => ActionNames)).not.toContain('iam:*');
    expect(asked().flatMap(({ ResourceArns = [] }) => ResourceArns)).toContain(
      'arn:aws:logs:eu-central-1:111122223333:log-group:/aws/application-signals/data:*',
    );
  });

  it('ends when its time is over, and says about which functions nothing is known', async () => {
    let now = 0;
    const clock = () => now;
    iam.on(SimulatePrincipalPolicyCommand).callsFake((input) => {
      now += PERMISSIONS_BOUND_MS / 3;
      return { EvaluationResults: answer(input, () => ({})) };
    });
    expect((await run(stacksOf(prod), clock)).findings).toMatchObject([
      {
        result: 'warn',
        detail: expect.stringMatching(/not about all of FanoutWorkerFunction\w+ and 6 more functions/),
      },
    ]);
    expect(asked()).toHaveLength(3);
  });

  it('ends at once on Ctrl-C', async () => {
    const goOn = () => {
      throw new Error('Interrupted.');
    };
    await expect(run(stacksOf(prod), () => 0, goOn)).rejects.toThrow('Interrupted.');
  });
});
