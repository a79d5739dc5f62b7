import { GetAccountSettingsCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  type ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { Fault } from '../explain.ts';
import type { Need, Quota } from './needs.ts';
import { ACTIONS } from './options.ts';

/** A quota's value. */
export interface Reading {
  /** Undefined: AWS does not know this quota here. */
  readonly value: number | undefined;
  /** `default`: the account has no value of its own. */
  readonly source: 'account' | 'default' | 'documentation';
}

/** A need, with what the account has. */
export interface Found {
  readonly need: Need;
  readonly has: Reading;
}

/** Whether a quota is known to be lower than the need. */
export const isTooLow = ({ need, has }: Found): boolean => has.value !== undefined && has.value < need.needed;

/** Clients of the account and region to check. */
export interface QuotaClients {
  readonly lambda: LambdaClient;
  readonly quotas: ServiceQuotasClient;
}

/**
 * Asks for every quota, one after another: Service Quotas allows few calls a second.
 * @throws Fault if a permission is missing, naming all that are needed, or if AWS throttles the questions.
 */
export async function readQuotas(needs: readonly Need[], { lambda, quotas }: QuotaClients): Promise<Found[]> {
  try {
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand());
    const found: Found[] = [];
    for (const need of needs) {
      const { quota } = need;
      if (quota.from === 'lambda') {
        found.push({ need, has: { value: AccountLimit?.[quota.limit], source: 'account' } });
      } else {
        found.push({ need, has: await readQuota(quota, quotas) });
      }
    }
    return found;
  } catch (fault) {
    throw explained(fault);
  }
}

async function readQuota(quota: Exclude<Quota, { from: 'lambda' }>, client: ServiceQuotasClient): Promise<Reading> {
  if (quota.from === 'documentation') return { value: quota.value, source: 'documentation' };
  const of = { ServiceCode: quota.service, QuotaCode: quota.code };
  const applied = await ifKnown(client.send(new GetServiceQuotaCommand(of)));
  if (applied?.Quota?.Value !== undefined) return { value: applied.Quota.Value, source: 'account' };
  const usual = await ifKnown(client.send(new GetAWSDefaultServiceQuotaCommand(of)));
  return { value: usual?.Quota?.Value, source: 'default' };
}

/** The answer; undefined where the account or the region does not have the quota. */
async function ifKnown<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (fault) {
    if (fault instanceof Error && fault.name === 'NoSuchResourceException') return undefined;
    throw fault;
  }
}

function explained(fault: unknown): unknown {
  if (!(fault instanceof Error)) return fault;
  if (/AccessDenied|not authorized/.test(`${fault.name}: ${fault.message}`)) {
    return new Fault(
      `Your AWS credentials may not read the quotas. Allow ${ACTIONS.join(', ')}. AWS says: ${fault.message}`,
      { cause: fault },
    );
  }
  if (fault.name === 'TooManyRequestsException' || fault.name === 'ThrottlingException') {
    return new Fault('AWS throttles these questions. Try again in a minute.', { cause: fault });
  }
  return fault;
}
