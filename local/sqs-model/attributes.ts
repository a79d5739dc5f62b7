import * as z from 'zod';
import { SqsError } from './errors.ts';

/** Queue attributes in the format of SQS: names and texts. */
export type QueueAttributes = Readonly<Record<string, string>>;

/** The parsed attributes that affect the model. */
export interface QueueSettings {
  readonly delaySeconds: number;
  readonly visibilityTimeoutSeconds: number;
  readonly retentionSeconds: number;
  readonly waitTimeSeconds: number;
  readonly maximumMessageBytes: number;
  readonly redrive: RedrivePolicy | undefined;
  readonly redriveAllow: RedriveAllowPolicy;
}

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

type RedriveAllowPolicy = z.output<typeof redriveAllowPolicy>;

/** Smallest, largest and default value of the numeric attributes. Source: API_SetQueueAttributes. */
const numericAttributes = {
  DelaySeconds: [0, 900, 0],
  VisibilityTimeout: [0, 43_200, 30],
  MessageRetentionPeriod: [60, 1_209_600, 345_600],
  ReceiveMessageWaitTimeSeconds: [0, 20, 0],
  MaximumMessageSize: [1024, 1_048_576, 1_048_576],
  KmsDataKeyReusePeriodSeconds: [60, 86_400, 300],
} as const;

/** Attributes that are stored and returned without effect: the model neither encrypts nor authorises. */
const storedAttributes = new Set(['Policy', 'KmsMasterKeyId', 'SqsManagedSseEnabled']);

const redrivePolicy = z.object({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: z.coerce.number().int().min(1).max(1000),
});

const redriveAllowPolicy = z.object({
  redrivePermission: z.enum(['allowAll', 'denyAll', 'byQueue']),
  sourceQueueArns: z.array(z.string()).max(10).optional(),
});

/**
 * Merges new attributes into a queue's own; an empty text removes a policy or key.
 * @throws SqsError InvalidAttributeName or InvalidAttributeValue.
 */
export function mergeAttributes(current: QueueAttributes, changes: QueueAttributes): QueueAttributes {
  const merged: Record<string, string> = { ...current };
  for (const [name, value] of Object.entries(changes)) {
    checkAttribute(name, value);
    if (value === '') delete merged[name];
    else merged[name] = value;
  }
  return merged;
}

function checkAttribute(name: string, value: string): void {
  const range = numericRange(name);
  if (range) {
    const number = Number(value);
    const allowed = /^\d+$/.test(value) && number >= range[0] && number <= range[1];
    if (!allowed) throw invalidValue(name, `Must be a whole number from ${range[0]} to ${range[1]}.`);
    return;
  }
  if (name === 'RedrivePolicy' || name === 'RedriveAllowPolicy' || storedAttributes.has(name)) return;
  throw new SqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
}

/** Parses the attributes that affect the model, after validation. */
export function parseSettings(attributes: QueueAttributes): QueueSettings {
  return {
    delaySeconds: numeric(attributes, 'DelaySeconds'),
    visibilityTimeoutSeconds: numeric(attributes, 'VisibilityTimeout'),
    retentionSeconds: numeric(attributes, 'MessageRetentionPeriod'),
    waitTimeSeconds: numeric(attributes, 'ReceiveMessageWaitTimeSeconds'),
    maximumMessageBytes: numeric(attributes, 'MaximumMessageSize'),
    redrive: parsePolicy(redrivePolicy, 'RedrivePolicy', attributes.RedrivePolicy),
    redriveAllow: parsePolicy(redriveAllowPolicy, 'RedriveAllowPolicy', attributes.RedriveAllowPolicy) ?? {
      redrivePermission: 'allowAll',
    },
  };
}

/** The attributes with the defaults that SQS shows for a queue that never set them. */
export function withDefaults(attributes: QueueAttributes): QueueAttributes {
  const shown: Record<string, string> = {};
  for (const [name, [, , fallback]] of Object.entries(numericAttributes)) {
    if (name !== 'KmsDataKeyReusePeriodSeconds') shown[name] = String(fallback);
  }
  if (!attributes.KmsMasterKeyId) shown.SqsManagedSseEnabled = 'true';
  return { ...shown, ...attributes };
}

/** Whether a dead-letter queue's RedriveAllowPolicy lets this queue name it as its target. */
export function allowsSource(deadLetterQueue: QueueSettings, sourceArn: string): boolean {
  const { redrivePermission, sourceQueueArns } = deadLetterQueue.redriveAllow;
  if (redrivePermission === 'byQueue') return sourceQueueArns?.includes(sourceArn) ?? false;
  return redrivePermission === 'allowAll';
}

function numericRange(name: string): readonly [number, number, number] | undefined {
  return Object.entries(numericAttributes).find(([known]) => known === name)?.[1];
}

function numeric(attributes: QueueAttributes, name: keyof typeof numericAttributes): number {
  const text = attributes[name];
  return text === undefined ? numericAttributes[name][2] : Number(text);
}

function parsePolicy<Schema extends z.ZodType>(
  schema: Schema,
  name: string,
  text: string | undefined,
): z.output<Schema> | undefined {
  if (text === undefined) return undefined;
  const result = schema.safeParse(parseJson(text));
  if (result.success) return result.data;
  throw new SqsError(
    'InvalidParameterValue',
    `Value ${text} for parameter ${name} is invalid. Reason: ${result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalidValue(name: string, reason: string): SqsError {
  return new SqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}. Reason: ${reason}`);
}
