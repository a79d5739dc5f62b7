import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import type { Actor } from '../core/audit/audit.ts';
import { Fault } from './explain.ts';

/** The caller's identity, for the audit trail. Needs no permission. @throws Fault if STS returns no ARN. */
export async function callerOf(client: STSClient): Promise<Actor> {
  const { Arn } = await client.send(new GetCallerIdentityCommand());
  if (Arn === undefined) throw new Fault('STS returned no identity for these credentials: try again.');
  // arn:aws:iam::111122223333:user/alice, arn:aws:sts::111122223333:assumed-role/admin/alice, arn:aws:iam::111122223333:root
  return { kind: 'iam', id: Arn, name: Arn.split(/[:/]/).at(-1) ?? Arn };
}
