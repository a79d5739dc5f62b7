/** A running Postrider, with what scenarios need to test it; the same scenarios run against every target. */
export interface Target {
  readonly apiUrl: string;
  readonly adminKey: string;
  /** URL of AWS; any credentials work. */
  readonly awsEndpoint: string;
  readonly outputs: TargetOutputs;
  /** The address under which the deployment reaches receivers of this process. */
  readonly receiverHost: string;
}

/** The stack's outputs that scenarios use, by the names that `cdk deploy` prints. */
export interface TargetOutputs {
  readonly PublishArn: string;
  readonly FanoutQueueUrl: string;
  readonly DeliveryQueueUrl: string;
  readonly SlowDeliveryQueueUrl: string;
  readonly DeadLetterQueueUrl: string;
  readonly RegistryTableName: string;
}
