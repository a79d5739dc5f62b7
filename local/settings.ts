import { resolve } from 'node:path';
import * as z from 'zod';

/** The account and region that the local AWS uses. The account id is the usual one of local emulators. */
export const ACCOUNT_ID = '000000000000';
export const REGION = 'us-east-1';

const port = (fallback: number) => z.coerce.number().int().min(1).max(65_535).default(fallback);

const environment = z.object({
  /** Port of the HTTP API. */
  PORT: port(4400),
  /** Port of all AWS services. */
  POSTRIDER_AWS_PORT: port(4566),
  /** Folder for everything that survives a restart. */
  POSTRIDER_DATA: z.string().min(1).default('.postrider'),
  /** Admin key to use instead of creating one. */
  POSTRIDER_API_KEY: z.string().min(1).optional(),
  /** `pretty` is for a terminal, `json` is what CloudWatch would get. */
  POSTRIDER_LOG: z.enum(['pretty', 'json']).default('pretty'),
  /** Log level of the functions; by default the template's. */
  LOG_LEVEL: z.enum(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT', 'CRITICAL']).optional(),
  /**
   * Period of every schedule, in seconds, instead of the template's. For tests only: on AWS no schedule runs more often
   * than once a minute, so a system that recovers fast with 1 here may be slow to recover in an account.
   */
  POSTRIDER_SCHEDULE_SECONDS: z.coerce.number().positive().optional(),
});

/** Settings of a local run, from the environment and the command line. */
export interface Settings {
  readonly apiPort: number;
  readonly awsPort: number;
  readonly dataDir: string;
  readonly ephemeral: boolean;
  readonly adminKey: string | undefined;
  readonly log: 'pretty' | 'json';
  readonly logLevel: string | undefined;
  readonly scheduleSeconds: number | undefined;
}

/**
 * Reads the settings of a local run.
 * @throws Error naming the invalid variable or argument.
 */
export function readSettings(env: NodeJS.ProcessEnv, args: readonly string[]): Settings {
  const unknown = args.filter((arg) => arg !== '--ephemeral');
  if (unknown.length > 0) throw new Error(`Unknown argument ${unknown.join(' ')}. The only option is --ephemeral.`);
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The environment is invalid. ${problems.join('; ')}`);
  }
  const value = parsed.data;
  return {
    apiPort: value.PORT,
    awsPort: value.POSTRIDER_AWS_PORT,
    dataDir: resolve(value.POSTRIDER_DATA),
    ephemeral: args.includes('--ephemeral'),
    adminKey: value.POSTRIDER_API_KEY,
    log: value.POSTRIDER_LOG,
    logLevel: value.LOG_LEVEL,
    scheduleSeconds: value.POSTRIDER_SCHEDULE_SECONDS,
  };
}
