import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';

/**
 * Checks the app against AWS's published rules for solutions and for serverless: a finding stops the synthesis.
 * Deliberate deviations are acknowledged beside their construct, with the reason.
 */
export function holdAgainstRules(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
}
