import * as z from 'zod';
import { type AlarmSettings, type Stage, stages } from './stage.ts';

const onOrOff = z.enum(['on', 'off'], 'must be on or off').transform((text) => text === 'on');
const wholeNumber = z.coerce
  .number('must be a whole number of at least 1, such as 10')
  .int('must be a whole number of at least 1, such as 10')
  .min(1, 'must be a whole number of at least 1, such as 10');

// A role's name may hold commas.
const roleArns = z
  .string()
  .transform((text) => text.trim().split(/[\s,]+(?=arn:)/))
  .pipe(
    z.array(
      z
        .string()
        .regex(
          /^arn:aws[a-z-]*:iam::\d{12}:role\/([\x21-\x7e]+\/)?[\w+=,.@-]{1,64}$/,
          'must be ARNs of IAM roles, separated by commas',
        ),
    ),
  );

const NO_ORIGIN = 'must be origins, separated by commas, such as https://app.example.com: without a path or a wildcard';

/** Exactly an origin as browsers write it: what stands in a policy must not end it, or mean more than one host. */
function isOrigin(text: string): boolean {
  return /^https?:\/\/[a-z0-9.-]+(:\d+)?$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
const HTTPS_ORIGIN = 'must be the https:// address of a custom domain, without a path';

/** What the environment may change of a stage. */
const environment = z.object({
  /** The consecutive failures that open an endpoint's circuit. */
  POSTRIDER_CIRCUIT_FAILURES: wholeNumber.optional(),
  /** Metrics, alarms and the dashboard, and with them the heartbeat. */
  POSTRIDER_ALARMS: onOrOff.optional(),
  /** Addresses that get an e-mail from the alarms, separated by commas. */
  POSTRIDER_ALARM_EMAILS: z
    .string()
    .transform((text) => text.split(',').map((address) => address.trim()))
    .pipe(z.array(z.email('must be e-mail addresses, separated by commas')))
    .optional(),
  /** US dollars a month. */
  POSTRIDER_MONTHLY_BUDGET: z.coerce
    .number('must be a number of US dollars')
    .positive('must be a number of US dollars')
    .optional(),
  /** ARNs of the AWS roles whose holders may sign in to the console, separated by commas. */
  POSTRIDER_VIEWER_ROLES: roleArns.optional(),
  POSTRIDER_ADMIN_ROLES: roleArns.optional(),
  /** A custom domain of the API. */
  POSTRIDER_PUBLIC_URL: z
    .string()
    .transform((text) => text.replace(/\/$/, ''))
    .refine((text) => text.startsWith('https://') && URL.parse(text)?.origin === text, HTTPS_ORIGIN)
    .optional(),
  POSTRIDER_HEARTBEAT: onOrOff.optional(),
  /** Within how many seconds a heartbeat must arrive; the function has no time for more than a minute. */
  POSTRIDER_HEARTBEAT_SECONDS: wholeNumber.max(60, 'must be at most 60').optional(),
  POSTRIDER_TRACING: onOrOff.optional(),
  /** One in so many acknowledged attempts is logged. */
  POSTRIDER_LOG_ONE_IN: wholeNumber.optional(),
  /** The origins whose pages may show the portal in a frame, separated by commas. */
  POSTRIDER_PORTAL_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .pipe(z.array(z.string().refine(isOrigin, NO_ORIGIN)))
    .optional(),
});

/** The variables of the environment that change a stage, for whoever must know whether any of them differs. */
export const STAGE_VARIABLES = Object.keys(environment.shape);

/**
 * The stage with a name, with the settings of the environment.
 * @throws Error that lists the known stages, or names each setting that is wrong and what it may be.
 */
export function stageOf(name: string, env: Readonly<NodeJS.ProcessEnv> = {}): Stage {
  const stage = Object.values(stages).find((candidate) => candidate.name === name);
  if (stage === undefined) {
    throw new Error(`There is no stage "${name}". Set POSTRIDER_STAGE to one of: ${Object.keys(stages).join(', ')}.`);
  }
  const read = environment.safeParse(env);
  if (!read.success) {
    throw new Error(read.error.issues.map(({ path, message }) => `${path[0]?.toString()} ${message}.`).join(' '));
  }
  const settings = read.data;
  if (settings.POSTRIDER_TRACING && stage.name === 'local') {
    throw new Error('POSTRIDER_TRACING is for deployed stages: leave it out of a local run.');
  }
  const alarms = alarmsOf(stage, settings);
  return {
    ...stage,
    alarms,
    heartbeat:
      settings.POSTRIDER_HEARTBEAT ?? (settings.POSTRIDER_ALARMS === undefined ? stage.heartbeat : alarms !== null),
    heartbeatSeconds: settings.POSTRIDER_HEARTBEAT_SECONDS ?? stage.heartbeatSeconds,
    tracing: settings.POSTRIDER_TRACING ?? stage.tracing,
    signInRoles: {
      viewer: settings.POSTRIDER_VIEWER_ROLES ?? stage.signInRoles.viewer,
      admin: settings.POSTRIDER_ADMIN_ROLES ?? stage.signInRoles.admin,
    },
    portalOrigins: settings.POSTRIDER_PORTAL_ORIGINS ?? stage.portalOrigins,
    publicUrl: settings.POSTRIDER_PUBLIC_URL ?? stage.publicUrl,
    logOneIn: settings.POSTRIDER_LOG_ONE_IN ?? stage.logOneIn,
    circuit: {
      ...stage.circuit,
      opensAfterFailures: settings.POSTRIDER_CIRCUIT_FAILURES ?? stage.circuit.opensAfterFailures,
    },
  };
}

function alarmsOf(stage: Stage, settings: z.output<typeof environment>): AlarmSettings | null {
  const isOn = settings.POSTRIDER_ALARMS ?? stage.alarms !== null;
  const { POSTRIDER_ALARM_EMAILS: emails, POSTRIDER_MONTHLY_BUDGET: monthlyBudget } = settings;
  if (!isOn) {
    if (emails === undefined && monthlyBudget === undefined) return null;
    throw new Error(
      'POSTRIDER_ALARM_EMAILS and POSTRIDER_MONTHLY_BUDGET need alarms: set POSTRIDER_ALARMS=on, or leave them out.',
    );
  }
  const base = stage.alarms ?? { emails: [], overrides: {}, monthlyBudget: null };
  return { ...base, emails: emails ?? base.emails, monthlyBudget: monthlyBudget ?? base.monthlyBudget };
}
