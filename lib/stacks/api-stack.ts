import { CfnOutput, Duration, Lazy, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
  PayloadFormatVersion,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type apiEnv, SIGN_IN_PATHS } from '../../lambdas/api/config.ts';
import { HEARTBEAT_PATH, type heartbeatEnv, TASK } from '../../lambdas/heartbeat/config.ts';
import { IAM_PUBLISH_PATH, type ingestEnv } from '../../lambdas/ingest/config.ts';
import { PORTAL_PATH, type portalEnv } from '../../lambdas/portal/config.ts';
import { bus, key, objects, queue, route, table } from '../constructs/binding.ts';
import { PipelineFunction } from '../constructs/pipeline-function.ts';
import { portalSiteBeside } from '../constructs/portal-site.ts';
import type { RunbookAlarm } from '../constructs/runbook-alarm.ts';
import { Ticks } from '../constructs/ticks.ts';
import { apiAlarms, PUBLISH_ROUTE } from '../observability/function-alarms.ts';
import { watchPublishing } from '../observability/publish-route.ts';
import { auditRetention, metricsStage, type Stage } from '../stage.ts';
import type { PipelineStack } from './pipeline-stack.ts';
import { ledgerIndexes, registryIndexes, type StateStack } from './state-stack.ts';

/** The API for producers and operators: publishing goes to ingest, everything else to the management API. And the portal. */
export class ApiStack extends Stack {
  readonly api: HttpApi;
  readonly ingest: PipelineFunction<typeof ingestEnv>;
  readonly management: PipelineFunction<typeof apiEnv>;
  readonly portal: PipelineFunction<typeof portalEnv>;
  /** Undefined if the stage has none. */
  readonly heartbeat: PipelineFunction<typeof heartbeatEnv> | undefined;
  readonly accessLogs: LogGroup;
  /** That show whether the functions' new versions work. */
  readonly alarms: readonly RunbookAlarm[];

