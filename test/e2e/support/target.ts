import * as z from 'zod';

/** A running Postrider, with what scenarios need to test it; the same scenarios run against every target. */
export interface Target {
  readonly apiUrl: string;
  readonly adminKey: string;
  /** URL of AWS; any credentials work. */
  readonly awsEndpoint: string;
  readonly outputs: StackOutputs;
  /** The address under which the deployment reaches receivers of this process. */
  readonly receiverHost: string;
}

/** The stack's outputs that scenarios use, by the names that `cdk deploy` prints. */
export const stackOutputs = z.object({
  PublishArn: z.string(),
  FanoutQueueUrl: z.url(),
  BulkFanoutQueueUrl: z.url(),
  DeliveryQueueUrl: z.url(),
  SlowDeliveryQueueUrl: z.url(),
  BulkDeliveryQueueUrl: z.url(),
  DeadLetterQueueUrl: z.url(),
  RegistryTableName: z.string(),
});
export type StackOutputs = z.output<typeof stackOutputs>;
