import type { ApiStack } from '../stacks/api-stack.ts';
import type { PipelineStack } from '../stacks/pipeline-stack.ts';
import type { StateStack } from '../stacks/state-stack.ts';
import type { Stage } from '../stage.ts';

/** What is watched: the other stacks of the stage. */
export interface Watched {
  readonly stage: Stage;
  readonly state: StateStack;
  readonly pipeline: PipelineStack;
  readonly api: ApiStack;
}
