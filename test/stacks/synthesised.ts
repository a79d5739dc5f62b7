import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type Postrider, postrider } from '../../lib/postrider.ts';
import { type Stage, type StageName, stages } from '../../lib/stage.ts';

/** The templates of a stage, as a deployment would send them except for the bundles. */
export interface Synthesised {
  readonly stage: Stage;
  readonly stacks: Postrider;
  readonly state: Template;
  readonly pipeline: Template;
  readonly api: Template;
  /** Undefined if the stage has no alarms. */
  readonly observability: Template | undefined;
}

/**
 * An app with the settings of `cdk.json` without the slow parts: the bundling, which templates do not show, and,
 * unless `validated`, CDK's check of the templates.
 */
export function appIn(outdir: string, { validated = false } = {}): App {
  const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));
  return new App({
    outdir,
    context: { ...context, 'aws:cdk:bundling-stacks': [] },
    builtinCloudFormationValidation: validated,
  });
}

/** Calls `use` with a temporary folder. */
export function inTemporaryFolder<Result>(use: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'postrider-stacks-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Synthesises one stage, with other settings if any are given. */
export function synthesise(name: StageName, changes: Partial<Stage> = {}): Synthesised {
  return inTemporaryFolder((folder) => {
    const stage = { ...stages[name], ...changes };
    const stacks = postrider(appIn(folder), stage);
    return {
      stage,
      stacks,
      state: Template.fromStack(stacks.state),
      pipeline: Template.fromStack(stacks.pipeline),
      api: Template.fromStack(stacks.api),
      observability: stacks.observability && Template.fromStack(stacks.observability),
    };
  });
}

/** One resource of a template, with its name in it. */
export interface Resource {
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of another's making, and an assertion checks its shape
  readonly properties: Record<string, any>;
  readonly deletionPolicy: unknown;
}

/** The resources of a type, in any of the templates. */
export function resources(type: string, ...templates: Template[]): Resource[] {
  return templates.flatMap((template) =>
    Object.entries(template.findResources(type)).map(([id, resource]) => ({
      id,
      properties: resource.Properties ?? {},
      deletionPolicy: resource.DeletionPolicy,
    })),
  );
}

/** The permissions of a template's roles, or of one function's construct: each action with each resource, as text. */
export function allowed(template: Template, construct = ''): { action: string; resource: string }[] {
  return resources('AWS::IAM::Policy', template)
    .filter(({ id }) => id.startsWith(construct) && id.includes('Role'))
    .flatMap(({ properties }) => [properties.PolicyDocument.Statement].flat())
    .flatMap((statement) =>
      [statement.Action]
        .flat()
        .flatMap((action: string) =>
          [statement.Resource].flat().map((resource: unknown) => ({ action, resource: JSON.stringify(resource) })),
        ),
    );
}
