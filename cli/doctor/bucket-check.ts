import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import * as z from 'zod';
import type { Stage } from '../../lib/stage.ts';
import type { Deployment } from '../runtime/aws.ts';
import { checked, type Finding, fail, isMissing, ok, setRight, warn } from './finding.ts';

const CHECK = 'payload bucket';

/**
 * Whether the payloads are there, closed to the public, and kept for as long as the stage promises.
 * @param stage undefined for the product on this machine, whose bucket has no settings.
 */
export function bucketCheck(
  bucket: string,
  stage: Stage | undefined,
  config: Deployment['config'],
): Promise<readonly Finding[]> {
  const client = new S3Client(config);
  const check = async (): Promise<readonly Finding[]> => {
    if (!(await exists(bucket, client))) {
      return [
        fail(
          CHECK,
          `${bucket} is not there: events are refused, and deliveries lack their payloads.`,
          stage === undefined
            ? 'npm start makes an empty one.'
            : `See who deleted it (CloudTrail). This makes an empty one: ${setRight(stage.name)}`,
        ),
      ];
    }
    if (stage === undefined) return [ok(CHECK, `${bucket} is there.`)];
    const wrong = await Promise.all([
      publicAccess(bucket, client),
      plainRequests(bucket, stage, client),
      retention(bucket, stage, client),
      versions(bucket, client),
    ]);
    const found = wrong.flat();
    if (found.length > 0) return found;
    return [
      ok(CHECK, `${bucket} is closed to the public, asks for TLS, and keeps payloads for ${stage.retentionDays} days.`),
    ];
  };
  return checked(CHECK, check());
}

async function exists(Bucket: string, client: S3Client): Promise<boolean> {
  try {
    await client.send(new HeadBucketCommand({ Bucket }));
    return true;
  } catch (fault) {
    if (isMissing(fault)) return false;
    throw fault;
  }
}

/** What S3 has of a bucket's setting; undefined if nobody has set it. */
async function ifSet<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (fault) {
    if (
      fault instanceof Error &&
      /^NoSuch(PublicAccessBlock|Lifecycle)Configuration$|^NoSuchBucketPolicy$/.test(fault.name)
    )
      return undefined;
    throw fault;
  }
}

async function publicAccess(Bucket: string, client: S3Client): Promise<Finding[]> {
  const found = await ifSet(client.send(new GetPublicAccessBlockCommand({ Bucket })));
  const switches = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'] as const;
  const off = switches.filter((name) => found?.PublicAccessBlockConfiguration?.[name] !== true);
  if (off.length === 0) return [];
  const all = switches.map((name) => `${name}=true`).join(',');
  return [
    fail(
      CHECK,
      `${Bucket} could be opened to the public: ${off.join(', ')} ${off.length === 1 ? 'is' : 'are'} off.`,
      `aws s3api put-public-access-block --bucket ${Bucket} --public-access-block-configuration ${all}`,
    ),
  ];
}

const policySchema = z.object({
  Statement: z.union([z.array(z.unknown()), z.unknown().transform((one) => [one])]),
});
const refusesPlain = z.object({
  Effect: z.literal('Deny'),
  Condition: z.object({ Bool: z.object({ 'aws:SecureTransport': z.union([z.literal('false'), z.literal(false)]) }) }),
});

async function plainRequests(Bucket: string, { name }: Stage, client: S3Client): Promise<Finding[]> {
  const found = await ifSet(client.send(new GetBucketPolicyCommand({ Bucket })));
  const { Statement } = policySchema.parse(JSON.parse(found?.Policy ?? '{"Statement":[]}'));
  if (Statement.some((one) => refusesPlain.safeParse(one).success)) return [];
  return [warn(CHECK, `${Bucket} takes requests without TLS: the policy that refuses them is gone.`, setRight(name))];
}

async function retention(Bucket: string, { retentionDays, name }: Stage, client: S3Client): Promise<Finding[]> {
  const found = await ifSet(client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })));
  const rules = (found?.Rules ?? []).filter(({ Status }) => Status === 'Enabled');
  const days = rules.flatMap(({ Expiration }) => (Expiration?.Days === undefined ? [] : [Expiration.Days]));
  const shortest = Math.min(...days);
  if (days.length === 0)
    return [warn(CHECK, `${Bucket} keeps payloads for ever, and they are billed.`, setRight(name))];
  if (shortest >= retentionDays) return [];
  return [
    fail(
      CHECK,
      `${Bucket} deletes payloads after ${shortest} days; deliveries and replays of ${name} need them for ${retentionDays}.`,
      setRight(name),
    ),
  ];
}

async function versions(Bucket: string, client: S3Client): Promise<Finding[]> {
  const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }));
  if (Status !== 'Enabled') return [];
  return [
    warn(
      CHECK,
      `${Bucket} keeps versions: payloads that expired are still there, and billed.`,
      `aws s3api put-bucket-versioning --bucket ${Bucket} --versioning-configuration Status=Suspended`,
    ),
  ];
}
