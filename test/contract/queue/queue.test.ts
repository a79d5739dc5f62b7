import { createModelWorld } from './model-world.ts';
import { createSdkWorld } from './sdk-world.ts';
import { queueContract } from './suite.ts';

queueContract('the queue model', createModelWorld);
queueContract('the local SQS through the AWS SDK', createSdkWorld);
