import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { postrider } from '../lib/postrider.ts';
import { stageOf } from '../lib/stage-settings.ts';

// The CDK CLI passes the context of cdk.json; a direct `node bin/postrider.ts` must synthesise the same.
const settings: { context: Record<string, unknown> } = JSON.parse(
  readFileSync(new URL('../cdk.json', import.meta.url), 'utf8'),
);
const { CDK_OUTDIR, POSTRIDER_STAGE } = process.env;
const app = new App({
  context: settings.context,
  outdir: CDK_OUTDIR ?? 'cdk.out',
  // A local run deploys nothing and must start fast: the checks would take as long as everything else.
  builtinCloudFormationValidation: POSTRIDER_STAGE !== 'local',
});
const requested: unknown = app.node.tryGetContext('stage') ?? POSTRIDER_STAGE ?? 'dev';

const stage = stageOf(String(requested), process.env);
postrider(app, stage);
if (stage.name !== 'local') {
  const { holdAgainstRules } = await import('../lib/checks.ts');
  holdAgainstRules(app);
}
app.synth();
