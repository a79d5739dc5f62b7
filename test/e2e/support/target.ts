/** A Postrider that runs somewhere, and what a scenario must know to try it: the same scenarios run against each. */
export interface Target {
  readonly apiUrl: string;
  readonly adminKey: string;
  /** Where AWS answers; any credentials do. */
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
