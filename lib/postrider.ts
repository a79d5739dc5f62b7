import { Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { checkReserved } from './concurrency.ts';
import { checkOverrides } from './observability/sections.ts';
import { ApiStack } from './stacks/api-stack.ts';
import { ObservabilityStack } from './stacks/observability-stack.ts';
import { PipelineStack } from './stacks/pipeline-stack.ts';
import { StateStack } from './stacks/state-stack.ts';
import type { Stage } from './stage.ts';

/** The stacks of one stage. */
export interface Postrider {
  readonly state: StateStack;
  readonly pipeline: PipelineStack;
  readonly api: ApiStack;
  /** Undefined if the stage has no alarms. */
  readonly observability: ObservabilityStack | undefined;
}

/**
 * Declares Postrider in an app: its stacks, in the order in which they depend on each other.
 * @throws Error if the stage reserves too little concurrency, or overrides an alarm that does not exist.
 */
export function postrider(app: Construct, stage: Stage): Postrider {
  checkReserved(stage);
  checkOverrides(stage);
  const name = `Postrider-${stage.name}`;
  const state = new StateStack(app, `${name}-State`, {
    description: `Postrider ${stage.name}: tables, payloads, key`,
    terminationProtection: stage.terminationProtection,
    stage,
  });
  const pipeline = new PipelineStack(app, `${name}-Pipeline`, {
    description: `Postrider ${stage.name}: bus, queues, fan-out, delivery, redrive`,
    stage,
    state,
  });
  const api = new ApiStack(app, `${name}-Api`, {
    description: `Postrider ${stage.name}: HTTP API, ingest, management`,
    stage,
    state,
    pipeline,
  });
  const observability =
    stage.alarms === null
      ? undefined
      : new ObservabilityStack(app, `${name}-Observability`, {
          description: `Postrider ${stage.name}: alarms, dashboard, saved queries`,
          watched: { stage, state, pipeline, api },
          settings: stage.alarms,
        });
  Tags.of(app).add('postrider:stage', stage.name);
  return { state, pipeline, api, observability };
}