  constructor(
    scope: Construct,
    id: string,
    props: StackProps & { readonly stage: Stage; readonly state: StateStack; readonly pipeline: PipelineStack },
  ) {
    super(scope, id, props);
    const { stage, state, pipeline } = props;
    const { registry, ledger, payloads, secretsKey } = state;

    this.ingest = new PipelineFunction<typeof ingestEnv>(this, 'Ingest', {
      stage,
      entry: 'ingest',
      env: {
        REGISTRY_TABLE: table(registry, ['GetItem', 'BatchGetItem', 'UpdateItem']),
        LEDGER_TABLE: table(ledger, ['BatchGetItem', 'PutItem', 'BatchWriteItem', 'UpdateItem']),
        PAYLOAD_BUCKET: objects(payloads, ['PutObject']),
        EVENT_BUS: bus(pipeline.bus),
        RETENTION_DAYS: String(stage.retentionDays),
        LIST_SHARDS: String(stage.listShards),
        METRICS_STAGE: metricsStage(stage),
      },
    });

    this.management = new PipelineFunction<typeof apiEnv>(this, 'Management', {
      stage,
      entry: 'api',
      env: {
        REGISTRY_TABLE: table(
          registry,
          ['Query', 'GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem'],
          registryIndexes,
        ),
        LEDGER_TABLE: table(ledger, ['Query', 'GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'], ledgerIndexes),
        // To list the bucket also serves GET /v1/unreadable; restricted to its prefix, missing payloads would not be known.
        PAYLOAD_BUCKET: objects(payloads, ['GetObject', 'PutObject'], { knowsMissing: true }),
        DELIVERY_QUEUE_URL: queue(pipeline.delivery.queue, ['SendMessage', 'GetQueueAttributes']),
        BULK_DELIVERY_QUEUE_URL: queue(pipeline.bulk.queue, ['SendMessage', 'GetQueueAttributes']),
        JOBS_QUEUE_URL: queue(pipeline.jobs.queue, ['SendMessage', 'GetQueueAttributes']),
        // Those whose depth is only shown.
        FANOUT_QUEUE_URL: shown(pipeline.queues.fanout.queue),
        BULK_FANOUT_QUEUE_URL: shown(pipeline.queues.bulkFanout.queue),
        SLOW_DELIVERY_QUEUE_URL: shown(pipeline.queues.slow.queue),
        STATS_QUEUE_URL: shown(pipeline.queues.stats.queue),
        CONTINUATIONS_QUEUE_URL: shown(pipeline.queues.continuations.queue),
        RULE_DEAD_LETTER_QUEUE_URL: shown(pipeline.deadLetters.rule),
        FANOUT_DEAD_LETTER_QUEUE_URL: shown(pipeline.deadLetters.fanout),
        DEAD_LETTER_QUEUE_URL: shown(pipeline.deadLetters.deliveries),
        JOBS_DEAD_LETTER_QUEUE_URL: shown(pipeline.deadLetters.jobs),
        STATS_DEAD_LETTER_QUEUE_URL: shown(pipeline.deadLetters.stats),
        CONTINUATIONS_DEAD_LETTER_QUEUE_URL: shown(pipeline.deadLetters.continuations),
        STAGE: stage.name,
        // Lazy, since the API is made with this function.
        PUBLIC_URL: Lazy.string({ produce: () => stage.publicUrl ?? this.api.apiEndpoint }),
        VIEWER_ROLES: stage.signInRoles.viewer.join(' '),
        ADMIN_ROLES: stage.signInRoles.admin.join(' '),
        HEARTBEAT: String(stage.heartbeat),
        REQUESTS_PER_SECOND: String(stage.throttle.rate),
        REQUESTS_BURST: String(stage.throttle.burst),
        SECRETS_KEY_ARN: key(secretsKey, ['GenerateDataKey', 'Decrypt']),
        RETENTION_DAYS: String(stage.retentionDays),
        DEAD_LETTER_RETENTION_DAYS: String(stage.deadLetterRetentionDays),
        AUDIT_RETENTION_DAYS: auditRetention(stage),
        LIST_SHARDS: String(stage.listShards),
        WAITING_SHARDS: String(stage.waitingShards),
        EGRESS_ALLOWED_CIDRS: stage.egress.allowedCidrs.join(','),
        EGRESS_ALLOW_HTTP: String(stage.egress.allowHttp),
      },
    });

    const { ingest, management } = this;
    const managing = new HttpLambdaIntegration('ManagementIntegration', management.lambda, payloadFormat);
    const api = new HttpApi(this, 'HttpApi', {
      apiName: `Postrider-${stage.name}`,
      createDefaultStage: false,
      defaultIntegration: managing,
    });
    this.api = api;
    Validations.of(api).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'But for the route with IAM, the functions check the API key: an HTTP API authorizer cannot refuse with a problem document.',
    });
    const integration = new HttpLambdaIntegration('IngestIntegration', ingest.lambda, payloadFormat);
    const publishing = api.addRoutes({ path: PUBLISH_ROUTE.path, methods: [HttpMethod.POST], integration });
    // For callers inside AWS: API Gateway checks their signature and that an IAM policy of theirs allows this route.
    api.addRoutes({
      path: IAM_PUBLISH_PATH,
      methods: [HttpMethod.POST],
      integration,
      authorizer: new HttpIamAuthorizer(),
    });
    for (const role of ['viewer', 'admin'] as const) {
      if (stage.signInRoles[role].length === 0) continue;
      const path = SIGN_IN_PATHS[role];
      const [methods, authorizer] = [[HttpMethod.POST], new HttpIamAuthorizer()];
      api.addRoutes({ path, methods, integration: managing, authorizer });
      // The only resource that an operator's role must be allowed to invoke.
      new CfnOutput(this, role === 'viewer' ? 'ViewerSignInArn' : 'AdminSignInArn', {
        value: api.arnForExecuteApi('POST', path, '$default'),
      });
    }
    this.portal = this.addPortal(api, stage);
    this.heartbeat = stage.heartbeat ? this.addHeartbeat(api, stage, state) : undefined;
    this.accessLogs = new LogGroup(this, 'AccessLogs', {
      retention: stage.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const gateway = new HttpStage(this, 'DefaultStage', {
      httpApi: api,
      autoDeploy: true,
      throttle: { rateLimit: stage.throttle.rate, burstLimit: stage.throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.accessLogs),
        format: AccessLogFormat.custom(JSON.stringify(accessLogLine(stage))),
      },
    });
    this.alarms = apiAlarms(this, stage, {
      api,
      ingest: ingest.lambda,
      management: management.lambda,
      portal: this.portal.lambda,
    });
    if (stage.alarms !== null)
      watchPublishing(this, { stage, gateway, routes: publishing, accessLogs: this.accessLogs });

    new CfnOutput(this, 'ApiUrl', { value: api.apiEndpoint });
    // The only resource that a producer's role must be allowed to invoke.
    new CfnOutput(this, 'PublishArn', { value: api.arnForExecuteApi('POST', IAM_PUBLISH_PATH, '$default') });
  }

  /** The pages for the people of a tenant: files, from a function that may do nothing. What they show, they ask the API. */
  private addPortal(api: HttpApi, stage: Stage) {
    const portal = new PipelineFunction<typeof portalEnv>(this, 'Portal', {
      stage,
      entry: 'portal',
      env: { PORTAL_ORIGINS: stage.portalOrigins.join(',') },
      filesBeside: portalSiteBeside,
    });
    const integration = new HttpLambdaIntegration('PortalIntegration', portal.lambda, payloadFormat);
    api.addRoutes({ path: PORTAL_PATH, methods: [HttpMethod.GET], integration });
    api.addRoutes({ path: `${PORTAL_PATH}/{proxy+}`, methods: [HttpMethod.GET], integration });
    return portal;
  }

  /** Every five minutes, an event of our own goes all the way: by the API to the product, and back to the API. */
  private addHeartbeat(api: HttpApi, stage: Stage, { registry, ledger, secretsKey }: StateStack) {
    const heartbeat = new PipelineFunction<typeof heartbeatEnv>(this, 'Heartbeat', {
      stage,
      entry: 'heartbeat',
      env: {
        PUBLISH_URL: route(api, 'POST', IAM_PUBLISH_PATH),
        HEARTBEAT_URL: api.apiEndpoint + HEARTBEAT_PATH,
        REGISTRY_TABLE: table(registry, ['GetItem', 'BatchGetItem', 'PutItem', 'DeleteItem']),
        LEDGER_TABLE: table(ledger, ['BatchGetItem']),
        SECRETS_KEY_ARN: key(secretsKey, ['GenerateDataKey', 'Decrypt']),
        ARRIVES_WITHIN_SECONDS: String(stage.heartbeatSeconds),
        AUDIT_RETENTION_DAYS: auditRetention(stage),
        LIST_SHARDS: String(stage.listShards),
        WAITING_SHARDS: String(stage.waitingShards),
        METRICS_STAGE: metricsStage(stage),
      },
    });
    // The function checks the webhook's signature.
    api.addRoutes({
      path: HEARTBEAT_PATH,
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('HeartbeatIntegration', heartbeat.lambda, payloadFormat),
    });
    new Ticks(this, 'EveryFiveMinutes', { worker: heartbeat.lambda, tasks: [TASK], every: Duration.minutes(5) });
    return heartbeat;
  }
}

const shown = (of: Queue) => queue(of, ['GetQueueAttributes']);

const payloadFormat = { payloadFormatVersion: PayloadFormatVersion.VERSION_2_0 };

/** No query strings or headers: they carry cursors, filters and API keys. */
const accessLogLine = (stage: Stage) => ({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  routeKey: '$context.routeKey',
  status: '$context.status',
  responseBytes: '$context.responseLength',
  responseMs: '$context.responseLatency',
  integrationMs: '$context.integrationLatency',
  integrationError: '$context.integrationErrorMessage',
  // The dimension of the metric that is counted from these lines.
  ...(stage.alarms !== null && { stage: stage.name }),
});
