import { Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { checkReserved } from './concurrency.ts';
import { ApiStack } from './stacks/api-stack.ts';
import { PipelineStack } from './stacks/pipeline-stack.ts';
import { StateStack } from './stacks/state-stack.ts';
import type { Stage } from './stage.ts';

/** The stacks of one stage. */
export interface Postrider {
  readonly state: StateStack;
  readonly pipeline: PipelineStack;
  readonly api: ApiStack;
}

/**
 * Declares Postrider in an app: three stacks, in the order in which they depend on each other.
 * @throws Error if the stage reserves too little concurrency.
 */
export function postrider(app: Construct, stage: Stage): Postrider {
  checkReserved(stage);
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
  Tags.of(app).add('postrider:stage', stage.name);
  return { state, pipeline, api };
}
