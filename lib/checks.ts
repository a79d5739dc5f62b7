import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';

/**
 * Holds the app against AWS's published rules for solutions and for serverless: a finding stops the synthesis. What we
 * do otherwise on purpose is acknowledged beside the construct that does it, with the reason.
 */
export function holdAgainstRules(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
}
