// `npm run lint:cfn`: checks the templates of the deployed stages and of `npm run confirm` against CloudFormation's own
// schemas with cfn-lint. It is a Python tool; if it cannot be installed, the check is skipped with a notice.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { template } from '../../tools/confirm/own-stack.ts';

const CFN_LINT = 'cfn-lint==1.58.0';
// W3005: CDK writes DependsOn where a reference already implies the order. Harmless.
const IGNORED = ['W3005'];
const DEPLOYED = ['dev', 'prod'];

const root = fileURLToPath(new URL('../../', import.meta.url));
const environment = join(root, '.cache', CFN_LINT.replace('==', '-'));
const inEnvironment = (program: string) => join(environment, 'bin', program);

function say(line: string): void {
  console.log(`lint:cfn: ${line}`);
}

function pythonWithVenv(): string | undefined {
  return ['python3', 'python'].find((name) => spawnSync(name, ['-c', 'import ensurepip, venv']).status === 0);
}

/** Installs cfn-lint once, into `.cache/`. @returns whether it is available. */
function installed(python: string): boolean {
  if (existsSync(inEnvironment('cfn-lint'))) return true;
  say(`installing ${CFN_LINT}`);
  mkdirSync(join(root, '.cache'), { recursive: true });
  const made = spawnSync(python, ['-m', 'venv', environment], { stdio: 'inherit' });
  if (made.status !== 0) return false;
  const pip = ['install', '--quiet', '--disable-pip-version-check', CFN_LINT];
  return spawnSync(inEnvironment('pip'), pip, { stdio: 'inherit' }).status === 0;
}

/** The templates of a stage, synthesised into `cdk.out/<stage>`. */
function synthesise(stage: string): string[] {
  const folder = join(root, 'cdk.out', stage);
  say(`synthesising ${stage}`);
  execFileSync(process.execPath, [join(root, 'bin', 'postrider.ts')], {
    cwd: root,
    env: { ...process.env, POSTRIDER_STAGE: stage, CDK_OUTDIR: folder },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return readdirSync(folder)
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => join(folder, name));
}

/** The template of `npm run confirm`. */
function ofConfirm(): string {
  const file = join(root, 'cdk.out', 'confirm.template.json');
  writeFileSync(file, JSON.stringify(template(), null, 2));
  return file;
}

const python = pythonWithVenv();
if (python === undefined) {
  say('SKIPPED: cfn-lint needs Python 3 with venv, and there is none on the PATH');
} else if (!installed(python)) {
  say(`SKIPPED: ${CFN_LINT} could not be installed from PyPI (the reason is above)`);
} else {
  const templates = [...DEPLOYED.flatMap(synthesise), ofConfirm()];
  execFileSync(inEnvironment('cfn-lint'), ['--ignore-checks', ...IGNORED, '--', ...templates], { stdio: 'inherit' });
  say(`${templates.length} templates are clean`);
}
